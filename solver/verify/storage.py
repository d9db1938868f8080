"""Stock carried from period to period (3.20): what it makes possible, and the least that it costs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from solver.form.market import Order
from solver.form.terms import Storage
from solver.verify.ground import Ground

ZERO = Fraction(0)
Span = tuple[Fraction, Fraction]  # least and greatest stock


def greatest_deliveries(ground: Ground, order: Order) -> tuple[Fraction, ...]:
    """The most that may be delivered in each period, were it the only one (3.3, 3.20)."""
    volumes, stored = ground.volumes[order.id], order.storage
    if stored is None:
        return volumes
    opening, closing, room = _amounts(stored)
    found = []
    for t, volume in enumerate(volumes):
        if order.side == "need":
            found.append(volume + room - (opening if t == 0 else 0))
            continue
        made = opening + sum(volumes[:t], ZERO)
        before = opening if t == 0 else min(room, made)
        found.append(min(volume + before, opening + sum(volumes, ZERO) - closing))
    return tuple(found)


def greatest_total(ground: Ground, order: Order) -> Fraction | None:
    """The most over the term of an order with stock."""
    if order.storage is None:
        return None
    opening, closing, room = _amounts(order.storage)
    carried = opening - closing if order.side == "offer" else room - opening
    return ground.totals[order.id] + carried


def least_stocks(ground: Ground, order: Order, used: Sequence[Fraction]) -> list[Fraction] | None:
    """The least stock at the end of each period for what is delivered; None where no stock serves.

    Forward: between which stocks a period can end, from the opening one; backward: from which the closing one can be
    reached.  Differences alone are bounded, so the least of every period belong together.
    """
    stored = order.storage
    assert stored is not None
    opening, closing, room = _amounts(stored)
    volumes = ground.volumes[order.id]
    ways = [_change(order, volume, delivered) for volume, delivered in zip(volumes, used, strict=True)]
    ends: list[Span] = []
    low = high = opening
    for fall, rise in ways:
        low, high = max(ZERO, low + fall), min(room, high + rise)
        if low > high:
            return None
        ends.append((low, high))
    low, high = closing, room
    least = [ZERO] * len(used)
    for t in range(len(used) - 1, -1, -1):
        least[t], most = max(low, ends[t][0]), min(high, ends[t][1])
        if least[t] > most:
            return None
        fall, rise = ways[t]
        low, high = max(ZERO, low - rise), min(room, high - fall)
    return least


def storage_cost(ground: Ground, order: Order, used: Sequence[Fraction]) -> Fraction:
    """What an order pays for its stock, half-even to 1e-6 CNY; nothing where nothing is delivered or none serves."""
    if order.storage is None or not any(used):
        return ZERO
    stocks = least_stocks(ground, order, used)
    return ZERO if stocks is None else Fraction(round(Fraction(order.storage.cost) * sum(stocks) * 10**6), 10**6)


def bound_of_stock(order: Order, prices: Sequence[float]) -> float:
    """What a stock adds to 4.1 at the multipliers of its order's periods."""
    stored = order.storage
    if stored is None:
        return 0.0
    sign = 1 if order.side == "offer" else -1
    worth = sum(
        max(0.0, sign * (later - now) - float(stored.cost))
        for now, later in zip(prices, [*prices[1:], 0.0], strict=True)
    )
    opening = prices[0] * float(stored.opening) if order.side == "offer" else 0.0
    return opening + float(stored.capacity) * worth


def _change(order: Order, volume: Fraction, delivered: Fraction) -> Span:
    """By how much a stock can change in a period: a seller makes, a buyer uses, between nothing and its volume."""
    if order.side == "offer":
        return -delivered, volume - delivered
    return delivered - volume, delivered


def _amounts(stored: Storage) -> tuple[Fraction, Fraction, Fraction]:
    return Fraction(stored.opening), Fraction(stored.closing), Fraction(stored.capacity)
