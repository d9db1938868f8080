"""An offer that exists only as far as its material is there (docs/model.md 3.19)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.search.rules.row import Row

if TYPE_CHECKING:
    from solver.search.component import Component

ZERO = Fraction(0)


def rules(component: Component) -> Iterator[Row]:
    """units x (own volume up to t) <= stocked + (volume of the need up to t - lead), for every t and input.

    Maths: 3.19.  A need that has no pair in the component brings nothing.
    """
    orders = component.market.orders
    place = {order.id: k for k, order in enumerate(orders)}
    for k, order in enumerate(orders):
        for each in order.inputs:
            j = place.get(each.need)
            brought = {} if j is None else {p: component.own_units(j, p) for p in component.orders[j].pairs.tolist()}
            for t in range(component.periods):
                used = dict.fromkeys(
                    component.orders[k].pairs.tolist(), _until(t, Fraction(each.units_per_unit), component)
                )
                there = {p: _until(t - each.lead_periods, -units, component) for p, units in brought.items()}
                yield Row("input", k, used | there, {}, Fraction(each.stocked))


def _until(last: int, coefficient: Fraction, component: Component) -> tuple[Fraction, ...]:
    return tuple(coefficient if t <= last else ZERO for t in range(component.periods))
