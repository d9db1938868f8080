"""Periods in which a pair alone has no price: under ``exceptions: drop`` they carry no volume (docs/model.md 5.4)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from solver.pairs.gains import MICRO
from solver.pairs.limits import quality
from solver.pairs.market_limits import MarketLimits
from solver.pairs.order_limit import OrderLimits
from solver.pairs.pair_limits import PairLimits, pair_limits
from solver.pairs.screened import Ints
from solver.pricing.draw import has_tick
from solver.pricing.formula import ends_alone

Flags = NDArray[np.bool_]

TICKS_FOR_SURE = 3  # a window as wide holds a tick that is no limit


def unpriced_periods(limits: MarketLimits, offers: Ints, needs: Ints, gains: Ints, freight_cents: Ints) -> Flags:
    """Where no price of 5.3 lies between both limits of a pair on every path, the period and the pair taken alone.

    Shapes: offers, needs, freight_cents (P,), gains (P, T) in whole millionths -> (P, T).
    Only what is close is decided in fractions (with several paths: all); periods without gain are left as they are.
    """
    market, policy = limits.market, limits.market.policy
    width = gains / MICRO - 2 * float(policy.minimum_gain)
    part = float(policy.price_split.high - policy.price_split.low)
    unpriced: Flags = (gains >= 0) & (width < 0)
    close = (gains >= 0) & (np.abs(width) < 1e-3 + TICKS_FOR_SURE * float(policy.price_tick) / max(part, 1e-12))
    if len(limits.paths) > 1:
        unpriced, close = np.zeros_like(unpriced), gains >= 0
    known = OrderLimits(limits)

    @cache
    def pair(p: int) -> PairLimits:
        offer, need = market.orders[int(offers[p])], market.orders[int(needs[p])]
        return pair_limits(known, offer, need, Decimal(int(freight_cents[p])).scaleb(-2) - quality(offer, need))

    for p, t in np.argwhere(close).tolist():
        window = ends_alone(pair(p), t, policy.minimum_gain).window(policy, Fraction(0), policy.minimum_gain)
        unpriced[p, t] = window is None or not has_tick(window, policy.price_tick)
    return unpriced
