"""Endpoints: an organisation's administrators register, change and remove them, and rotate their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.audit import AuditHead
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.identifiers import new_id
from marketplace.webhooks import queries
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookOutbox
from marketplace.webhooks.rules.addresses import Network
from marketplace.webhooks.rules.endpoints import (
    BOTH_SECRETS_FOR,
    ENDPOINT,
    MOST_ENDPOINTS,
    endpoint_faults,
    read_url,
)
from marketplace.webhooks.services.holding import outbox_to_change
from marketplace.webhooks.services.secrets import SecretBox, new_secret


def register_endpoint(
    *,
    url: str,
    description: str = "",
    kinds: Sequence[str] | None = None,
    box: SecretBox,
    networks: Sequence[Network] = (),
    actor: Actor,
    now: datetime,
) -> tuple[WebhookEndpoint, str]:
    """An endpoint for the organisation's events from now on, and its secret, which cannot be shown again.

    Allowed: administrators.
    Raises: InvalidInput; Conflict when there are ten already.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    _check({"url": url, "description": description, "kinds": kinds}, networks)
    _must_have_room(actor.organisation_id)
    secret, endpoint_id = new_secret(), new_id("whe", now)
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        organisation_id=actor.organisation_id,
        url=url,
        description=description,
        kinds=None if kinds is None else sorted(kinds),
        status=ENDPOINT.initial,
        sealed_secret=box.closed(endpoint_id, secret),
        created_at=now,
    )
    last = db.session.scalar(sa.select(AuditHead.number).filter_by(organisation_id=actor.organisation_id))
    endpoint.outbox = WebhookOutbox(last_number=last or 0)
    db.session.add(endpoint)
    db.session.flush()
    payload = {"host": read_url(url).host, "kinds": endpoint.kinds}
    audit.record("webhooks:endpoint:registered", endpoint.id, actor=actor, now=now, payload=payload)
    return endpoint, secret


def change_endpoint(
    endpoint_id: str, changes: Mapping[str, Any], *, networks: Sequence[Network] = (), actor: Actor, now: datetime
) -> WebhookEndpoint:
    """Change an endpoint's ``url``, ``description``, ``kinds`` or ``active``.

    What came up while it was not active is sent once it is again.
    Allowed: administrators of the same organisation.
    Raises: NotFound, InvalidInput.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    queries.own_endpoint(endpoint_id, actor)
    outbox = outbox_to_change(endpoint_id)
    endpoint = queries.own_endpoint(endpoint_id, actor)
    _check(changes, networks)
    endpoint.url = changes.get("url", endpoint.url)
    endpoint.description = changes.get("description", endpoint.description)
    kinds = changes.get("kinds", endpoint.kinds)
    endpoint.kinds = None if kinds is None else sorted(kinds)
    active = changes.get("active", endpoint.status == "enabled")
    if active != (endpoint.status == "enabled"):
        endpoint.status = ENDPOINT.next(endpoint.status, "enable" if active else "disable")
        endpoint.disabled_reason = None if active else "asked"
    if "url" in changes or active:
        outbox.failures, outbox.failing_since, outbox.paused_until = 0, None, None  # it is given a new start
    db.session.flush()
    payload = {"changed": sorted(changes)}
    audit.record("webhooks:endpoint:changed", endpoint.id, actor=actor, now=now, payload=payload)
    return endpoint


def rotate_secret(endpoint_id: str, *, box: SecretBox, actor: Actor, now: datetime) -> tuple[WebhookEndpoint, str]:
    """Give an endpoint a new secret, shown this once; for a day messages are signed with the old one as well.

    Allowed: administrators of the same organisation.
    Raises: NotFound.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    endpoint, secret = queries.own_endpoint(endpoint_id, actor), new_secret()
    endpoint.sealed_old_secret, endpoint.old_secret_until = endpoint.sealed_secret, now + BOTH_SECRETS_FOR
    endpoint.sealed_secret = box.closed(endpoint.id, secret)
    db.session.flush()
    audit.record("webhooks:endpoint:secret_rotated", endpoint.id, actor=actor, now=now)
    return endpoint, secret


def remove_endpoint(endpoint_id: str, *, actor: Actor, now: datetime) -> None:
    """Remove an endpoint and what was still to be sent to it.

    Allowed: administrators of the same organisation.
    Raises: NotFound.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    endpoint = queries.own_endpoint(endpoint_id, actor)
    outbox = outbox_to_change(endpoint_id)
    db.session.execute(sa.delete(WebhookDelivery).filter_by(endpoint_id=endpoint.id))
    db.session.delete(outbox)
    db.session.delete(endpoint)
    db.session.flush()
    audit.record("webhooks:endpoint:removed", endpoint_id, actor=actor, now=now)


def _check(given: Mapping[str, Any], networks: Sequence[Network]) -> None:
    faults = list(endpoint_faults(given, networks))
    if faults:
        raise InvalidInput(faults)


def _must_have_room(organisation_id: str) -> None:
    # Two that are registered at the same moment wait for one another here.
    db.session.scalar(sa.select(Organisation.id).filter_by(id=organisation_id).with_for_update(**HELD))
    count = sa.select(sa.func.count()).select_from(WebhookEndpoint).filter_by(organisation_id=organisation_id)
    if (db.session.scalar(count) or 0) >= MOST_ENDPOINTS:
        raise Conflict(f"the organisation has {MOST_ENDPOINTS} endpoints already; remove one first")
