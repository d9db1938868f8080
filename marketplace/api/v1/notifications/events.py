"""The outward event feed of one's own organisation."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from marketplace.api.http.access import access, current_actor
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.schemas import Schema, WholeNumber
from marketplace.notifications import feed

blp = ApiBlueprint("events", __name__, description="事件流 / The event feed")

HIGHEST_NUMBER = 2**31 - 1  # of the column


class FeedQuery(Schema):
    """From where on, and how many."""

    after = WholeNumber(
        load_default=0,
        validate=validate.Range(0, HIGHEST_NUMBER),
        metadata={"description": "next_after of the page before; 0: from the beginning"},
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, 200))


class FeedEventSchema(Schema):
    """One event; identifiers only, what they name is read from its own route."""

    id = fields.String()
    number = fields.Integer(metadata={"description": "without holes, in the order of commits"})
    type = fields.String(metadata={"example": "proposal.received"})
    occurred_at = fields.AwareDateTime()
    subject_id = fields.String()
    data = fields.Dict(keys=fields.String(), values=fields.String())


class FeedPageSchema(Schema):
    """A page of the feed."""

    items = fields.List(fields.Nested(FeedEventSchema))
    next_after = fields.Integer(metadata={"description": "send as ?after= for what comes later"})


@blp.get("/events")
@blp.arguments(FeedQuery, location="query")
@blp.response(200, FeedPageSchema)
@access(scope="events:read")
def list_events(query: dict[str, Any]) -> Any:
    """本企业事件流 / Events of one's own organisation, in the order of their commits"""
    return feed.events_after(current_actor().organisation_id, **query)
