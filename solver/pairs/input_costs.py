"""Inputs whose cost an offer's limit leaves out: its ask rises by what it may pay for them (docs/model.md 1.1l)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from solver.pairs.alternates import at_its_dearest

if TYPE_CHECKING:
    from solver.form.market import Market, Order

Inputs = tuple[
    tuple[Decimal, "Order"], ...
]  # units of it per unit sold, and the need that buys it, whatever grade it takes


def inputs_beside_limits(market: Market) -> dict[str, Inputs]:
    """By offer: its inputs that stand beside its limit; offers without any are left out."""
    orders = {order.id: order for order in reversed(market.orders)}  # the need itself, and no guise of it (3.22)
    found: dict[str, Inputs] = {}
    for order in market.orders:
        beside = [each for each in order.inputs if not each.cost_in_limit]
        if beside:
            found[order.id] = tuple((each.units_per_unit, at_its_dearest(orders[each.need])) for each in beside)
    return found
