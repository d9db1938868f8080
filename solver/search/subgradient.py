"""A tighter bound than the relaxation's: multipliers moved against 4.1 itself (docs/model.md 4).

The relaxation makes a contract as far as its volume fills it; 4.1 judges each pair by its best whole plan, least
contract and cost included.  Its subgradient is what those plans leave of every row, so that a row that the plans
overdraw becomes dearer and one that they leave idle cheaper.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from solver.pairs.screened import Floats, Ints
from solver.search.bound import Prices, best_plans, bound_at, has_parties_row, profits, share_limit, supply
from solver.search.component import Component
from solver.search.narrowed import narrowed
from solver.search.relaxation import Relaxed, best_per_order

TARGETS = (0.99, 0.997)  # of the bound at the start: what the steps are measured by
STEPS = 100  # per target
PATIENCE = 20  # steps without a better bound after which they are halved
NEAR_PER_ORDER = 12  # pairs of each order that are looked at on the way, in a large component
FIRST_STEP = 0.3
MOMENTUM = 0.7
WEIGHT_OF_PARTIES = 5.0  # how much faster the prices of contracts move than those of volumes


@dataclass(slots=True)
class _Point:
    """Multipliers as arrays of their own, moved together."""

    capacity: Floats  # (orders, T)
    parties: Floats  # (orders,)
    share: Floats  # (shares,)

    def copy(self) -> _Point:
        return _Point(self.capacity.copy(), self.parties.copy(), self.share.copy())


def tightened(component: Component, relaxed: Relaxed, deadline: float | None = None) -> Relaxed:
    """The relaxation with the best multipliers met on the way down from its own, after a fixed number of steps.

    Charges stay as they are.

    ``deadline``: on the monotonic clock; what was proven by then counts.
    """
    rules = relaxed.rules
    if rules is not None and relaxed.charges is not None:
        worth = rules.worth(relaxed.charges)
        begun = replace(relaxed, bound=relaxed.bound - worth, charges=None, rules=None)
        found = tightened(rules.charged(component, relaxed.charges), begun, deadline)
        return replace(found, bound=found.bound + worth, charges=relaxed.charges, rules=rules)
    prices = relaxed.prices
    kept = _near(component, relaxed)
    for targets in (TARGETS, TARGETS[:1], TARGETS[:1]):
        search = _Descent(component, kept, prices)
        for target in targets:
            if deadline is None or time.monotonic() < deadline:
                search.descend(relaxed.bound * target)
        prices = search.prices(search.best)
        profit = profits(component, prices)
        missed = np.setdiff1d(np.flatnonzero(profit > 0), kept)
        if not len(missed):
            break
        kept = np.union1d(kept, missed)
    bound = bound_at(component, prices)
    return relaxed if bound >= relaxed.bound else Relaxed(relaxed.volumes, prices, profit, bound)


def _near(component: Component, relaxed: Relaxed) -> Ints:
    """The pairs that may come to have a profit on the way: all, or of a large component each order's best."""
    near = np.union1d(np.flatnonzero(relaxed.profits > 0), best_per_order(component, relaxed.profits, NEAR_PER_ORDER))
    if component.tiers or 2 * len(near) > len(component):
        return np.arange(len(component), dtype=np.int64)
    return near


