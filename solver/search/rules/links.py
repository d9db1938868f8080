"""Orders that are filled only with another, or of which at most one is filled (docs/model.md 3.15, 3.16)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.search.rules.row import Contracts, Row

if TYPE_CHECKING:
    from solver.search.component import Component

ONE = Fraction(1)


def rules(component: Component) -> Iterator[Row]:
    """z_i <= z_j for an order i that is linked to j; sum of z_i <= 1 over an exclusive set.

    Maths: 3.15, 3.16.  An order that has no pair in the component is not filled.
    """
    orders = component.market.orders
    place = {order.id: k for k, order in enumerate(orders)}

    def contracts(k: int) -> Contracts:
        return tuple(component.orders[k].pairs.tolist())

    sets: dict[tuple[str, str], list[int]] = {}
    for k, order in enumerate(orders):
        if order.linked_to is not None:
            other = place.get(order.linked_to)
            made = {contracts(k): ONE} if other is None else {contracts(k): ONE, contracts(other): -ONE}
            yield Row("linked_to", k, {}, made)
        if order.exclusive is not None:
            sets.setdefault((order.organisation, order.exclusive), []).append(k)
    for members in sets.values():
        if len(members) > 1:
            yield Row("exclusive", members[0], {}, {contracts(k): ONE for k in members}, ONE)
