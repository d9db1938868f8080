"""What joins orders beside the pairs between them, so that they are cleared together (docs/model.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from solver.form.market import Market, Order
from solver.pairs.accounts import account_key

Key = tuple[str, ...]


def coupled(market: Market) -> Iterator[list[int]]:
    """Positions of orders that a term joins: a line, a family, a link, an exclusive set, an input, a round's share."""
    orders = market.orders
    members: dict[Key, list[int]] = {}
    place = {order.id: position for position, order in enumerate(orders)}
    for position, order in enumerate(orders):
        for key in _keys(order):
            members.setdefault(key, []).append(position)
        others = [order.linked_to] if order.linked_to is not None else []
        yield from ([position, place[other]] for other in [*others, *(each.need for each in order.inputs)])
    if market.policy.welfare_tolerance and market.policy.concentration_target is not None:
        yield from _grades(orders, {order.grade for order in orders})
    elif market.policy.small_supplier_share is not None:
        small = {order.grade for order in orders if order.side == "offer" and order.small_supplier}
        yield from _grades(orders, small)
    yield from (group for group in members.values() if len(group) > 1)


def _grades(orders: tuple[Order, ...], grades: set[str]) -> Iterator[list[int]]:
    """All orders of some grades: a share of the grade's volume joins them (3.25, 3.26)."""
    for grade in sorted(grades):
        yield [position for position, order in enumerate(orders) if order.grade == grade]


def _keys(order: Order) -> Iterator[Key]:
    if order.source is not None:
        yield "source", order.source.site, order.source.line
    if order.family is not None:
        yield "family", *account_key(order)
    if order.exclusive is not None:
        yield "exclusive", order.organisation, order.exclusive
