"""Drafts that nobody has touched for a year: they hold a limit price, and never were an order to anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.notifications.services import tell
from marketplace.orders.models import Disclosure, Order, OrderRevision
from marketplace.orders.rules.lifecycle import LIVE
from marketplace.orders.services.changes import write_trail
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.database import chunks, db

DRAFTS_KEPT_FOR = timedelta(days=365)
AT_ONCE = 500


def forget_drafts(now: datetime, *, actor: Actor = SYSTEM) -> int:
    """Delete drafts untouched for long enough, with their revisions, and tell their owners; how many went.

    Those that a live order or a younger draft names stay, and those that a disclosure is about.
    """
    until = now - DRAFTS_KEPT_FOR
    old = sa.and_(Order.status == "draft", Order.updated_at <= until)
    disclosed = sa.select(Disclosure.order_id)
    found = db.session.scalars(sa.select(Order.id).where(old, Order.id.not_in(disclosed)).order_by(Order.id)).all()
    gone = 0
    for some in chunks(found):
        query = sa.select(Order).where(old, Order.id.in_(some)).order_by(Order.id).with_for_update(skip_locked=True)
        drafts = db.session.scalars(query).all()
        named = _named({order.organisation_id for order in drafts}, until)
        for order in drafts:
            if order.id not in named:
                _forget(order, actor=actor, now=now)
                gone += 1
    return gone


def _named(organisation_ids: Iterable[str], until: datetime) -> set[str]:
    """What live orders and younger drafts of these organisations depend on."""
    named: set[str] = set()
    for some in chunks(sorted(organisation_ids)):
        younger = sa.and_(Order.status == "draft", Order.updated_at > until)
        query = sa.select(Order.terms).where(Order.organisation_id.in_(some), sa.or_(Order.status.in_(LIVE), younger))
        for terms in db.session.scalars(query.execution_options(yield_per=AT_ONCE)):
            named |= {terms.get("linked_to"), *(entry.get("need") for entry in terms.get("inputs", ()))}
    return named


def _forget(order: Order, *, actor: Actor, now: datetime) -> None:
    name = order.external_reference or order.id
    write_trail(order, "forgotten", actor=actor, now=now)
    tell(
        order.organisation_id,
        "draft-forgotten",
        order.id,
        text_zh=f"贵方草稿 {name} 一年未改动，已删除",
        text_en=f"Your draft {name} was not touched for a year and has been deleted",
        now=now,
    )
    db.session.execute(sa.delete(OrderRevision).where(OrderRevision.order_id == order.id))
    db.session.execute(sa.delete(Order).where(Order.id == order.id))
