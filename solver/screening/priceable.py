"""Periods in which a pair alone has no price: under ``exceptions: drop`` they carry no volume (docs/model.md 5.4)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from solver.form.market import Market
from solver.pairs.additions import Additions
from solver.pairs.gains import MICRO, contract_days
from solver.pairs.limits import exact_limit, path_indices, quality
from solver.pairs.screened import Ints
from solver.pricing.draw import has_tick
from solver.pricing.formula import Ends

Flags = NDArray[np.bool_]

TICKS_FOR_SURE = 3  # a window as wide holds a tick that is no limit


def unpriced_periods(market: Market, offers: Ints, needs: Ints, gains: Ints, freight_cents: Ints) -> Flags:
    """Where no price of 5.3 lies between both limits of a pair, the period and the pair taken alone.

    Shapes: offers, needs, freight_cents (P,), gains (P, T) in whole millionths -> (P, T).
    Only what is close is decided in fractions; periods without gain are left as they are.
    """
    policy = market.policy
    width = gains / MICRO - 2 * float(policy.minimum_gain)
    part = float(policy.price_split.high - policy.price_split.low)
    unpriced: Flags = (gains >= 0) & (width < 0)
    close = (gains >= 0) & (np.abs(width) < 1e-3 + TICKS_FOR_SURE * float(policy.price_tick) / max(part, 1e-12))
    limit = _limits(market)
    kept = Fraction(policy.minimum_gain)
    additions = Additions(market)
    for p, t in np.argwhere(close).tolist():
        offer, need = int(offers[p]), int(needs[p])
        days = contract_days(market, offer, need)
        worth = Fraction(quality(market.orders[offer], market.orders[need]))
        extra = Fraction(int(freight_cents[p]), 100) - worth
        ask, bid = additions.to_ask(offer, need), additions.to_bid(offer, need)
        ends = Ends(limit(offer, t, days) + Fraction(ask) + kept + extra, limit(need, t, days) + Fraction(bid) - kept)
        window = ends.window(policy, Fraction(0), policy.minimum_gain)
        unpriced[p, t] = window is None or not has_tick(window, policy.price_tick)
    return unpriced


def _limits(market: Market) -> Callable[[int, int, int], Fraction]:
    """Limit of an order (by position) in a period at a contract's payment days, each computed once."""
    indices = [
        {index: Fraction(value) for index, value in path_indices(market, t).items()}
        for t in range(len(market.calendar))
    ]

    @cache
    def limit(position: int, period: int, days: int) -> Fraction:
        return exact_limit(market.orders[position], period, days, indices[period], market.policy)

    return limit
