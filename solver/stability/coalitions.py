"""Small coalitions that would do better among themselves alone, by trying all of them (docs/model.md 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from solver.form.clearing import WorkLimits
from solver.form.stability import BlockingCoalitions
from solver.search.component import component_of
from solver.search.stages import Search
from solver.stability.blocking import CENT

if TYPE_CHECKING:
    from solver.pairs.screened import Screened
    from solver.stability.payoffs import Payoff

MOST_ORDERS, LARGEST = 12, 4  # in the market, with pairs; in a coalition


def blocking_coalitions(
    screened: Screened, payoffs: Mapping[tuple[str, str], Payoff]
) -> tuple[BlockingCoalitions, ...] | None:
    """By size, those that contain no smaller one that blocks; None where there are too many, or stocks."""
    pairs, orders = screened.pairs, screened.market.orders
    trading = np.unique(np.concatenate([pairs.offer, pairs.need])).tolist()
    if len(trading) > MOST_ORDERS or any(orders[k].storage is not None for k in trading):
        return None
    has = {order.id: Fraction(0) for order in orders}
    for (offer, need), payoff in payoffs.items():
        has[offer] += payoff.seller
        has[need] += payoff.buyer
    blocking: list[frozenset[int]] = []
    found = []
    for size in range(2, LARGEST + 1):
        looked_at, gains = 0, []
        for members in combinations(trading, size):
            inside = np.flatnonzero(np.isin(pairs.offer, members) & np.isin(pairs.need, members))
            if not len(inside) or any(smaller <= set(members) for smaller in blocking):
                continue
            looked_at += 1
            worth = _alone(screened, inside.astype(np.int64)) - sum((has[orders[k].id] for k in members), Fraction(0))
            if worth >= Fraction(CENT):
                gains.append(worth)
                blocking.append(frozenset(members))
        greatest = max(gains, default=Fraction(0))
        rounded = (Decimal(greatest.numerator) / greatest.denominator).quantize(CENT, rounding=ROUND_FLOOR)
        found.append(BlockingCoalitions(size=size, looked_at=looked_at, blocking=len(gains), greatest_gain_cny=rounded))
    return tuple(found)


def _alone(screened: Screened, inside: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Fraction:
    """The welfare that some pairs have without anybody else."""
    search = Search(component_of(screened, inside), WorkLimits(gap=1e-6))
    search.start()
    while search.gap > search.limits.gap and search.refine():
        pass
    return Fraction(search.objective)
