"""What a term that counts over all contracts counts over: one order, or all orders of a family (docs/model.md 3.11)."""

from __future__ import annotations

import msgspec

from solver.form.market import Order


def account_key(order: Order) -> tuple[str, ...]:
    """Orders with the same key are counted together.

    >>> from solver.form.terms import LimitPrice
    >>> limit = LimitPrice(components=())
    >>> need = Order(id="n", side="need", organisation="B", grade="G", volumes=(), limit_price=limit)
    >>> account_key(need), account_key(msgspec.structs.replace(need, family="plants"))
    (('n',), ('B', 'plants'))
    """
    return (order.id,) if order.family is None else (order.organisation, order.family)


def alone(order: Order) -> Order:
    """An order as it is counted by itself: what its family counts together is left out."""
    if order.family is None:
        return order
    return msgspec.structs.replace(order, counterparties=None, maximum_share=None, minimum_fill=None)
