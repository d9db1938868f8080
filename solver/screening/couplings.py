"""What joins orders beside the pairs between them, so that they are cleared together (docs/model.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from solver.form.market import Order
from solver.pairs.accounts import account_key

Key = tuple[str, ...]


def coupled(orders: tuple[Order, ...]) -> Iterator[list[int]]:
    """Positions of orders that a term joins: a line, a family, a link, an exclusive set, an input."""
    members: dict[Key, list[int]] = {}
    place = {order.id: position for position, order in enumerate(orders)}
    for position, order in enumerate(orders):
        for key in _keys(order):
            members.setdefault(key, []).append(position)
        others = [order.linked_to] if order.linked_to is not None else []
        yield from ([position, place[other]] for other in [*others, *(each.need for each in order.inputs)])
    yield from (group for group in members.values() if len(group) > 1)


def _keys(order: Order) -> Iterator[Key]:
    if order.source is not None:
        yield "source", order.source.site, order.source.line
    if order.family is not None:
        yield "family", *account_key(order)
    if order.exclusive is not None:
        yield "exclusive", order.organisation, order.exclusive
