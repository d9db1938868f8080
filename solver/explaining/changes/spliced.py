"""A market with one order changed, screened without screening all of it again: pairs stand for themselves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from solver.form.coupling_checks import faults_between_orders
from solver.form.order_checks import faults_of_order, guaranteed_ranges
from solver.pairs.screened import Pairs, Screened
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import component_of

if TYPE_CHECKING:
    from solver.form.market import Market, Order
    from solver.search.component import Component


class Base:
    """A counted market and its screened pairs, from which changed ones are made."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.screened = screen(market)
        self.position = {order.id: place for place, order in enumerate(market.orders)}
        self._grades = {grade.id: grade for grade in market.grades}
        self._sides: dict[tuple[str, str], list[int]] = {}
        self._of_organisation: dict[str, list[int]] = {}
        for place, order in enumerate(market.orders):
            self._sides.setdefault((order.grade, order.side), []).append(place)
            self._of_organisation.setdefault(order.organisation, []).append(place)

    def component_with(self, changed: Order) -> Component | None:
        """The component of a changed order; None where it may trade with nobody, or no market may hold it."""
        place = self.position[changed.id]
        orders = (*self.market.orders[:place], changed, *self.market.orders[place + 1 :])
        market = replace(self.market, orders=orders)
        if self._refused(market, place):
            return None
        if any(order.inputs or order.alternates for order in orders):  # more than two orders (1.1l, 3.22)
            pairs = screen(market).pairs
        else:
            pairs = self._joined(place, self._own_pairs(market, place))
        screened = Screened(market, pairs, {}, {})
        for part in components(screened):
            if np.any(pairs.offer[part] == place) or np.any(pairs.need[part] == place):
                return component_of(screened, part)
        return None

    def _refused(self, market: Market, place: int) -> bool:
        order = market.orders[place]
        faults = faults_of_order(market, place, order, self._grades[order.grade], guaranteed_ranges(market))
        return any(True for _ in faults) or any(True for _ in faults_between_orders(market))

    def counterparties(self, place: int) -> list[int]:
        """Positions of the orders on the other side of an order's grade."""
        order = self.market.orders[place]
        return self._sides.get((order.grade, "need" if order.side == "offer" else "offer"), [])

    def _own_pairs(self, market: Market, place: int) -> Pairs:
        """The changed order's pairs, screened beside its counterparties and all who are named as incumbents (1.1h)."""
        kept = {place, *self.counterparties(place)}
        named = {each.organisation for k in kept for each in market.orders[k].incumbents}
        kept |= {k for organisation in named for k in self._of_organisation.get(organisation, ())}
        places = np.array(sorted(kept), dtype=np.int64)
        few = replace(market, orders=tuple(market.orders[k] for k in places.tolist()))
        found = screen(few).pairs
        own = int(np.searchsorted(places, place))
        rows = np.flatnonzero((found.offer == own) | (found.need == own))
        own_pairs = found.at(rows)
        return dataclasses.replace(own_pairs, offer=places[own_pairs.offer], need=places[own_pairs.need])

    def _joined(self, place: int, own: Pairs) -> Pairs:
        """All other orders' pairs and these, in the order of (offer position, need position)."""
        before = self.screened.pairs
        others = np.flatnonzero((before.offer != place) & (before.need != place))
        return Pairs.joined([before.at(others), own])
