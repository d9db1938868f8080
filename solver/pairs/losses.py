"""Periods in which a pair loses on too many price paths, or too much on one: no volume there (docs/model.md 1.1g)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from solver.pairs.gains import MICRO, LimitTable, Micro, pair_gains
from solver.pairs.screened import Ints

if TYPE_CHECKING:
    from solver.form.market import Market, Order, Policy

Bools = NDArray[np.bool_]


def consented_loss(policy: Policy, offer: Order, need: Order) -> Fraction | None:
    """The greatest loss on one path that both owners accept; None where the match must gain on all paths.

    Units: CNY per grade unit.
    """
    if policy.paths_required == 1 or offer.loss_consent is None or need.loss_consent is None:
        return None
    return Fraction(min(offer.loss_consent.most_cny_per_unit, need.loss_consent.most_cny_per_unit))


def barred_periods(table: LimitTable, offers: Ints, needs: Ints, freight_cents: Ints, worth: Micro) -> Bools:
    """Where a pair may not trade for what it loses on some paths; on a single path 1.1g looks at the gain itself.

    Shapes: (P,) each -> (P, periods).  Which paths lose is kept as one whole number, a bit a path.
    """
    market = table.market
    shape = (len(offers), len(market.calendar))
    too_much, lost = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    if table.paths == 1:
        return too_much
    most = _loss_allowed(market, offers, needs)
    for k in range(table.paths):
        gains = pair_gains(table, offers, needs, freight_cents, worth, k)
        too_much |= gains < -np.maximum(most, 0)[:, None]
        lost |= (gains < 0).astype(np.int64) << k
    allowed = 1 - Fraction(market.policy.paths_required)
    codes, back = np.unique(lost, return_inverse=True)
    weights = table.limits.weights
    losing = [sum((w for k, w in enumerate(weights) if code >> k & 1), Fraction(0)) for code in codes.tolist()]
    too_many = np.array([weight > allowed for weight in losing], dtype=bool)[back.reshape(shape)]
    barred: Bools = np.where((most >= 0)[:, None], too_many | too_much, lost > 0)
    return barred


def _loss_allowed(market: Market, offers: Ints, needs: Ints) -> Ints:
    """What each pair may lose on one path, in whole millionths rounded down; -1 without both owners' consent."""
    most = np.full(len(offers), -1, dtype=np.int64)
    orders = market.orders
    consenting = np.array([order.loss_consent is not None for order in orders], dtype=bool)
    for p in np.flatnonzero(consenting[offers] & consenting[needs]).tolist():
        loss = consented_loss(market.policy, orders[int(offers[p])], orders[int(needs[p])])
        if loss is not None:
            most[p] = int(loss * MICRO)
    return most
