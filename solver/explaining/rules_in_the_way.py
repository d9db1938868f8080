"""Which term over several contracts keeps a pair from (more) volume, by trying it (docs/model.md 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import numpy as np

from solver.search.exact import ExactVolumes

TERMS = (
    "source",
    "minimum_fill",
    "counterparties",
    "maximum_share",
    "minimum_per_period",
    "incumbent",
    "group",
    "linked_to",
    "exclusive",
    "ramp",
    "credit_limit",
    "input",
    "storage",
    "tiers",
)
OF_THE_ROUND = ("small_supplier_share",)


class RulesInTheWay:
    """What the rules of a clearing's components say of pairs that nothing else keeps back."""

    def __init__(self, cleared: Iterable[ExactVolumes]) -> None:
        self._place: dict[tuple[str, str], tuple[ExactVolumes, int]] = {}
        for exact in cleared:
            ruled = {p for rule in (*exact.component.rules, *exact.component.demands) for p in rule.pairs}
            stocked = (rows.pairs.tolist() for rows in exact.component.orders if rows.stock is not None)
            for p in sorted(ruled.union(*stocked)):
                offer, need = exact.both(p)
                self._place[offer.id, need.id] = exact, p

    def of(self, offer: str, need: str) -> tuple[str, str] | None:
        """The term, and the order that states it; None where no rule is in the way."""
        if (offer, need) not in self._place:
            return None
        exact, p = self._place[offer, need]
        found = _in_the_way(exact, p)
        return None if found is None else (found[0], exact.component.market.orders[found[1]].id)


def _in_the_way(exact: ExactVolumes, p: int) -> tuple[str, int] | None:
    """Term and order of the first rule that every way of adding breaks; a new contract has its least or its most."""
    first: tuple[str, int] | None = None
    for addition in _additions(exact, p):
        before = _worth(exact, p)
        for t, quanta in addition.items():
            exact.change(p, t, quanta)
        broken = next(_broken(exact, p), None) or _dear_stock(exact, p, before)
        for t, quanta in addition.items():
            exact.change(p, t, -quanta)
        if broken is None:
            return None
        first = first or broken
    return first


def _broken(exact: ExactVolumes, p: int) -> Iterator[tuple[str, int]]:
    yield from ((rule.term, rule.owner) for rule in exact.rules_of(p) if rule.shortfall(exact) is not None)
    asked = (demand for demand in exact.component.demands if demand.term in OF_THE_ROUND)
    against = (demand for demand in asked if max(demand.row.volumes.get(p, (0,))) < 0)
    yield from ((demand.term, demand.owner) for demand in against if demand.missing(exact) > 0)
    yield from (("storage", k) for k in exact.short_of_closing_stock(p))


def _worth(exact: ExactVolumes, p: int) -> Decimal:
    return (exact.pair_welfare(p) if p in exact.quanta else Decimal(0)) - exact.stock_charge([p])


def _dear_stock(exact: ExactVolumes, p: int, before: Decimal) -> tuple[str, int] | None:
    """The first order of a pair with a stock whose cost takes what the addition would gain."""
    if not exact.stock_charge([p]) or _worth(exact, p) > before:
        return None
    sides = (int(exact.component.seller[p]), int(exact.component.buyer[p]))
    return next((("storage", k) for k in sides if exact.component.orders[k].stock is not None), None)


def _additions(exact: ExactVolumes, p: int) -> Iterator[dict[int, int]]:
    """Quanta by period that all else leaves room for: one step for a contract that is made, else least and most.

    The least of a new contract also fills its orders as far as they ask for.
    """
    gain = exact.component.pairs.gain[p]
    periods = [t for t in np.lexsort((np.arange(len(gain)), -gain)).tolist() if gain[t] >= 0]
    room = {t: exact.room(p, t, by_rules=False) for t in periods}
    if p in exact.quanta:
        yield from ({t: exact.step(p)} for t in periods if room[t] >= exact.step(p))
        return
    least, taken = max(exact.least(p), *exact.to_fill(p)), dict[int, int]()
    for t in periods:
        part = min(room[t], -(-(least - sum(taken.values())) // exact.step(p)) * exact.step(p))
        if part > 0:
            taken[t] = part
    if sum(taken.values()) >= least:
        yield taken
        yield {t: quanta for t, quanta in room.items() if quanta > 0}
