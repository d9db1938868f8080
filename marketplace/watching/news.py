"""What organisations are told, counted: a kind that is suddenly told far more often is worth a look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily, Metric

from marketplace.notifications.models import Message
from marketplace.shared.database import db
from marketplace.shared.identifiers import first_id

LATELY = timedelta(hours=1)


def messages(now: datetime) -> Iterator[Metric]:
    """Messages of the last hour by kind.  Identifiers grow with time, so this reads the end of their index alone."""
    query = sa.select(Message.kind, sa.func.count()).where(Message.id >= first_id("msg", now - LATELY))
    family = GaugeMetricFamily("changdan_messages_last_hour", "Messages to organisations by kind", labels=["kind"])
    for kind, count in db.session.execute(query.group_by(Message.kind).order_by(Message.kind)):
        family.add_metric([kind], count)
    yield family
