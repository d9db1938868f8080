"""What became of files is told for half a year; the orders themselves and the trail say it for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.orders.models import OrderUpload, OrderUploadRows
from marketplace.shared.database import db

UPLOADS_KEPT_FOR = timedelta(days=180)


def forget_uploads(now: datetime) -> int:
    """Delete what is told of files that were done with long enough ago; how many went."""
    old = sa.select(OrderUpload.id).where(OrderUpload.ended_at <= now - UPLOADS_KEPT_FOR)
    never = {"synchronize_session": False}
    db.session.execute(sa.delete(OrderUploadRows).where(OrderUploadRows.upload_id.in_(old)), execution_options=never)
    gone = sa.delete(OrderUpload).where(OrderUpload.id.in_(old)).returning(OrderUpload.id)
    return len(db.session.scalars(gone, execution_options=never).all())
