"""Telling an organisation something, and its reading it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.notifications.feed import TOLD
from marketplace.notifications.models import Message
from marketplace.notifications.queries import own_message
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.audit import record
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id

READ_MESSAGES_KEPT_FOR = timedelta(days=1096)  # three years, as long as most claims can be raised (Civil Code, 188)


def tell(organisation_id: str, kind: str, subject_id: str, *, text_zh: str, text_en: str, now: datetime) -> Message:
    """Put a message into an organisation's inbox; called by the services whose change it tells of.

    The change has its own audit entry in the chain of whoever made it; that the receiver was told is an entry in the
    receiver's chain, from which its event feed is read.  Texts never hold a foreign limit or name.
    """
    message = Message(
        id=new_id("msg", now),
        organisation_id=organisation_id,
        kind=kind,
        subject_id=subject_id,
        text_zh=text_zh,
        text_en=text_en,
        created_at=now,
    )
    db.session.add(message)
    record(
        TOLD,
        message.id,
        actor=SYSTEM,
        now=now,
        organisation_id=organisation_id,
        payload={"kind": kind, "subject_id": subject_id},
    )
    return message


def mark_read(message_id: str, *, actor: Actor) -> Message:
    """Mark a message as read, for the whole organisation; a second time changes nothing.

    Allowed: every member.
    Raises: NotFound.
    """
    message = own_message(message_id, actor)
    message.read = True
    db.session.flush()
    return message


def forget_read_messages(now: datetime) -> int:
    """Delete messages that were read, and told long enough ago; how many went.  Unread ones stay, as does the trail."""
    old = Message.created_at <= now - READ_MESSAGES_KEPT_FOR
    gone = sa.delete(Message).where(Message.read.is_(True), old).returning(Message.id)
    return len(db.session.scalars(gone, execution_options={"synchronize_session": False}).all())
