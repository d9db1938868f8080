"""What an owner does with an order, and what time does: open, withdraw, close, reopen, expire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.notifications.services import tell
from marketplace.orders.models import Order
from marketplace.orders.queries import orders_by_id, own_order
from marketplace.orders.rules.lifecycle import ORDER
from marketplace.orders.rules.rest import Rest, rest_faults
from marketplace.orders.services.changes import must_trade, take_step, write_trail
from marketplace.orders.services.entry import faults_of_order
from marketplace.orders.services.facts import Surroundings
from marketplace.orders.services.pauses import must_not_be_paused
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import InvalidInput, NotAllowed
from marketplace.shared.quantities import amount_text


def open_order(order_id: str, *, actor: Actor, now: datetime, surroundings: Surroundings | None = None) -> Order:
    """Put a draft, or again an order that a round left unmatched, into the book for the next round of its grade.

    Raises: NotFound, TransitionNotAllowed, NotAllowed (role, or the organisation is not verified), OrdersPaused,
    InvalidInput naming every term that is wrong today, missing, or not cleared in this version.
    """
    order = own_order(order_id, actor)
    action = "reopen" if order.status == "unmatched" else "open"
    _must_open(order, action, actor, now)
    faults = faults_of_order(order, surroundings or Surroundings(actor, now))
    if faults:
        raise InvalidInput(faults)
    return _stepped(order, action, "opened", actor=actor, now=now)


def open_rest(order_id: str, rest: Mapping[str, Rest], *, actor: Actor, now: datetime) -> Order:
    """Put what is left of one's own matched order into the book again; its other terms stay as they are.

    ``rest``: volume by month, from the domains above, which know what was promised.
    Raises: NotFound, TransitionNotAllowed, NotAllowed, OrdersPaused, InvalidInput when nothing rests, when the rest is
    less than the order's own sizes allow, or when a term is wrong today.
    """
    order = own_order(order_id, actor)
    _must_open(order, "reopen", actor, now)
    terms = terms_of_rest(order, rest)
    faults = faults_of_order(order, Surroundings(actor, now), terms)
    if faults:
        raise InvalidInput(faults)
    return reopen_order(order_id, rest=rest, actor=actor, now=now)


def withdraw_order(order_id: str, *, actor: Actor, now: datetime) -> Order:
    """Take an open order out of the book, or discard a draft.  Raises: NotFound, NotAllowed, TransitionNotAllowed."""
    order = own_order(order_id, actor)
    must_trade(order.side, actor)
    return _stepped(order, "withdraw", "withdrawn", actor=actor, now=now)


def close_order(order_id: str, *, actor: Actor, now: datetime) -> Order:
    """End an order after its round: what rests of it is not offered again.

    Raises: NotFound, NotAllowed, TransitionNotAllowed.
    """
    order = own_order(order_id, actor)
    must_trade(order.side, actor)
    return _stepped(order, "close", "closed", actor=actor, now=now)


def reopen_order(order_id: str, *, actor: Actor, now: datetime, rest: Mapping[str, Rest] | None = None) -> Order:
    """Put an order that was in a round back into the book, all of it or its rest.

    ``rest``: volume by month that is still to be traded, at most what was stated; None: all of it.
    For the domains above, which know what was promised.  Raises: NotFound, TransitionNotAllowed, InvalidInput.
    """
    order = orders_by_id([order_id], lock=True)[0]
    ORDER.next(order.status, "reopen")
    if rest is not None:
        order.put_terms(terms_of_rest(order, rest))
    return _stepped(order, "reopen", "reopened", actor=actor, now=now)


def terms_of_rest(order: Order, rest: Mapping[str, Rest]) -> dict[str, Any]:
    """The order's terms with the volume that rests in place of what was stated; raises InvalidInput."""
    faults = rest_faults(order.terms["volumes"], rest, order.grade.quantum)
    if faults:
        raise InvalidInput(faults)
    return {**order.terms, "volumes": {month: _stated(volume) for month, volume in rest.items()}}


def _stated(volume: Rest) -> str | dict[str, str]:
    if isinstance(volume, dict):
        return {part: amount_text(amount) for part, amount in volume.items()}
    return amount_text(volume)


def expire_orders(*, now: datetime, actor: Actor = SYSTEM) -> list[str]:
    """End every open order whose validity is over, and tell its owner; their ids."""
    query = (
        sa.select(Order)
        .where(Order.status == "open", Order.valid_to < beijing_date(now))
        .order_by(Order.id)  # as rounds lock them
        .with_for_update(**HELD)
    )
    expired = list(db.session.scalars(query))
    for order in expired:
        _stepped(order, "expire", "expired", actor=actor, now=now)
        name, until = order.external_reference or order.id, order.valid_to.isoformat()
        tell(
            order.organisation_id,
            "order-expired",
            order.id,
            text_zh=f"贵方订单 {name} 的有效期至 {until} 止，已从挂单中撤下；如仍需交易，请另行挂单",
            text_en=f"Your order {name} was valid until {until} and has left the book; to trade on, enter it anew",
            now=now,
        )
    return [order.id for order in expired]


def _must_open(order: Order, action: str, actor: Actor, now: datetime) -> None:
    """Raises NotAllowed, TransitionNotAllowed or OrdersPaused unless this member may put this order into the book."""
    must_trade(order.side, actor)
    ORDER.next(order.status, action)
    if not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can post orders")
    must_not_be_paused(order.organisation_id, order.grade_id, now)


def _stepped(order: Order, action: str, verb: str, *, actor: Actor, now: datetime) -> Order:
    take_step(order, action, actor=actor, now=now)
    write_trail(order, verb, actor=actor, now=now)
    db.session.flush()
    return order
