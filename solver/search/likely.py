"""Which pairs of a component a model is made of: those that look best, and those without which nothing is better."""

from __future__ import annotations

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.component import Component
from solver.search.relaxation import Relaxed, best_per_order

BEST_PER_ORDER, BEST_OVER_TERM = 3, 5  # pairs of each order in the first model, beside the relaxation's own
MANY_PROMISING = 900  # pairs from which a model over the term is better with no more than by the period


def promising(over: Component, relaxed: Relaxed, *, whole: int, term: bool) -> Ints:
    """The relaxation's support and each order's best at the multipliers; all pairs up to ``whole`` pairs x periods.

    ``term``: whether the periods are added up, which leaves room for more.  Shapes: positions of pairs, ascending.
    """
    if over.pairs.gain.size <= whole:
        return np.arange(len(over), dtype=np.int64)
    found = with_best(over, relaxed, BEST_PER_ORDER)
    for best in range(BEST_PER_ORDER + 1, BEST_OVER_TERM + 1 if term else 0):
        more = with_best(over, relaxed, best)
        if len(more) > MANY_PROMISING:
            break
        found = more
    return found


def with_best(over: Component, relaxed: Relaxed, best: int) -> Ints:
    """The relaxation's support with so many pairs of each order."""
    return np.union1d(np.flatnonzero(relaxed.volumes.sum(axis=1) > 0), best_per_order(over, relaxed.profits, best))


def survivors(relaxed: Relaxed, volumes: Floats, value: float) -> Ints:
    """The pairs that are needed to be better than a value: with a contract of another, 4.1 falls below it."""
    reach: Floats = relaxed.bound + np.minimum(relaxed.profits, 0.0)
    return np.flatnonzero((reach >= value) | (volumes.sum(axis=1) > 0))
