"""Contracts that still fit beside what was matched: every pair is tried with the rest held."""

from __future__ import annotations

import numpy as np

from solver.exact import ExactVolumes
from solver.pairs import Floats, Ints


def insert(exact: ExactVolumes) -> int:
    """Make every further contract that gains with the rest held, best first; how many were made.

    Afterwards no single pair can be added to the volumes at a gain (matching inside the gap is else arbitrary).
    """
    made = 0
    while True:
        before = made
        for p in _candidates(exact):
            made += _try(exact, int(p))
        if made == before:
            return made


def _candidates(exact: ExactVolumes) -> Ints:
    """Pairs without a contract whose orders have room enough for a gain, most gainful first; in floats."""
    component, pairs = exact.component, exact.component.pairs
    room = _room(exact)
    parties = np.array([exact.may_add_party(k) for k in range(len(component.orders))], dtype=bool)
    sold = room[component.seller] / (1 + pairs.buyer_up)[:, None]
    bought = room[component.buyer] / (1 + pairs.seller_up)[:, None]
    fits = np.minimum(np.minimum(sold, bought), pairs.most)
    order = np.argsort(-pairs.gain, axis=1, kind="stable")
    fits, gain = (np.take_along_axis(each, order, axis=1) for each in (fits, pairs.gain))
    before = np.cumsum(fits, axis=1) - fits
    worth = (gain * np.clip(pairs.contract_most[:, None] - before, 0.0, fits)).sum(axis=1) - pairs.contract_cost
    slack = 1e-6 * pairs.contract_least
    possible = (worth > 0) & (fits.sum(axis=1) >= pairs.contract_least - slack)
    possible &= parties[component.seller] & parties[component.buyer]
    possible[list(exact.quanta)] = False
    chosen = np.flatnonzero(possible)
    return chosen[np.argsort(-worth[chosen], kind="stable")]


def _room(exact: ExactVolumes) -> Floats:
    """Capacity that is left, (orders, periods), in grade units."""
    component = exact.component
    room = np.stack([rows.capacity for rows in component.orders])
    volumes, pairs = exact.volumes(), component.pairs
    np.subtract.at(room, component.seller, volumes * (1 + pairs.buyer_up)[:, None])
    np.subtract.at(room, component.buyer, volumes * (1 + pairs.seller_up)[:, None])
    return np.maximum(room, 0.0)


def _try(exact: ExactVolumes, p: int) -> bool:
    """Make one contract as large as fits; undone unless every row holds and welfare rises."""
    if not exact.may_add(p):
        return False
    pairs = exact.component.pairs
    for t in np.lexsort((np.arange(exact.component.periods), -pairs.gain[p])).tolist():
        if pairs.gain[p, t] > 0:
            exact.change(p, t, max(0, exact.room(p, t)))
    if p in exact.quanta and exact.pair_welfare(p) > 0 and exact.holds_around(p):
        return True
    exact.drop(p)
    return False
