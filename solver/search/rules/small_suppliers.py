"""A part of what is traded of every grade comes from small suppliers (docs/model.md 3.25)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pairs.demands import key_of_grade, rank_of
from solver.search.rules.demand import Demand
from solver.search.rules.row import Row, ones

if TYPE_CHECKING:
    from solver.search.component import Component


def demands(component: Component) -> Iterator[Demand]:
    """Volume from small suppliers >= share x volume of all, per grade in which one of them may trade.

    Maths: 3.25.  All orders of a grade are in one component then.
    """
    rule = component.market.policy.small_supplier_share
    if rule is None or not rule.fraction:
        return
    share, orders = Fraction(rule.fraction), component.market.orders
    by_grade: dict[str, list[int]] = {}
    for p, k in enumerate(component.seller.tolist()):
        by_grade.setdefault(orders[k].grade, []).append(p)
    for grade, pairs in by_grade.items():
        small = [p for p in pairs if orders[int(component.seller[p])].small_supplier]
        if small:
            volumes = ones(pairs, component.periods, -share) | ones(small, component.periods, 1 - share)
            row = Row("small_supplier_share", int(component.seller[small[0]]), volumes, at_least=True)
            most = share * Fraction(float(component.pairs.most[pairs].sum()))
            yield Demand(key_of_grade(grade), rank_of(rule.priority), row, most)
