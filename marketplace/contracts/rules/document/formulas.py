"""A price formula as the contract document writes it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.document.wording import BASES, MONTHS_QUOTED, Text, amount, money


def formula_text(formula: Mapping[str, Any], unit: str) -> Text:
    """The sum that makes the price, before floor and cap.

    >>> formula_text({"index": "LC-CN", "coefficient": "0.98", "premium_cny_per_unit": "-500"}, "t")[1]
    '0.98 × LC-CN - 500.00 CNY/t'
    >>> parts = [{"index": "NI", "content_attribute": "Ni_pct", "coefficient": "0.9"}]
    >>> formula_text({"components": parts, "processing_fee_cny_per_unit": "1000", "premium_cny_per_unit": "0"}, "t")[1]
    '0.9 × Ni_pct (assay, t/t) × NI + processing fee 1,000.00 CNY/t'
    """
    if "components" not in formula:
        first = f"{amount(formula['coefficient'])} × {formula['index']}"
        premium = _signed(money(_size(formula["premium_cny_per_unit"])), formula["premium_cny_per_unit"])
        return (f"{first} {premium} CNY/{unit}",) * 2
    said = []
    for language in (0, 1):
        terms = [_component(each, language) for each in formula["components"]]
        text = " ".join([terms[0].removeprefix("+ "), *terms[1:]])
        fee, premium = formula["processing_fee_cny_per_unit"], formula["premium_cny_per_unit"]
        if Decimal(fee) != 0:
            text += f" + {('加工费', 'processing fee')[language]} {money(fee)} CNY/{unit}"
        if Decimal(premium) != 0:
            text += f" {_signed(money(_size(premium)), premium)} CNY/{unit}"
        said.append(text)
    return said[0], said[1]


def base_text(formula: Mapping[str, Any]) -> str:
    """At which index values the price was agreed.

    >>> base_text({"index": "LC-CN", "index_reference": "98000"})
    'LC-CN 98,000'
    """
    values = formula.get("index_references") or {formula["index"]: formula["index_reference"]}
    return ", ".join(f"{index} {amount(value)}" for index, value in values.items())


def quotation_text(quotation: Mapping[str, Any]) -> Text:
    """Which quotes make the price of a month.

    >>> quotation_text({"month": "M-1", "basis": "mean", "dates": None})[1]
    'mean of the month before delivery'
    >>> quotation_text({"month": "M", "basis": "settlement", "dates": ["2027-01-05", "2027-01-12"]})[1]
    'settlement price on 2027-01-05, 2027-01-12, their mean'
    """
    month, basis = MONTHS_QUOTED[quotation["month"]], BASES[quotation["basis"]]
    if quotation["dates"] is None:
        return f"{month[0]}{basis[0]}", f"{basis[1]} of {month[1]}"
    days = sorted(quotation["dates"])
    series = ("报价", "quotes") if quotation["basis"] == "mean" else basis
    return f"{'、'.join(days)} {series[0]}的均值", f"{series[1]} on {', '.join(days)}, their mean"


def _component(component: Mapping[str, Any], language: int) -> str:
    """One component behind its sign; factors of one are left out."""
    coefficient = component.get("coefficient", "1")
    factors = [amount(_size(coefficient))] if abs(Decimal(coefficient)) != 1 else []
    if "content_attribute" in component:
        factors.append(component["content_attribute"] + ("（化验值，t/t）", " (assay, t/t)")[language])
    elif Decimal(component.get("content", "1")) != 1:
        factors.append(f"{amount(component['content'])} t/t")
    factors.append(component["index"] if "index" in component else money(component["fixed"]))
    return _signed(" × ".join(factors), coefficient)


def _signed(text: str, number: str) -> str:
    return f"{'+' if Decimal(number) >= 0 else '-'} {text}"


def _size(number: str) -> str:
    return f"{abs(Decimal(number)):f}"
