"""Sending to one endpoint: who has the turn takes one message after the other, and notes what became of each.

A turn is a lease of the endpoint's outbox, judged by one clock, that of the database, which whoever calls hands over
as ``now``.  Whoever is killed between sending and noting leaves the message pending: it is sent again, under the same
name.  A turn that was lost notes nothing any more.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.rules.members import MAY_SIGN_IN
from marketplace.notifications.feed import FeedEvent, events_after
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookOutbox
from marketplace.webhooks.rules.deliveries import (
    DELIVERY,
    FAILING_FOR,
    asked_wait,
    pause_after,
    wait_after,
)
from marketplace.webhooks.rules.endpoints import is_wanted
from marketplace.webhooks.rules.signatures import message_body, signed_headers
from marketplace.webhooks.services.holding import give_up_endpoint, held_outbox
from marketplace.webhooks.services.posting import Outcome
from marketplace.webhooks.services.secrets import SecretBox

LEASE = timedelta(seconds=30)  # one message takes at most ten, and each renews it
LINED_UP_AT_ONCE = 100
MOST_LINED_UP = 20  # so many times, when none is wanted

GONE = 410


@dataclass(frozen=True)
class Turn:
    """The right to send to an endpoint, as long as nobody has a later token."""

    endpoint_id: str
    token: int


@dataclass(frozen=True)
class Parcel:
    """One attempt at one message, ready to be sent."""

    delivery_id: str
    attempt: int
    url: str = field(repr=False)  # may hold a password of the receiver's
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def take_turn(endpoint_id: str, *, now: datetime) -> Turn | None:
    """Take an endpoint's turn, unless somebody else has it."""
    token = db.session.scalar(sa.select(WebhookOutbox.token).filter_by(endpoint_id=endpoint_id))
    if token is None:
        return None
    free = sa.update(WebhookOutbox).where(
        WebhookOutbox.endpoint_id == endpoint_id,
        WebhookOutbox.token == token,
        sa.or_(WebhookOutbox.leased_until.is_(None), WebhookOutbox.leased_until <= now),
    )
    taken = free.values(token=token + 1, leased_until=now + LEASE).returning(WebhookOutbox.endpoint_id)
    rows = db.session.execute(taken, execution_options={"synchronize_session": False})
    return Turn(endpoint_id, token + 1) if rows.first() is not None else None


def next_parcel(turn: Turn, *, box: SecretBox, now: datetime) -> Parcel | None:
    """The next message to be sent now, signed; None when there is none, or the turn is another's.

    Changes: renews the lease, puts further events in line, counts the attempt.
    """
    outbox = held_outbox(turn.endpoint_id, token=turn.token)
    if outbox is None:
        return None
    endpoint = _endpoint(turn.endpoint_id)
    paused = outbox.paused_until is not None and outbox.paused_until > now
    if endpoint.status != "enabled" or endpoint.organisation.status not in MAY_SIGN_IN or paused:
        return None
    outbox.leased_until = now + LEASE
    delivery = _first_due(endpoint, now)
    for _ in range(MOST_LINED_UP):
        if delivery is not None or not _line_up(outbox, endpoint, now):
            break
        delivery = _first_due(endpoint, now)
    if delivery is None:
        return None
    try:
        secrets = _secrets(endpoint, box, now)
    except ValueError:
        give_up_endpoint(endpoint, "secret-unreadable", now=now)
        return None
    delivery.attempt += 1
    db.session.flush()
    name, body = _message(endpoint, delivery)
    headers = {"content-type": "application/json", **signed_headers(name, body, secrets, now)}
    return Parcel(delivery.id, delivery.attempt, endpoint.url, headers, body)


def record_outcome(turn: Turn, parcel: Parcel, outcome: Outcome, *, now: datetime) -> str:
    """Note what became of an attempt: the delivery's status now, or ``superseded`` if it is no longer ours to note."""
    outbox = held_outbox(turn.endpoint_id, token=turn.token)
    query = sa.select(WebhookDelivery).filter_by(id=parcel.delivery_id, status="pending", attempt=parcel.attempt)
    delivery = db.session.scalar(query.execution_options(populate_existing=True))
    if outbox is None or delivery is None:
        return "superseded"
    delivery.last_status_code, delivery.last_error = outcome.status_code, outcome.error
    if outcome.delivered:
        outbox.failures, outbox.failing_since, outbox.paused_until = 0, None, None
        _end(delivery, "deliver", now)
    elif delivery.number is None:
        _end(delivery, "give_up", now)  # a test is tried once
    else:
        _note_failure(outbox, delivery, outcome, now)
    db.session.flush()
    return delivery.status


