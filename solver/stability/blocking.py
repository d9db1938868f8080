"""Pairs that could do better by a contract of their own (docs/model.md 5.8).

Each of the two may give up one contract, whole.  What is tried holds every term of both orders, in whole steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

import numpy as np

from solver.form.stability import BlockingPair
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.stability.payoffs import Payoff

CENT = Decimal("0.01")
MOST_PAIRS = 2_000  # that are tried in exact volumes

Payoffs = Mapping[tuple[str, str], Payoff]


def blocking_pairs(
    parts: list[ExactVolumes], payoffs: Payoffs, most: int = MOST_PAIRS
) -> tuple[list[BlockingPair], int, int]:
    """Blocking pairs with their gains, how many pairs were tried, and how many have no contract."""
    candidates = [(gain, k, p) for k, exact in enumerate(parts) for p, gain in _possible(exact)]
    without = sum(len(exact.component) - len(exact.quanta) for exact in parts)
    tried = sorted(candidates, key=lambda each: (-each[0], each[1:]))[:most]
    found = [pair for _, k, p in tried if (pair := _blocking(parts[k], p, payoffs)) is not None]
    return sorted(found, key=lambda pair: (-pair.gain_cny, pair.offer, pair.need)), len(tried), without


def _possible(exact: ExactVolumes) -> Iterator[tuple[int, float]]:
    """Pairs without a contract, and the most that each could gain with all of both orders' volume."""
    component = exact.component
    pairs = component.pairs
    worth = (np.maximum(component.best_gain, 0.0) * pairs.most).sum(axis=1) - pairs.contract_cost
    for p in np.flatnonzero(worth > 0).tolist():
        if p not in exact.quanta and not _keeps_stock(component, p):
            yield p, float(worth[p])


def _keeps_stock(component: Component, p: int) -> bool:
    return any(component.orders[int(side[p])].stock is not None for side in (component.seller, component.buyer))


def _blocking(exact: ExactVolumes, p: int, payoffs: Payoffs) -> BlockingPair | None:
    """The best of what the pair could do; None where nothing gains a cent."""
    offer, need = exact.both(p)
    best: tuple[Fraction, tuple[int, ...]] = (Fraction(CENT), ())
    found = False
    for sold in (None, *_contracts(exact, int(exact.component.seller[p]))):
        for bought in (None, *_contracts(exact, int(exact.component.buyer[p]))):
            given_up = tuple(q for q in (sold, bought) if q is not None)
            lost = Fraction(0)
            if sold is not None:
                lost += _of(exact, sold, payoffs).seller
            if bought is not None:
                lost += _of(exact, bought, payoffs).buyer
            gain = _alone(exact, p, given_up)
            if gain is not None and gain - lost >= best[0]:
                best, found = (gain - lost, given_up), True
    if not found:
        return None
    matches = tuple(_of(exact, q, payoffs).trade.match.id for q in best[1])
    gain_cny = (Decimal(best[0].numerator) / Decimal(best[0].denominator)).quantize(CENT, rounding=ROUND_FLOOR)
    return BlockingPair(offer=offer.id, need=need.id, gain_cny=gain_cny, gives_up=matches)


def _contracts(exact: ExactVolumes, k: int) -> list[int]:
    return [p for p in exact.component.orders[k].pairs.tolist() if p in exact.quanta]


def _of(exact: ExactVolumes, p: int, payoffs: Payoffs) -> Payoff:
    offer, need = exact.both(p)
    return payoffs[offer.id, need.id]


def _alone(exact: ExactVolumes, p: int, given_up: tuple[int, ...]) -> Fraction | None:
    """Welfare of a contract as large as fits once others are given up; None if some term does not hold."""
    before = {q: list(exact.quanta[q]) for q in given_up}
    for q in given_up:
        exact.drop(q)
    if exact.may_add(p):
        gain = exact.component.best_gain[p]
        for t in np.lexsort((np.arange(len(gain)), -gain)).tolist():
            if gain[t] > 0:
                exact.change(p, t, max(0, exact.room(p, t)))
    made = p in exact.quanta and exact.pair_total(p) >= exact.least(p) and exact.holds_around(p)
    worth = Fraction(exact.pair_welfare(p)) if made else None
    exact.drop(p)
    for q, row in before.items():
        for t, quanta in enumerate(row):
            exact.change(q, t, quanta)
    return worth
