"""How near each component has to come to its bound, so that the whole market does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.pairs.screened import Floats
from solver.search.component import Component

SIZE_COUNTS = 0.25  # exponent of a component's size in its part of what may be missing
WORTH_COUNTS = 0.5  # exponent of its worth: one that matters less may be farther from its bound, in relation
SPARE = 0.95  # of what may be missing is shared out


def own_gaps(parts: Sequence[Component], gap: float) -> list[float]:
    """The relative gap that each component is to reach, before anything is known of them but their size."""
    worth = [worth_of(part) for part in parts]
    aims = shared_out(gap * sum(worth), parts)
    return [aim / max(own, 1.0) for aim, own in zip(aims, worth, strict=True)]


def shared_out(missing: float, parts: Sequence[Component]) -> list[float]:
    """What each component may miss of its bound, if all together may miss so much.  Units: CNY.

    A large component is hard to bring near its bound; one of little worth may be farther from it, in relation.
    """
    if not parts:
        return []
    size = np.array([float(part.pairs.gain.size) for part in parts])
    weight = size**SIZE_COUNTS * np.array([max(worth_of(part), 1.0) for part in parts]) ** WORTH_COUNTS
    aims: list[float] = (SPARE * missing * weight / weight.sum()).tolist()
    return aims


def shares_of(parts: Sequence[Component]) -> list[float]:
    """About what part of all that the market can gain is in each component."""
    worth = np.array([worth_of(part) for part in parts])
    shares: list[float] = (worth / max(worth.sum(), 1.0)).tolist()
    return shares


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
