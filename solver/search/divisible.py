"""Components in which nothing is whole: their relaxation is the model itself, and is solved to its end."""

from __future__ import annotations

from solver.search.component import Component, OrderRows


def is_divisible(component: Component) -> bool:
    """Whether a contract may be as small as a quantum, costs nothing, is counted nowhere and bound to no other.

    Then every row of the model is one of the linear relaxation's (docs/model.md 4): its volumes are the best there
    are but for what is lost in whole quanta, and 4.1 at its multipliers is what they are worth.
    """
    pairs = component.pairs
    if component.rules or component.demands or component.allowed or pairs.contract_cost.any():
        return False
    return bool((pairs.contract_least <= pairs.step).all()) and not any(map(_asks_more, component.orders))


def _asks_more(rows: OrderRows) -> bool:
    counted = rows.least > 1 or (rows.most is not None and rows.most < len(rows.parties))
    return (
        rows.order.lot is not None
        or counted
        or rows.share_of_awarded
        or rows.filled_least > 0
        or rows.trial is not None
        or rows.stock is not None
    )
