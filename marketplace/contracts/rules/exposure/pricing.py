"""Which index prices a month of a contract follows, and its price at them: the one place here that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.contracts.rules.settlement.price import contract_price, guaranteed, price_formula
from marketplace.indices.rules.formula import quoted_month

LIMITS = ("floor", "cap")


@dataclass(frozen=True, order=True)
class Quote:
    """An index in a month."""

    index: str
    month: str


@dataclass(frozen=True)
class Priced:
    """The price of a month, CNY per unit at the seller's place, tax exclusive, and what held it."""

    price: Decimal
    limited_by: str | None  # floor, cap


def quotes_needed(terms: Mapping[str, Any], month: str) -> tuple[Quote, ...]:
    """What a contract's price of a month of delivery follows; nothing if it is fixed.

    >>> quotation = {"month": "M-1", "basis": "mean", "dates": None}
    >>> formula = {"index": "LC-CN", "coefficient": "1", "premium_cny_per_unit": "0", "quotation": quotation}
    >>> agreed = {"period": "2027-01", "reference": "1", "floor": "1", "cap": "1"}
    >>> quotes_needed({"periods": [agreed], "price": {"formula": formula}}, "2027-01")
    (Quote(index='LC-CN', month='2026-12'),)
    """
    formula = price_formula(terms, month)
    return tuple(Quote(index, quoted_month(formula, month)) for index in formula.indices)


def quoted_otherwise(terms: Mapping[str, Any]) -> bool:
    """Whether the contract settles by something else than the mean of a month, which a path does not state."""
    formula = terms["price"]["formula"]
    return formula is not None and (
        formula["quotation"]["basis"] != "mean" or formula["quotation"]["dates"] is not None
    )


def priced(
    terms: Mapping[str, Any], month: str, prices: Mapping[Quote, Decimal], *, collar_factor: Fraction = Fraction(1)
) -> Priced:
    """The price of a month of delivery at these index prices, as settlement computes it; contents as guaranteed.

    ``collar_factor``: what a re-opener has multiplied floor and cap of the month by.
    Raises: InvalidInput when the contract has no such month; KeyError without a price that is needed.
    """
    found = {quote.index: prices[quote] for quote in quotes_needed(terms, month)}
    calculation = contract_price(terms, month, found, assays=guaranteed(terms), collar_factor=collar_factor)
    held = (line.step for line in calculation.lines if line.step in LIMITS)
    return Priced(calculation.price, next(held, None))
