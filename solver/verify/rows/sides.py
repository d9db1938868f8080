"""The offers and the needs of one grade, and which needs one offer may still trade with."""

from __future__ import annotations

import numpy as np

from solver.form.market import Order
from solver.verify.additions import incumbent_parties
from solver.verify.columns import Accepted, Codes, Flags, Side
from solver.verify.conditions import tolling_due
from solver.verify.ground import Ground


class Sides:
    """Both sides of one grade, in the file's order; needs of other grades as they meet it (3.22)."""

    def __init__(self, ground: Ground, grade: str) -> None:
        self.ground = ground
        self.grade = grade
        orders = [order for order in ground.market.orders if order.grade == grade]
        orders += [face.order for face in ground.faces.values() if face.order.grade == grade]
        orders.sort(key=lambda order: ground.position[order.id])
        self.offers = Side(ground, [order for order in orders if order.side == "offer"])
        self.needs = Side(ground, [order for order in orders if order.side == "need"])
        self.quantum = float(ground.grades[grade].quantum)
        attributes = sorted({name for need in self.needs.orders for name in need.specification})
        self.accepted = [Accepted(self.needs.orders, attribute) for attribute in attributes]
        cost = ground.grades[grade].contract_cost
        cost = ground.market.policy.contract_cost if cost is None else cost
        self.cost = float(cost)
        self.need_terms = self.needs.classes_by(lambda need: need.delivery.incoterms)
        self.need_papers = self.needs.classes_by(
            lambda need: (need.delivery.invoice_form, need.delivery.dangerous_goods_class, tolling_due(need))
        )
        self.need_wishes = self.needs.classes_by(lambda need: need.contract_wishes)
        self.knowing: dict[str, list[int]] = {}  # by party: rows of the needs that have it among their incumbents
        for j, need in enumerate(self.needs.orders):
            for name in incumbent_parties(ground, need):
                self.knowing.setdefault(name, []).append(j)
        self.need_certificates = self.needs.classes_by(lambda need: need.certificates)
        self.need_holdings = self.needs.classes_by(lambda need: (need.holds, need.site.id, need.grade))
        self.need_exclusions = self.needs.classes_by(lambda need: need.exclusions)
        self.approving = np.flatnonzero(self.needs.flags(lambda need: need.approved is not None))


class Passing:
    """The needs that one offer may still trade with, after some tests, and which test kept the others away."""

    def __init__(self, sides: Sides) -> None:
        self._position = sides.needs.position
        self.free: Flags = np.ones(len(self._position), dtype=np.bool_)
        self.refused: dict[str, Codes] = {}  # test -> positions in the market file

    def keep(self, passing: Flags, test: str) -> None:
        """Those still free that pass a test; the others are noted under its name."""
        failing = self.free & ~passing
        if failing.any():
            self.refused[test] = self._position[failing]
        self.free = self.free & passing


def guaranteed(offer: Order, attribute: str) -> float | None:
    """What an offer guarantees of an attribute."""
    value = offer.specification.get(attribute)
    return None if value is None else float(value)  # type: ignore[arg-type]
