"""Sending again, and sending a test: what an administrator asks for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from marketplace.webhooks import queries
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookOutbox
from marketplace.webhooks.rules.deliveries import DELIVERY
from marketplace.webhooks.rules.endpoints import ENDPOINT
from marketplace.webhooks.services.holding import outbox_to_change

PING = "webhooks.ping"


def ping(endpoint_id: str, *, actor: Actor, now: datetime) -> WebhookDelivery:
    """Have a test message sent, once, before all else and although the endpoint is being left alone.

    Allowed: administrators of the same organisation.
    Raises: NotFound; TransitionNotAllowed while the endpoint is disabled.
    """
    endpoint, outbox = _held(endpoint_id, "ping", actor)
    outbox.paused_until = None
    test = WebhookDelivery(
        id=new_id("whd", now),
        endpoint_id=endpoint.id,
        endpoint=endpoint,
        event_type=PING,
        status=DELIVERY.initial,
        next_at=now,
        created_at=now,
    )
    db.session.add(test)
    db.session.flush()
    audit.record("webhooks:endpoint:pinged", endpoint.id, actor=actor, now=now, payload={"delivery_id": test.id})
    return test


def replay_delivery(endpoint_id: str, delivery_id: str, *, actor: Actor, now: datetime) -> WebhookDelivery:
    """Send one event again, with all its attempts before it; it keeps its name, by which receivers know it.

    Allowed: administrators of the same organisation.
    Raises: NotFound; TransitionNotAllowed while the endpoint is disabled.
    """
    _, outbox = _held(endpoint_id, "replay", actor)
    delivery = queries.own_delivery(endpoint_id, delivery_id, actor)
    db.session.refresh(delivery)
    outbox.paused_until = None
    delivery.status = DELIVERY.next(delivery.status, "replay")
    delivery.attempt, delivery.next_at, delivery.finished_at = 0, now, None
    db.session.flush()
    payload = {"delivery_id": delivery.id}
    audit.record("webhooks:delivery:replayed", endpoint_id, actor=actor, now=now, payload=payload)
    return delivery


def replay_dead(endpoint_id: str, *, actor: Actor, now: datetime) -> WebhookEndpoint:
    """Send all that was given up again.

    Allowed: administrators of the same organisation.
    Raises: NotFound; TransitionNotAllowed while the endpoint is disabled.
    """
    endpoint, outbox = _held(endpoint_id, "replay", actor)
    outbox.paused_until = None
    dead = sa.update(WebhookDelivery).filter_by(endpoint_id=endpoint.id, status="dead")
    again = {"status": DELIVERY.next("dead", "replay"), "attempt": 0, "next_at": now, "finished_at": None}
    db.session.execute(dead.where(WebhookDelivery.number.is_not(None)).values(again))
    db.session.flush()
    audit.record("webhooks:endpoint:replayed", endpoint.id, actor=actor, now=now, payload={"dead": True})
    return endpoint


def replay_from(endpoint_id: str, number: int, *, actor: Actor, now: datetime) -> WebhookEndpoint:
    """Send all events from this number on again, those of before the endpoint's registration included.

    Allowed: administrators of the same organisation.
    Raises: NotFound; TransitionNotAllowed while the endpoint is disabled.
    """
    endpoint, outbox = _held(endpoint_id, "replay", actor)
    db.session.execute(
        sa.delete(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.number >= number)
    )
    outbox.last_number, outbox.paused_until = min(outbox.last_number, number - 1), None
    db.session.flush()
    audit.record("webhooks:endpoint:replayed", endpoint.id, actor=actor, now=now, payload={"from_number": number})
    return endpoint


def _held(endpoint_id: str, action: str, actor: Actor) -> tuple[WebhookEndpoint, WebhookOutbox]:
    actor.must_be(Role.ORGANISATION_ADMIN)
    queries.own_endpoint(endpoint_id, actor)
    outbox = outbox_to_change(endpoint_id)
    endpoint = queries.own_endpoint(endpoint_id, actor)
    db.session.refresh(endpoint)
    ENDPOINT.next(endpoint.status, action)
    return endpoint, outbox
