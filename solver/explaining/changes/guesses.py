"""Which change would have matched an order, by the multipliers of the bound alone: for all of a large market.

At the multipliers of 4.1 a pair is worth having if its profit there, with the order's own capacity free, is above 0:
its counterparty's room then costs what the market pays for it.  A guess: terms over several pairs are not looked at.
Shapes: J pairs of one order, T periods.  Units: CNY per grade unit, volumes in the grade's unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from solver.explaining.changes.candidates import Candidate, prices, shifted, volumes
from solver.explaining.obstacles import capacity_multipliers
from solver.explaining.rooms import Rooms, rooms_after
from solver.pairs.counted import volumes_of
from solver.pairs.screened import Floats, Ints, Pairs
from solver.screening.screen import screen

if TYPE_CHECKING:
    from solver.form.clearing import Clearing
    from solver.form.market import Market, Order
    from solver.pairs.market_limits import MarketLimits

LIFT = Decimal(10) ** 8  # CNY per unit: above any gap between two limits, within what gains can hold
WORTH = 1e-6  # CNY; less is nothing


@dataclass(frozen=True, slots=True)
class _Own:
    """One order's pairs as far as no price keeps them apart, and what its counterparties' room costs."""

    gain: Floats  # (J, T), negative where the prices do not meet
    slope: Floats  # (J, T): what one yuan more of the need's limit adds to it
    price: Floats  # (J, T): of the counterparty's capacity
    kappa: Floats  # (J,)
    reach: Floats  # (J, T): what the counterparty could take or give
    room: Floats  # (J, T): what the order itself has left
    called: Floats  # (J,): capacity that a unit of volume takes of the order
    least: Floats  # (J,)
    most: Floats  # (J,)
    cost: Floats  # (J,)

    def gainful(self, better: float, more: Floats | float = 0.0) -> bool:
        """Whether some pair has a profit with a better limit, or with more room of the order's own."""
        gain = self.gain + better * self.slope
        most = np.where(gain >= 0, np.minimum(self.reach, self.room + more / self.called[:, None]), 0.0)
        margin = gain - self.price
        order = np.argsort(-margin, axis=1)
        margin, most = (np.take_along_axis(each, order, axis=1) for each in (margin, most))
        before = np.cumsum(most, axis=1) - most
        wanted = np.where(margin > 0, self.most[:, None], self.least[:, None])
        profit = (margin * np.clip(wanted - before, 0.0, most)).sum(axis=1) - self.cost - self.kappa
        return bool(np.any((profit > WORTH) & (most.sum(axis=1) >= self.least * (1 - 1e-9))))


class Guesses:
    """The first price and the first volume at which an order's best pair has a profit at the clearing's multipliers."""

    def __init__(self, limits: MarketLimits, clearing: Clearing) -> None:
        market = limits.market
        self._market, self._limits = market, limits
        once, twice = (_opened(market, times * LIFT) for times in (1, 2))
        self._pairs = once
        self._slope = (twice.gain - once.gain) / float(LIFT)
        self._gain = once.gain - (twice.gain - once.gain)
        rooms = rooms_after(market, clearing.matches)
        self._price = capacity_multipliers(rooms, clearing.multipliers)
        self._kappa = _party_multipliers(rooms, clearing)
        self._rooms = rooms
        self._of: dict[int, Ints] = {}
        for side in (once.offer, once.need):
            order = np.argsort(side, kind="stable")
            places, starts = np.unique(side[order], return_index=True)
            for place, rows in zip(places.tolist(), np.split(order, starts[1:]), strict=True):
                self._of[place] = rows

    def price(self, order: Order) -> Iterator[Candidate]:
        """The limits from the first on that should do, nearest first."""
        own = self._own(order)
        candidates = list(prices(self._limits, order)) if own is not None else []
        for k, (change, _) in enumerate(candidates):
            assert own is not None
            if own.gainful(abs(float(change.by))):
                yield from candidates[k:]
                return

    def volume(self, order: Order) -> Iterator[Candidate]:
        """The greater volumes that should do, nearest first."""
        own = self._own(order)
        if own is None:
            return
        stated = np.array([float(each) for each in volumes_of(order)])
        if not own.gainful(0.0, 2 * stated):  # more than any that may be tried
            return
        for change, changed in volumes(self._market, order):
            more = np.array([float(each) for each in volumes_of(changed)]) - stated
            if change.by > 0 and own.gainful(0.0, more):
                yield change, changed

    def _own(self, order: Order) -> _Own | None:
        place = self._rooms.position[order.id]
        rows = self._of.get(place)
        if rows is None:
            return None
        pairs, rooms = self._pairs, self._rooms
        sells = order.side == "offer"
        other = (pairs.need if sells else pairs.offer)[rows]
        own_called, other_called = pairs.seller_weight[rows], pairs.buyer_weight[rows]
        if not sells:
            own_called, other_called = other_called, own_called
        taken = rooms.contracts.at(np.full(len(rows), place), other)
        return _Own(
            gain=self._gain[rows],
            slope=self._slope[rows] if not sells else np.ones_like(self._slope[rows]),
            price=self._price[other] * other_called[:, None],
            kappa=self._kappa[other],
            reach=rooms.volumes[other] / other_called[:, None],
            room=rooms.room[place][None, :] / own_called[:, None],
            called=own_called,
            least=np.where(taken > 0, 0.0, pairs.contract_least[rows]),
            most=np.maximum(pairs.contract_most[rows] - taken, 0.0),
            cost=np.where(taken > 0, 0.0, pairs.contract_cost[rows]),
        )


def _opened(market: Market, lift: Decimal) -> Pairs:
    """The pairs that nothing but a price keeps apart: every need's limit is lifted beyond every offer's."""
    orders = (shifted(market, order, lift) if order.side == "need" else order for order in market.orders)
    return screen(replace(market, orders=tuple(orders))).pairs


def _party_multipliers(rooms: Rooms, clearing: Clearing) -> Floats:
    """Multipliers of 3.7 ``most``, CNY per contract.  Shapes: (N,)."""
    found = np.zeros(len(rooms.market.orders))
    for name, value in clearing.multipliers.values.items():
        kind, _, order = name.partition(":")
        if kind == "counterparties":
            found[rooms.position[order]] = float(value)
    return found
