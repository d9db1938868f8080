"""Every change of an order goes through here: the lifecycle is asked, a revision kept, the trail written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.orders.models import Order, OrderRevision
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.lifecycle import ORDER
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db

ROLE_OF_SIDE = {Side.OFFER: Role.SELLER, Side.NEED: Role.BUYER}


def must_trade(side: str, actor: Actor) -> None:
    """Raises NotAllowed unless the actor may sell (offers) or buy (needs) for its organisation."""
    actor.must_be(ROLE_OF_SIDE[Side(side)])


def take_step(order: Order, action: str, *, actor: Actor, now: datetime) -> None:
    """Move an order along its lifecycle and keep the revision; the caller writes the trail and flushes.

    Raises: TransitionNotAllowed.
    """
    order.status = ORDER.next(order.status, action)
    keep_revision(order, action, actor=actor, now=now)


def keep_revision(order: Order, action: str, *, actor: Actor, now: datetime) -> None:
    """Keep the order as it now stands."""
    order.updated_at = now
    order.revision = (order.revision or 0) + 1
    db.session.add(
        OrderRevision(
            order=order,
            number=order.revision,
            action=action,
            status=order.status,
            site_id=order.site_id,
            terms=order.terms,
            member_id=actor.member_id,
            moment=now,
        )
    )


def write_trail(
    order: Order, verb: str, *, actor: Actor, now: datetime, payload: Mapping[str, Any] | None = None
) -> None:
    """An entry in the owner's chain, such as orders:offer:withdrawn; never with a price in it."""
    audit.record(
        f"orders:{order.side}:{verb}",
        order.id,
        actor=actor,
        now=now,
        organisation_id=order.organisation_id,
        payload={"revision": order.revision, **(payload or {})},
    )
