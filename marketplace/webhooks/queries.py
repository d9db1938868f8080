"""Reading endpoints and deliveries.  What belongs to another organisation does not exist for the asker."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.accounts.rules.members import MAY_SIGN_IN
from marketplace.shared.actor import Actor
from marketplace.shared.audit import AuditHead
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookOutbox


def own_endpoint(endpoint_id: str, actor: Actor) -> WebhookEndpoint:
    """An endpoint of the actor's organisation; raises NotFound."""
    found = db.session.get(WebhookEndpoint, endpoint_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("webhook", endpoint_id)
    return found


def endpoints(actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[WebhookEndpoint]:
    """The endpoints of the actor's organisation, oldest first."""
    query = sa.select(WebhookEndpoint).filter_by(organisation_id=actor.organisation_id)
    return page(query, key=WebhookEndpoint.id, unique=WebhookEndpoint.id, cursor=cursor, limit=limit)


def own_delivery(endpoint_id: str, delivery_id: str, actor: Actor) -> WebhookDelivery:
    """A delivery to an endpoint of the actor's organisation; raises NotFound."""
    endpoint = own_endpoint(endpoint_id, actor)
    found = db.session.get(WebhookDelivery, delivery_id)
    if found is None or found.endpoint_id != endpoint.id:
        raise NotFound("delivery", delivery_id)
    return found


def deliveries(
    endpoint_id: str, actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[WebhookDelivery]:
    """Deliveries to an endpoint, newest first.  Raises: NotFound."""
    query = sa.select(WebhookDelivery).filter_by(endpoint_id=own_endpoint(endpoint_id, actor).id)
    if status is not None:
        query = query.filter_by(status=status)
    key = WebhookDelivery.id
    return page(query, key=key, unique=key, descending=True, cursor=cursor, limit=limit)


def due_endpoints(*, now: datetime) -> list[str]:
    """Endpoints to which something is to be sent now, and to which nobody is sending; fewest turns first."""
    return list(db.session.scalars(_due(now).order_by(WebhookOutbox.token, WebhookEndpoint.id)))


def waiting_endpoints(*, now: datetime) -> list[datetime]:
    """Of each of these: since when the first that is due to it is; of events that are not lined up yet, now."""
    since = sa.select(sa.func.min(WebhookDelivery.next_at)).where(_IS_PENDING, WebhookDelivery.next_at <= now)
    return [
        first or now
        for first in db.session.scalars(
            _due(now).with_only_columns(since.scalar_subquery(), maintain_column_froms=True)
        )
    ]


_IS_PENDING = sa.and_(WebhookDelivery.endpoint_id == WebhookEndpoint.id, WebhookDelivery.status == "pending")


def _due(now: datetime) -> sa.Select[tuple[str]]:
    waits = sa.exists().where(_IS_PENDING, WebhookDelivery.next_at <= now)
    return (
        sa.select(WebhookEndpoint.id)
        .join(WebhookOutbox, WebhookOutbox.endpoint_id == WebhookEndpoint.id)
        .join(Organisation, Organisation.id == WebhookEndpoint.organisation_id)
        .join(AuditHead, AuditHead.organisation_id == WebhookEndpoint.organisation_id)
        .where(
            WebhookEndpoint.status == "enabled",
            Organisation.status.in_(MAY_SIGN_IN),
            sa.or_(WebhookOutbox.leased_until.is_(None), WebhookOutbox.leased_until <= now),
            sa.or_(WebhookOutbox.paused_until.is_(None), WebhookOutbox.paused_until <= now),
            sa.or_(AuditHead.number > WebhookOutbox.last_number, waits),
        )
    )
