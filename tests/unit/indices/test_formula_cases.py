"""The price formula: the cases shared with the solver, its record line by line, what it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.indices.rules.formula import STEPS, calculate, quoted_month
from marketplace.indices.rules.formula_terms import read_formula
from marketplace.shared.errors import InvalidInput

CASES = json.loads((Path(__file__).parents[2] / "known_answers" / "price_formula_cases.json").read_text())["cases"]
MONTH = "2027-01"
LC: dict[str, Any] = {"components": [{"index": "LC-CN"}]}
CENT = Decimal("0.01")


def by_month(limit: dict[str, Any]) -> dict[str, Any]:
    """A case's limit in the order book's form: its one period's premium stands at MONTH."""
    premiums = limit.get("premium_by_period")
    return {**limit, "premium_by_period": {MONTH: premiums[0]}} if premiums else limit


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_price_of_a_formula(case: dict[str, Any]) -> None:
    prices = {index: Decimal(value) for index, value in case["indices"].items()}
    formula = read_formula(by_month(case["limit"]))
    assays = {attribute: Decimal(value) for attribute, value in case.get("assays", {}).items()}
    result = calculate(formula, MONTH, prices, assays=assays, rounding=Decimal(case["rounding"]))
    assert str(result.price) == case["price"]
    assert result.lines[-1].amount == result.price


def test_the_record_shows_every_step() -> None:
    formula = read_formula(
        {
            "components": [{"index": "NI", "content": "0.222", "coefficient": "0.75"}, {"fixed": "1000"}],
            "processing_fee": "500",
            "premium": "-145",
            "premium_by_period": {"2027-01": "20", "2027-02": "30"},
            "collar": {"floor": "10000", "cap": "22600"},
            "tax": {"basis": "inclusive", "rate": "0.13"},
        }
    )
    result = calculate(formula, "2027-01", {"NI": Decimal(130000)}, rounding=Decimal(1))
    assert [(line.step, line.working, str(line.amount)) for line in result.lines] == [
        ("component", "NI 130000 × 0.222 × 0.75", "21645"),
        ("component", "1000 × 1 × 1", "1000"),
        ("processing_fee", "500", "500"),
        ("premium", "-145", "-145"),
        ("premium_of_month", "20", "20"),
        ("sum", "21645 + 1000 + 500 - 145 + 20", "23020"),
        ("cap", "23020 → 22600", "22600"),
        ("without_tax", "22600 ÷ (1 + 0.13)", "20000"),
        ("rounded", "20000 → 1", "20000"),
    ]
    assert {line.step for line in result.lines} < set(STEPS)


def test_an_endless_quotient_is_shown_in_28_digits_and_rounded_exactly() -> None:
    formula = read_formula({**LC, "tax": {"basis": "inclusive", "rate": "0.13"}})
    result = calculate(formula, MONTH, {"LC-CN": Decimal(100000)}, rounding=CENT)
    assert str(result.lines[-2].amount) == "88495.57522123893805309734513"
    assert result.price == Decimal("88495.58")


def test_quotation_shifts_the_month_and_premiums_stay_with_delivery() -> None:
    for name, month in (("M-1", "2026-12"), ("M", "2027-01"), ("M+1", "2027-02")):
        formula = read_formula({**LC, "quotation": {"month": name, "basis": "mean"}, "premium_by_period": {MONTH: "7"}})
        assert quoted_month(formula, MONTH) == month
        assert calculate(formula, MONTH, {"LC-CN": Decimal(1)}, rounding=CENT).price == 8
        assert calculate(formula, "2027-02", {"LC-CN": Decimal(1)}, rounding=CENT).price == 1


def test_an_index_without_price_is_named_with_its_month() -> None:
    formula = read_formula({**LC, "quotation": {"month": "M-1"}})
    with pytest.raises(InvalidInput) as caught:
        calculate(formula, MONTH, {}, rounding=CENT)
    assert [(fault.pointer, fault.limit) for fault in caught.value.faults] == [("/indices/LC-CN", "2026-12")]


def test_an_attribute_without_assay_is_named() -> None:
    formula = read_formula({"components": [{"index": "NI", "content_attribute": "Ni_pct"}]})
    with pytest.raises(InvalidInput) as caught:
        calculate(formula, MONTH, {"NI": Decimal(1)}, rounding=CENT)
    assert [fault.pointer for fault in caught.value.faults] == ["/assays/Ni_pct"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"components": [{"index": "NI", "content_attribute": "D50"}]}, "/components/0/content_attribute", "invalid"),
        (
            {"components": [{"index": "NI", "content_attribute": "Ni_pct", "content": "1"}]},
            "/components/0/content_attribute",
            "invalid",
        ),
        ({"quotation": {"basis": "spot"}}, "/quotation/basis", "not-honoured"),
        ({"quotation": {"month": "M+2"}}, "/quotation/month", "not-honoured"),
        ({"quotation": {"month": "M-1", "dates": ["2027-01-05"]}}, "/quotation/month", "invalid"),
        ({"quotation": {"dates": ["2027-01-05", "2027-01-05"]}}, "/quotation/dates", "invalid"),
        ({"quotation": {"dates": []}}, "/quotation/dates", "invalid"),
        ({"escalation": "1"}, "/escalation", "not-honoured"),
        ({"collar": {"ceiling": "1"}}, "/collar/ceiling", "not-honoured"),
        ({"collar": {"floor": "2", "cap": "1"}}, "/collar/floor", "invalid"),
        ({"components": []}, "/components", "required"),
        ({"components": [{"index": "A", "fixed": "1"}]}, "/components/0", "invalid"),
        ({"components": [{}]}, "/components/0", "invalid"),
        ({"components": [{"fixed": "NaN"}]}, "/components/0/fixed", "invalid"),
        ({"premium": 0.1}, "/premium", "invalid"),
        ({"premium_by_period": {"2027-13": "1"}}, "/premium_by_period/2027-13", "invalid"),
        ({"tax": {"basis": "inclusive", "rate": "-0.13"}}, "/tax/rate", "invalid"),
    ],
)
def test_what_is_not_computed_is_refused_by_name(change: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_formula({**LC, **change})
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, code)]


amounts = st.decimals("-99999", "99999", places=4)


@given(
    index=amounts,
    content=amounts,
    fee=amounts,
    collar=st.tuples(amounts, amounts).map(sorted),
    rate=st.decimals("0", "1", places=3),
    step=st.sampled_from(["0.01", "1", "50"]),
)
def test_the_price_is_within_half_a_step_of_the_collared_sum(
    index: Decimal, content: Decimal, fee: Decimal, collar: list[Decimal], rate: Decimal, step: str
) -> None:
    floor, cap = collar
    formula = read_formula(
        {
            "components": [{"index": "X", "content": content}],
            "processing_fee": fee,
            "collar": {"floor": floor, "cap": cap},
            "tax": {"basis": "inclusive", "rate": rate},
        }
    )
    price = calculate(formula, MONTH, {"X": index}, rounding=Decimal(step)).price
    middle = sorted([Fraction(floor), Fraction(index) * Fraction(content) + Fraction(fee), Fraction(cap)])[1]
    assert abs(Fraction(price) - middle / (1 + Fraction(rate))) * 2 <= Fraction(step)
    assert price % Decimal(step) == 0
