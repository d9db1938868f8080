"""Tiny random markets with a tolerance of welfare, small suppliers, incumbents and orders of equal terms."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.market import Market
from solver.form.terms import Incumbent
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal


def aimed_market(seed: int) -> Market:
    """A tiny market of one limit a side, with small suppliers and incumbents."""
    random = Random(f"aims {seed}")
    given = tiny_market(seed)
    terms = {side: next(o for o in given.orders if o.side == side) for side in ("offer", "need")}
    orders = []
    for order in given.orders:
        like = terms[order.side]
        changes: dict[str, Any] = {"small_supplier": order.side == "offer" and random.random() < 0.5}
        if random.random() < 0.6:
            changes |= {
                name: getattr(like, name) for name in ("limit_price", "delivery", "payment", "tolling", "specification")
            }
        if random.random() < 0.4:
            other = random.choice([o.organisation for o in given.orders if o.organisation != order.organisation])
            changes["incumbents"] = (Incumbent(organisation=other),)
        orders.append(replace(order, **changes))
    policy = replace(
        given.policy,
        welfare_tolerance=random.choice((D("0.0001"), D("0.05"), D("0.3"))),
        concentration_target=random.choice((None, D("0.4"), D("0.7"))),
    )
    return replace(given, orders=tuple(orders), policy=policy)
