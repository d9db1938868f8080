"""Which index prices a month of a contract follows, and its price at them: the one place here that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.settlement import contract_price
from marketplace.indices.rules.formula_terms import QUOTATION_SHIFTS
from marketplace.shared.months import shifted

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

    >>> formula = {"index": "LC-CN", "quotation": {"month": "M-1", "basis": "mean", "dates": None}}
    >>> quotes_needed({"price": {"formula": formula}}, "2027-01")
    (Quote(index='LC-CN', month='2026-12'),)
    """
    formula = terms["price"]["formula"]
    if formula is None:
        return ()
    return (Quote(formula["index"], shifted(month, QUOTATION_SHIFTS[formula["quotation"]["month"]])),)


def quoted_otherwise(terms: Mapping[str, Any]) -> bool:
    """Whether the contract settles by something else than the mean of a month, which a path does not state."""
    formula = terms["price"]["formula"]
    return formula is not None and (
        formula["quotation"]["basis"] != "mean" or formula["quotation"]["dates"] is not None
    )


def priced(terms: Mapping[str, Any], month: str, prices: Mapping[Quote, Decimal]) -> Priced:
    """The price of a month of delivery at these index prices, as settlement computes it.

    Raises: InvalidInput when the contract has no such month; KeyError without a price that is needed.
    """
    needed = quotes_needed(terms, month)
    calculation = contract_price(terms, month, prices[needed[0]] if needed else None)
    held = (line.step for line in calculation.lines if line.step in LIMITS)
    return Priced(calculation.price, next(held, None))
