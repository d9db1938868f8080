"""Opening an order: after a round that matched it, what its proposals leave of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.schedule import expected_volumes
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
    promised = promised_by_month(order.side, [*queries.standing_terms(order.id, latest), *_delivered(order.id, latest)])
    return rest_of(order.terms["volumes"], promised, order.grade.quantum, today=beijing_date(now))


def _delivered(order_id: str, round_id: str) -> list[dict[str, Any]]:
    """What came of contracts that have ended, as terms that keep so much of the order: it does not return."""
    none = {"up": "0"}
    found = []
    for contract in queries.ended_contracts(order_id, round_id):
        terms = queries.present_version(contract).terms
        volumes = ((month, delivery_queries.shipped_volume(contract, month)) for month in expected_volumes(terms))
        periods = [{"period": month, "volume": {"expected": str(volume)}} for month, volume in volumes if volume]
        band = {"buyer_option": none, "seller_option": none}
        found.append({"periods": periods, "volume_band": band, "alternate": terms.get("alternate")})
    return found
