"""Deliveries that have ended long ago are forgotten; their events stay in the feed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.shared.database import db
from marketplace.webhooks.models import WebhookDelivery
from marketplace.webhooks.rules.deliveries import DEAD_ARE_KEPT, DELIVERED_ARE_KEPT


def forget_deliveries(now: datetime) -> int:
    """Delete what was delivered 30 days ago or died 90 days ago; how many went."""
    over = sa.or_(
        sa.and_(WebhookDelivery.status == "delivered", WebhookDelivery.finished_at < now - DELIVERED_ARE_KEPT),
        sa.and_(WebhookDelivery.status == "dead", WebhookDelivery.finished_at < now - DEAD_ARE_KEPT),
    )
    gone = sa.delete(WebhookDelivery).where(over).returning(WebhookDelivery.id)
    return len(db.session.scalars(gone, execution_options={"synchronize_session": False}).all())
