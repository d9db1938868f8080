"""Messages as they are stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.shared.database import UtcDateTime, db


class Message(db.Model):
    """One piece of news to one organisation, in both languages."""

    __tablename__ = "messages"
    __table_args__ = (sa.Index("ix_messages_inbox", "organisation_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    kind: Mapped[str]  # e.g. proposal-received
    subject_id: Mapped[str]  # what it is about
    text_zh: Mapped[str]
    text_en: Mapped[str]
    read: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