class _Descent:
    def __init__(self, whole: Component, kept: Ints, start: Prices) -> None:
        self.component = component = whole if len(kept) == len(whole) else narrowed(whole, kept)
        self.keys = list(start.share)
        self.limit = supply(component)
        self.stocks = [(k, rows.stock) for k, rows in enumerate(component.orders) if rows.stock is not None]
        priced = [rows.most if has_parties_row(rows) else None for rows in whole.orders]
        self.most = np.array([np.inf if most is None else most for most in priced], dtype=np.float64)
        self.counted = np.array([float(rows.most or 0) for rows in component.orders])
        places = np.concatenate([component.seller, component.buyer])
        columns = np.tile(np.arange(len(component)), 2)
        weights = np.concatenate([component.pairs.seller_weight, component.pairs.buyer_weight])
        shape = (len(component.orders), len(component))
        self.taken = csr_array((weights, (places, columns)), shape=shape)
        self.stands = csr_array((np.ones(len(places)), (places, columns)), shape=shape)
        self.share_limit = np.array([float(share_limit(component, k)) for k, _ in self.keys])
        of_share = [(component.orders[k], component.orders[k].party == party) for k, party in self.keys]
        self.of_share = [(rows.pairs[own], rows.units[own]) for rows, own in of_share]
        self.scale = 1 / np.maximum(self.limit.mean(axis=1, keepdims=True), 1e-9)
        shares = np.array([start.share[key] for key in self.keys])
        self.best = _Point(start.capacity.copy(), start.parties.copy(), shares)
        self.best_value = np.inf

    def prices(self, point: _Point) -> Prices:
        """A point as multipliers by row."""
        share = {key: float(value) for key, value in zip(self.keys, point.share, strict=True)}
        return Prices(point.capacity, point.parties, share)

    def descend(self, target: float) -> None:
        """Steps by the distance of the bound to the target, from the best point met."""
        point, length, since = self.best.copy(), FIRST_STEP, 0
        moving: _Point | None = None
        for _ in range(STEPS):
            value, idle = self._value(point)
            if value < self.best_value * (1 - 1e-7):
                self.best, self.best_value, since = point.copy(), value, 0
            else:
                since += 1
            if value <= target:
                return
            if since >= PATIENCE:
                point, length, moving, since = self.best.copy(), length / 2, None, 0
                continue
            down = self._scaled(idle)
            moving = down if moving is None else _mix(moving, down)
            size = _product(idle, moving)
            if size <= 0:
                moving, size = down, _product(idle, down)
            if size <= 0:
                return
            step = length * (value - target) / size
            point = _Point(
                np.maximum(0.0, point.capacity + step * moving.capacity),
                np.maximum(0.0, point.parties + step * moving.parties),
                np.maximum(0.0, point.share + step * moving.share),
            )

    def _value(self, point: _Point) -> tuple[float, _Point]:
        """4.1 at a point, and how far the plans overdraw each row."""
        profit, volumes = best_plans(self.component, self.prices(point))
        on = profit > 0
        volumes[~on] = 0.0
        value = float(profit[on].sum() + (self.limit * point.capacity).sum())
        value += float(self.counted @ point.parties + self.share_limit @ point.share)
        over = self.taken @ volumes - self.limit
        for k, stock in self.stocks:
            over[k] += stock.carried(stock.plan(point.capacity[k]))
            value += stock.capacity * float(np.maximum(stock.worth(point.capacity[k]), 0.0).sum())
        over[(point.capacity <= 0) & (over < 0)] = 0.0
        too_many = np.where(np.isfinite(self.most), self.stands @ on - self.counted, 0.0)
        too_many[(point.parties <= 0) & (too_many < 0)] = 0.0
        made = volumes.sum(axis=1)
        shares = np.array([(made[own] * units).sum() for own, units in self.of_share]) - self.share_limit
        shares[(point.share <= 0) & (shares < 0)] = 0.0
        return value, _Point(over, too_many, shares)

    def _scaled(self, over: _Point) -> _Point:
        share_scale = 1 / np.maximum(self.share_limit, 1e-9)
        return _Point(over.capacity * self.scale, over.parties * WEIGHT_OF_PARTIES, over.share * share_scale)


def _mix(before: _Point, now: _Point) -> _Point:
    return _Point(
        MOMENTUM * before.capacity + now.capacity,
        MOMENTUM * before.parties + now.parties,
        MOMENTUM * before.share + now.share,
    )


def _product(one: _Point, other: _Point) -> float:
    return float((one.capacity * other.capacity).sum() + one.parties @ other.parties + one.share @ other.share)
