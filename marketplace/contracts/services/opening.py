"""Opening an order: after a round that matched it, what its proposals leave of it."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts import queries
from marketplace.contracts.rules.promises import promised_by_month
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.orders.queries import orders_by_id, own_order
from marketplace.orders.rules.rest import Rest, rest_of
from marketplace.rounds import queries as rounds
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date

WITH_PROMISES = ("matched", "partly_matched")


def open_order(order_id: str, *, actor: Actor, now: datetime) -> Order:
    """Put an order of one's own into the book; of a matched one the rest, in the months that have not passed.

    Raises: NotFound, TransitionNotAllowed, NotAllowed, InvalidInput naming every term that stands in the way, or
    that nothing rests.
    """
    order = own_order(order_id, actor)
    if order.status not in WITH_PROMISES:
        return orders.open_order(order_id, actor=actor, now=now)
    return orders.open_rest(order_id, _rest(order, now), actor=actor, now=now)


def _rest(order: Order, now: datetime) -> dict[str, Rest]:
    """Stated volume less what may be called at most.  Earlier rounds count in what was stated for the latest one."""
    orders_by_id([order.id], lock=True)  # answers to its proposals hold it as well
    latest = rounds.latest_cleared_round(order.id)
    promised = promised_by_month(order.side, queries.standing_terms(order.id, latest))
    return rest_of(order.terms["volumes"], promised, order.grade.quantum, today=beijing_date(now))
