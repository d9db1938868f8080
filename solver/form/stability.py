"""How stable a clearing is: who could do better apart, who was left out at its prices, what prices would support it.

Internal to whoever may see the market: prices and gains are exact.  Never a core: blocking is tested for pairs, and
for coalitions of at most four orders in small markets, no further.  The form is described by
``schema/stability.schema.json`` and docs/model.md 5.8.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from solver.form.terms import Term


class BlockingPair(Term, frozen=True, omit_defaults=False):
    """An offer and a need that would gain by a contract of their own, each giving up one of its contracts at most."""

    offer: str
    need: str
    gain_cny: Decimal  # beyond what both have by the contracts they would give up
    gives_up: tuple[str, ...]  # ids of matches


class BlockingCoalitions(Term, frozen=True, omit_defaults=False):
    """Sets of orders that would gain by dealing among themselves alone, none of whose subsets would."""

    size: int
    looked_at: int
    blocking: int
    greatest_gain_cny: Decimal


class LeftOut(Term, frozen=True, omit_defaults=False):
    """An unmatched order whose limit is better than the price of a contract that some counterparty has."""

    order: str
    reasons: tuple[str, ...]  # codes of the clearing's reasons


class Balance(Term, frozen=True, omit_defaults=False):
    """What all contracts come to at the references, exactly."""

    buyers_pay_cny: Decimal
    sellers_receive_cny: Decimal
    freight_cny: Decimal
    difference_cny: Decimal  # payments less receipts and freight: 0


class SupportingInterval(Term, frozen=True, omit_defaults=False):
    """Lowest and highest mean delivered supporting price of a grade's contracts in a region and period."""

    grade: str
    region: str | None
    period: str
    lowest: Decimal
    highest: Decimal


class Stability(Term, frozen=True, omit_defaults=False):
    """The report of one clearing."""

    format: Literal["changdan-stability/1"]
    market_hash: str
    clearing_hash: str
    pairs_possible: int  # without a contract of their own
    pairs_looked_at: int  # of those, by most that they could gain
    blocking_pairs: tuple[BlockingPair, ...]
    coalitions: tuple[BlockingCoalitions, ...] | None  # None: the market is too large, or its orders keep stocks
    left_out: tuple[LeftOut, ...]
    balance: Balance
    intervals: tuple[SupportingInterval, ...]
    without_interval: tuple[str, ...]  # grades without one: stocks, discounts, or no optimum
