"""Reading the inbox."""

from __future__ import annotations

import sqlalchemy as sa

from marketplace.notifications.models import Message
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page


def own_message(message_id: str, actor: Actor) -> Message:
    """A message to the actor's organisation; raises NotFound."""
    message = db.session.get(Message, message_id)
    if message is None or message.organisation_id != actor.organisation_id:
        raise NotFound("message", message_id)
    return message


def messages(
    actor: Actor,
    *,
    read: bool | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Message]:
    """The inbox of the actor's organisation, newest first."""
    query = sa.select(Message).filter_by(organisation_id=actor.organisation_id)
    if read is not None:
        query = query.filter_by(read=read)
    if kind is not None:
        query = query.filter_by(kind=kind)
    return page(query, key=Message.id, unique=Message.id, descending=True, cursor=cursor, limit=limit)
