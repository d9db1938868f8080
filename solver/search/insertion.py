"""Contracts that still fit beside what was matched: every pair is tried with the rest held.

Afterwards no single contract can be added at a gain; inside the gap single fates would else be arbitrary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.bound import blocks_of
from solver.search.component import Component
from solver.search.exact import ExactVolumes

TRIES_BY_RULES = 2_500  # in all, the most gainful: with rules each costs more, and late ones add little


def insert(exact: ExactVolumes) -> int:
    """Add every contract that gains with the rest held, best first; how many were added.

    An order that may not be filled by one contract alone (minimum fill, least counterparties) is tried with all
    of its possible contracts together.
    """
    added, most = 0, TRIES_BY_RULES if exact.component.rules else None
    while True:
        before, single = added, _candidates(exact)[:most]
        for p in single:
            added += _try(exact, [p])
        for own in _candidates_of_unfilled(exact):
            added += _try(exact, own)
        most = None if most is None else most - len(single)
        if added == before or most == 0:
            return added


def _candidates(exact: ExactVolumes) -> list[int]:
    """Pairs without a contract whose orders have room enough for a gain, most gainful first; in floats."""
    component, room = exact.component, _room(exact)
    parties = np.array([exact.may_add_party(k) for k in range(len(component.orders))], dtype=bool)
    worth = np.concatenate([np.zeros(0), *(_worth_beside(component, room, own) for own in blocks_of(component))])
    possible = (worth > 0) & parties[component.seller] & parties[component.buyer]
    possible[list(exact.quanta)] = False
    chosen: Ints = np.flatnonzero(possible)
    found: list[int] = chosen[np.argsort(-worth[chosen], kind="stable")].tolist()
    return found


def _worth_beside(component: Component, room: Floats, own: slice) -> Floats:
    """What contracts of some pairs would gain in the room that is left; 0 where it is too small for them."""
    pairs = component.pairs
    sold = room[component.seller[own]] / pairs.seller_weight[own, None]
    bought = room[component.buyer[own]] / pairs.buyer_weight[own, None]
    fits = np.minimum(np.minimum(sold, bought), pairs.most[own])
    order = np.argsort(-pairs.gain[own], axis=1, kind="stable")
    fits, gain = (np.take_along_axis(each, order, axis=1) for each in (fits, component.best_gain[own]))
    before = np.cumsum(fits, axis=1) - fits
    worth = (gain * np.clip(pairs.contract_most[own, None] - before, 0.0, fits)).sum(axis=1) - pairs.contract_cost[own]
    return np.where(fits.sum(axis=1) >= pairs.contract_least[own] * (1 - 1e-6), worth, 0.0)


def _candidates_of_unfilled(exact: ExactVolumes) -> list[list[int]]:
    """The candidates of each order that has no contract and may need several."""
    component = exact.component
    wanted = {k for k, rows in enumerate(component.orders) if rows.needs_filled and not exact.is_filled(k)}
    found: dict[int, list[int]] = {k: [] for k in sorted(wanted)}
    for p in _candidates(exact) if wanted else ():
        for side in (component.seller, component.buyer):
            if int(side[p]) in wanted:
                found[int(side[p])].append(p)
    return [own for own in found.values() if len(own) > 1]


def _room(exact: ExactVolumes) -> Floats:
    """Capacity that is left, (orders, periods), in grade units."""
    component = exact.component
    room = np.stack([rows.capacity for rows in component.orders])
    volumes, pairs = exact.volumes(), component.pairs
    np.subtract.at(room, component.seller, volumes * pairs.seller_weight[:, None])
    np.subtract.at(room, component.buyer, volumes * pairs.buyer_weight[:, None])
    for k, rows in enumerate(component.orders):
        if rows.stock is not None:
            room[k] = [float(exact.order_room(k, t)) for t in range(component.periods)]
    left: Floats = np.maximum(room, 0.0)
    return left


def _try(exact: ExactVolumes, wanted: Sequence[int]) -> int:
    """Add contracts, each as large as fits; undone unless every row holds and welfare rises."""
    gain, added, before = exact.component.best_gain, [], exact.stock_charge(wanted)
    for p in wanted:
        if p in exact.quanta or not exact.may_add(p):
            continue
        for t in np.lexsort((np.arange(exact.component.periods), -gain[p])).tolist():
            if gain[p, t] > 0:
                exact.change(p, t, max(0, exact.room(p, t)))
        if p in exact.quanta:
            added.append(p)
            if exact.pair_total(p) < exact.least(p):
                exact.drop(added.pop())
    worth = sum((exact.pair_welfare(p) for p in added), before - exact.stock_charge(wanted))
    if worth > 0 and all(exact.holds_around(p) for p in added):
        return len(added)
    for p in added:
        exact.drop(p)
    return 0
