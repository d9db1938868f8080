"""Break-glass: reading one foreign order with its owner and limit takes two persons, a reason and leaves its mark.

Until a round freezes an order it is sealed, and nobody reads it at all.  What can be read is the order as it stood
when a round last froze it before the request, whatever its owner has changed since.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.notifications.services import tell
from marketplace.orders.models import Disclosure, OrderRevision
from marketplace.orders.queries import disclosure, frozen_revision, orders_by_id
from marketplace.orders.rules.lifecycle import DISCLOSURE
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.shared.identifiers import new_id
from marketplace.shared.texts import paragraph_faults

SHORTEST_REASON, LONGEST_REASON = 20, 2000
READABLE_FOR = timedelta(hours=24)


def request_disclosure(order_id: str, reason: str, *, actor: Actor, now: datetime) -> Disclosure:
    """Ask to read one order, as a round has frozen it.

    Allowed: operators, authorities.
    Raises: NotFound, NotAllowed, InvalidInput (the reason is too short), Conflict (the order is sealed).
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON, shortest=SHORTEST_REASON))
    if faults:
        raise InvalidInput(faults)
    order = orders_by_id([order_id])[0]
    asked = Disclosure(
        id=new_id("dis", now),
        order=order,
        order_id=order.id,
        reason=reason,
        status=DISCLOSURE.initial,
        requested_by=actor.member_id,
        requester_organisation_id=actor.organisation_id,
        requested_at=now,
    )
    _opened(asked)
    db.session.add(asked)
    _record(asked, "requested", actor=actor, now=now)
    return asked


def approve_disclosure(disclosure_id: str, *, actor: Actor, now: datetime) -> Disclosure:
    """Agree to somebody else's request; from now on it can be read once within a day, and its owner is told.

    Allowed: operators other than the one who asked.
    Raises: NotFound, NotAllowed, TransitionNotAllowed, Conflict (the order is sealed).
    """
    asked = _decided(disclosure_id, "approve", actor=actor, now=now)
    _opened(asked)
    asked.readable_until = now + READABLE_FOR
    _record(asked, "approved", actor=actor, now=now)
    tell(
        asked.order.organisation_id,
        "order-disclosed",
        asked.order_id,
        text_zh=f"经两人批准，您的订单 {asked.order_id}（含限价）将在24小时内可被查阅一次。理由：{asked.reason}",
        text_en=f"Two persons agreed that your order {asked.order_id}, its limit included, may be read once "
        f"within 24 hours. Reason: {asked.reason}",
        now=now,
    )
    return asked


def refuse_disclosure(disclosure_id: str, *, actor: Actor, now: datetime) -> Disclosure:
    """Decline somebody else's request.  Allowed and raises: as for approving."""
    asked = _decided(disclosure_id, "refuse", actor=actor, now=now)
    _record(asked, "refused", actor=actor, now=now)
    return asked


def read_disclosed_order(disclosure_id: str, *, actor: Actor, now: datetime) -> OrderRevision:
    """The order itself, once: the revision that was frozen.

    Allowed: who asked for it; for anybody else there is nothing to read.
    Raises: NotFound, TransitionNotAllowed (not approved, read already), Conflict (the day is over, it is sealed).
    """
    asked = disclosure(disclosure_id, actor)
    if asked.requested_by != actor.member_id:
        raise NotFound("disclosure that you asked for", disclosure_id)
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    status = DISCLOSURE.next(asked.status, "read")
    if asked.readable_until is None or now >= asked.readable_until:
        raise Conflict(f"the approval lapsed at {asked.readable_until}")
    revision = _opened(asked)
    asked.status, asked.read_at = status, now
    _record(asked, "read", actor=actor, now=now)
    return revision


def _decided(disclosure_id: str, action: str, *, actor: Actor, now: datetime) -> Disclosure:
    actor.must_be(Role.OPERATOR)
    asked = disclosure(disclosure_id, actor)
    if asked.requested_by == actor.member_id:
        raise NotAllowed("another operator has to decide: nobody approves a request of their own")
    asked.status = DISCLOSURE.next(asked.status, action)
    asked.decided_by, asked.decided_at = actor.member_id, now
    return asked


def _opened(asked: Disclosure) -> OrderRevision:
    """What the request may open; raises Conflict while that is sealed."""
    revision = frozen_revision(asked.order.id, by=asked.requested_at)
    if revision is None:
        raise Conflict(
            f"order {asked.order.id} is sealed: no matching round had frozen it when this was asked, "
            "and before that nobody reads another's order"
        )
    return revision


def _record(asked: Disclosure, verb: str, *, actor: Actor, now: datetime) -> None:
    """An entry in the chain of whoever acts, and one in the owner's."""
    db.session.flush()
    payload = {"order": asked.order_id, "reason": asked.reason}
    for organisation_id in dict.fromkeys((actor.organisation_id, asked.order.organisation_id)):
        audit.record(
            f"orders:disclosure:{verb}",
            asked.id,
            actor=actor,
            now=now,
            organisation_id=organisation_id,
            payload=payload,
        )
