"""First replies to repeated requests, kept for a day.

A reply may repeat what it was sent, an order's limit for instance, so none stays a day longer than promised:
each one kept takes some expired ones with it, and maintenance takes all.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.shared.database import UtcDateTime, db

LONGEST_KEY = 255
KEPT_FOR = timedelta(hours=24)
FORGOTTEN_AT_ONCE = 20  # more than are kept, so that what has expired melts away


class KeptReply(db.Model):
    """The first reply to a POST with this key by this caller."""

    __tablename__ = "kept_replies"

    member_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST_KEY), primary_key=True)
    request_hash: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None]
    body: Mapped[bytes | None]
    content_type: Mapped[str | None]
    location: Mapped[str | None]
    etag: Mapped[str | None]


def forget_replies(now: datetime, *, most: int | None = None) -> int:
    """Delete replies that have expired, at most so many, oldest first; how many went.

    Those that somebody else is just deleting are passed over, so that nobody waits here.
    """
    expired = (
        sa.select(KeptReply.member_id, KeptReply.key)
        .where(KeptReply.moment < now - KEPT_FOR)
        .order_by(KeptReply.moment)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("expired")  # which is evaluated once, so that ``most`` holds
    )
    gone = sa.delete(KeptReply).where(sa.tuple_(KeptReply.member_id, KeptReply.key).in_(sa.select(expired)))
    keys = db.session.scalars(gone.returning(KeptReply.key), execution_options={"synchronize_session": False})
    return len(keys.all())