def end_turn(turn: Turn) -> None:
    """Give the turn back before its lease ends."""
    mine = sa.update(WebhookOutbox).filter_by(endpoint_id=turn.endpoint_id, token=turn.token)
    db.session.execute(mine.values(leased_until=None), execution_options={"synchronize_session": False})


def event_document(event: FeedEvent) -> dict[str, Any]:
    """An event as ``GET /api/v1/events`` gives it."""
    return {**asdict(event), "occurred_at": event.occurred_at.isoformat()}


def _endpoint(endpoint_id: str) -> WebhookEndpoint:
    query = sa.select(WebhookEndpoint).filter_by(id=endpoint_id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def _first_due(endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery | None:
    """Tests first, then by number."""
    query = sa.select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.status == "pending",
        WebhookDelivery.next_at <= now,
    )
    query = query.order_by(WebhookDelivery.number.is_not(None), WebhookDelivery.number, WebhookDelivery.id).limit(1)
    return db.session.scalar(query.execution_options(populate_existing=True))


def _line_up(outbox: WebhookOutbox, endpoint: WebhookEndpoint, now: datetime) -> bool:
    """Put the next events of the feed in line, those that are wanted; whether there were any."""
    page = events_after(endpoint.organisation_id, after=outbox.last_number, limit=LINED_UP_AT_ONCE)
    db.session.add_all(
        WebhookDelivery(
            id=new_id("whd", now),
            endpoint_id=endpoint.id,
            endpoint=endpoint,
            number=event.number,
            event_type=event.type,
            status=DELIVERY.initial,
            next_at=now,
            created_at=now,
        )
        for event in page.items
        if is_wanted(event.type, endpoint.kinds)
    )
    outbox.last_number = page.next_after
    db.session.flush()
    return bool(page.items)


def _secrets(endpoint: WebhookEndpoint, box: SecretBox, now: datetime) -> list[str]:
    """Those that sign now: the new one first.  Raises: ValueError when they cannot be read."""
    secrets = [box.opened(endpoint.id, endpoint.sealed_secret)]
    if endpoint.sealed_old_secret and endpoint.old_secret_until and now < endpoint.old_secret_until:
        with suppress(ValueError):  # of another secret key, which is why it was rotated
            secrets.append(box.opened(endpoint.id, endpoint.sealed_old_secret))
    return secrets


def _message(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> tuple[str, bytes]:
    """What receivers know a message by, and the message."""
    if delivery.number is None:
        data = {"endpoint_id": endpoint.id}
        return delivery.id, message_body(delivery.event_type, delivery.created_at, data)
    event = events_after(endpoint.organisation_id, after=delivery.number - 1, limit=1).items[0]
    return event.id, message_body(event.type, event.occurred_at, event_document(event))


def _note_failure(outbox: WebhookOutbox, delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> None:
    endpoint = _endpoint(outbox.endpoint_id)
    asked = asked_wait(outcome.retry_after, now)
    outbox.failures += 1
    outbox.failing_since = outbox.failing_since or now
    outbox.paused_until = now + max(pause_after(outbox.failures), asked)
    wait = wait_after(delivery.id, delivery.attempt)
    if wait is None or outcome.status_code == GONE:
        _end(delivery, "give_up", now)
    else:
        delivery.status = DELIVERY.next(delivery.status, "fail")
        delivery.next_at = now + max(wait, asked)
    failing = now - outbox.failing_since >= FAILING_FOR
    if failing or outcome.status_code == GONE:
        give_up_endpoint(endpoint, "gone" if outcome.status_code == GONE else "failing", now=now)


def _end(delivery: WebhookDelivery, action: str, now: datetime) -> None:
    delivery.status = DELIVERY.next(delivery.status, action)
    delivery.finished_at = now
