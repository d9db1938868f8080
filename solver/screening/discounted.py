"""What discounts by volume make possible: more periods, and more gain (docs/model.md 3.21)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from solver.form.market import Market, Order
from solver.pairs.amounts import greatest_volumes
from solver.pairs.screened import Floats, Ints
from solver.pairs.tiers import Discounts, discounts_of

MICRO = 1_000_000


class BlockDiscounts:
    """The discounts of a block's offers; nothing where none has any."""

    def __init__(self, market: Market, sellers: Sequence[Order], buyers: Sequence[Order]) -> None:
        self.sellers, self.buyers = sellers, buyers
        self.found = {i: discounts_of(market, order) for i, order in enumerate(sellers) if order.tiers is not None}
        self.open_more = market.policy.exceptions != "drop"  # what is priced alone is priced without a discount (5.4)

    def opening_micro(self, o: Ints) -> Ints:
        """By how much a discount lowers the ask where it decides whether a period carries any.  Shapes: (P,)."""
        by_offer = np.zeros(len(self.sellers), dtype=np.int64)
        for i, discounts in self.found.items():
            if self.open_more and not discounts.incremental:
                by_offer[i] = discounts.steps[-1].discount_micro
        return by_offer[o]

    def raise_totals(self, total: Floats, o: Ints, gain: Ints, most: Floats) -> None:
        """Put the best gain over all steps in place of the undiscounted one.  Shapes: (P,), (P,), (P, T), (P, T)."""
        for i, discounts in self.found.items():
            at = np.flatnonzero(o == i)
            opened = self._opened(discounts, gain[at])
            for step in discounts.floats:
                worth = (np.maximum(gain[at] / MICRO + step.discount, 0.0) * most[at] * opened).sum(
                    axis=1
                ) - step.offset
                total[at] = np.maximum(total[at], worth)

    def exact_total(self, i: int, n: int, gain: Ints, there: NDArray[np.bool_]) -> Fraction:
        """The same for one pair, in fractions; ``there``: periods in which it can carry any."""
        exact = greatest_volumes(self.sellers[i], self.buyers[n])
        discounts = self.found.get(i)
        if discounts is None:
            return _worth(gain, exact, there, 0)
        opened = there & self._opened(discounts, gain)
        return max(
            _worth(gain, exact, opened, step.discount_micro) - step.offset_micro / MICRO for step in discounts.steps
        )

    def _opened(self, discounts: Discounts, gain: Ints) -> NDArray[np.bool_]:
        """Periods that some step opens."""
        last = 0 if discounts.incremental or not self.open_more else discounts.steps[-1].discount_micro
        opened: NDArray[np.bool_] = gain + last >= 0
        return opened


def _worth(gain: Ints, exact: Sequence[Fraction], there: NDArray[np.bool_], discount_micro: int) -> Fraction:
    amounts = ((int(gain[t]) + discount_micro, exact[t]) for t in np.flatnonzero(there).tolist())
    return sum((Fraction(each, MICRO) * most for each, most in amounts if each > 0), Fraction(0))
