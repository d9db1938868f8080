"""Tiny random markets with needs that must be served and a share for small suppliers, beside all other terms."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from msgspec.structs import replace

from solver.form.market import Market
from solver.form.terms import CLASSES, SmallSupplierShare
from tests.unit.solver.tiny_joint import joint_market
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal


def demanding_market(seed: int, *, joint: bool = False) -> Market:
    """Some needs must be served, in any class; in most of the markets a share is for small suppliers."""
    random = Random(f"demands {seed}")
    market = joint_market(seed) if joint else tiny_market(seed)
    family_class = random.choice(CLASSES[1:])
    orders = []
    for order in market.orders:
        small = order.side == "offer" and random.random() < 0.5
        served = order.side == "need" and (order.family is not None or random.random() < 0.5)
        chosen = random.choice((None, *CLASSES[1:], "hard" if random.random() < 0.2 else None))
        name = family_class if order.family is not None else chosen
        priority = {"must_serve": name} if served and name is not None else {}
        orders.append(replace(order, small_supplier=small, must_serve=served, priority=priority))
    policy = market.policy
    if random.random() < 0.7:
        share = SmallSupplierShare(fraction=random.choice((D("0.5"), D("0.8"), D(1))), priority=random.choice(CLASSES))
        policy = replace(policy, small_supplier_share=share)
    return replace(market, orders=tuple(orders), policy=policy)
