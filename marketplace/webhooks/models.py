"""Endpoints, where each stands in the feed, and deliveries, as they are stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.shared.database import Document, UtcDateTime, db


class WebhookEndpoint(db.Model):
    """Where an organisation wants its events."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (sa.Index("ix_webhook_endpoints_organisation_id_id", "organisation_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    url: Mapped[str]
    description: Mapped[str]
    kinds: Mapped[list[str] | None] = mapped_column(Document)
    status: Mapped[str]
    disabled_reason: Mapped[str | None]  # asked, gone, failing, secret-unreadable
    sealed_secret: Mapped[bytes]
    sealed_old_secret: Mapped[bytes | None]
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    outbox: Mapped[WebhookOutbox] = relationship(back_populates="endpoint", lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}


class WebhookOutbox(db.Model):
    """How far an endpoint is in its organisation's feed, how it fares, and who is sending to it just now.

    Apart from the endpoint, so that sending changes no version that an administrator has seen.
    """

    __tablename__ = "webhook_outboxes"

    endpoint_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook_endpoints.id"), primary_key=True)
    last_number: Mapped[int]  # of the last event that was put in line, or is not wanted
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token: Mapped[int] = mapped_column(default=0)

    endpoint: Mapped[WebhookEndpoint] = relationship(back_populates="outbox")


class WebhookDelivery(db.Model):
    """One event for one endpoint.  What is sent is read from the feed each time; a test has no number."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.UniqueConstraint("endpoint_id", "number"),
        sa.Index("ix_webhook_deliveries_due", "endpoint_id", "status", "next_at"),
        sa.Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(sa.ForeignKey("webhook_endpoints.id"))
    number: Mapped[int | None]
    event_type: Mapped[str]
    status: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)  # counted when it begins
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_status_code: Mapped[int | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    endpoint: Mapped[WebhookEndpoint] = relationship()
