"""When a guess of a limit is a hit, here and in tests/scenarios."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WITHIN = 0.02
FACTORS = np.arange(0.85, 1.1501, 0.005)
PARTS = (0.3, 0.4, 0.5, 0.6, 0.7)  # of the way from one's own limit to the other's, at which a price may lie

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def hits(guesses: Floats, limits: Floats) -> Flags:
    """Which guesses lie within 2 %; a rule that says nothing hits nothing."""
    close: Flags = np.abs(guesses - limits) <= WITHIN * limits
    return close


def hits_at_best(guesses: Floats, limits: Floats, signs: Floats) -> Flags:
    """The same with the one factor for sellers' and the one for buyers' limits that serve best in hindsight."""
    best = np.zeros(len(limits), dtype=bool)
    for sign in np.unique(signs):
        side = signs == sign
        tried = hits(np.outer(FACTORS, guesses[side]), limits[side])
        best[side] = tried[tried.sum(axis=1).argmax()]
    return best
