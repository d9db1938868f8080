"""The inbox of one's own organisation."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from marketplace.api.http.access import access, current_actor
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.notifications import queries, services

blp = ApiBlueprint("notifications", __name__, description="消息 / The inbox")


class MessageSchema(Schema):
    """One piece of news, in both languages."""

    id = fields.String()
    kind = fields.String(metadata={"example": "organisation-verified"})
    subject_id = fields.String(metadata={"description": "what it is about"})
    text_zh = fields.String()
    text_en = fields.String()
    read = fields.Boolean()
    created_at = fields.AwareDateTime()


class MessageQuery(PageQuery):
    """Which messages."""

    read = fields.Boolean()
    kind = fields.String()


@blp.get("/notifications")
@blp.arguments(MessageQuery, location="query")
@blp.response(200, page_of(MessageSchema))
@access(scope="notifications:read")
def list_messages(query: dict[str, Any]) -> Any:
    """收件箱 / The inbox, newest first"""
    return queries.messages(current_actor(), **query)


@blp.post("/notifications/<message_id>/read")
@blp.response(200, MessageSchema)
@access(scope="notifications:write")
def mark_read(message_id: str) -> Any:
    """标为已读 / Mark as read, for the whole organisation"""
    return services.mark_read(message_id, actor=current_actor())
