"""How near each component has to come to its bound, so that the whole market does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.pairs.screened import Floats
from solver.search.component import Component

SIZE_COUNTS = 0.25  # exponent of a component's size in how much of the whole gap it gets
WORTH_COUNTS = 0.5  # exponent of its worth: a component that matters less may be farther from its bound
SPARE = 0.9  # of the gap that is shared out


def own_gaps(parts: Sequence[Component], gap: float) -> list[float]:
    """The relative gap that each component is searched to; weighted by their worths they come to ``SPARE`` of the gap.

    A large component is hard to bring near its bound, and a component of little worth may stay far from its own.
    """
    if not parts:
        return []
    worth = np.array([worth_of(part) for part in parts])
    share = worth / max(float(worth.sum()), 1e-9)
    size = np.array([float(part.pairs.gain.size) for part in parts])
    weight = size**SIZE_COUNTS * np.maximum(share, 1e-9) ** WORTH_COUNTS
    missing = SPARE * gap * weight / weight.sum()
    gaps: list[float] = (missing / np.maximum(share, 1e-9)).tolist()
    return gaps


def worth_of(part: Component) -> float:
    """About what a component can gain: what the scarcer side would, were each order to have its best counterparty."""
    pairs = part.pairs
    best: Floats = np.maximum(part.best_gain, 0.0).max(axis=1) * pairs.contract_most
    sides = []
    for side in (part.seller, part.buyer):
        of_order = np.zeros(len(part.orders))
        np.maximum.at(of_order, side, best)
        sides.append(float(of_order.sum()))
    return min(sides)
