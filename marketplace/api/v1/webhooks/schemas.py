"""Endpoints and deliveries as they are sent and received."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.api.v1.notifications.events import HIGHEST_NUMBER
from marketplace.webhooks.rules.deliveries import DELIVERY

_KINDS = {
    "description": "类型；null 为全部 / types of events, or orders.* for all that begin so; null: all",
    "example": ["proposal.received", "orders.*"],
}


class NewWebhookSchema(Schema):
    """An endpoint to be registered."""

    url = fields.String(required=True, metadata={"example": "https://hooks.example.com/changdan"})
    description = fields.String(load_default="")
    kinds = fields.List(fields.String(), load_default=None, allow_none=True, metadata=_KINDS)


class WebhookChangeSchema(Schema):
    """What may be changed of an endpoint."""

    url = fields.String()
    description = fields.String()
    kinds = fields.List(fields.String(), allow_none=True, metadata=_KINDS)
    active = fields.Boolean(
        metadata={"description": "false：停用；true：重新启用 / false: disable; true: enable again"}
    )


class WebhookSchema(Schema):
    """An endpoint; its secret is never shown again."""

    id = fields.String()
    url = fields.String()
    description = fields.String()
    kinds = fields.List(fields.String(), allow_none=True)
    status = fields.String(metadata={"description": "enabled, disabled"})
    disabled_reason = fields.String(
        allow_none=True, metadata={"description": "asked, gone, failing, secret-unreadable"}
    )
    old_secret_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "until then messages are signed with the secret before as well"}
    )
    last_number = fields.Integer(
        attribute="outbox.last_number", metadata={"description": "of the last event that was put in line"}
    )
    failing_since = fields.AwareDateTime(attribute="outbox.failing_since", allow_none=True)
    paused_until = fields.AwareDateTime(attribute="outbox.paused_until", allow_none=True)
    created_at = fields.AwareDateTime()


class WebhookWithSecretSchema(Schema):
    """An endpoint and its secret, shown this once."""

    secret = fields.String(metadata={"description": "whsec_…, as libraries of Standard Webhooks take it"})
    webhook = fields.Nested(WebhookSchema)


class WebhookDeliverySchema(Schema):
    """One event for one endpoint."""

    id = fields.String()
    number = fields.Integer(allow_none=True, metadata={"description": "of the event in the feed; null for a test"})
    event_type = fields.String()
    status = fields.String(metadata={"description": ", ".join(DELIVERY.statuses)})
    attempt = fields.Integer()
    next_at = fields.AwareDateTime()
    last_status_code = fields.Integer(allow_none=True)
    last_error = fields.String(
        allow_none=True,
        metadata={"description": "status, no-address, address-refused, connect, tls, timeout, protocol"},
    )
    created_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)


class WebhookDeliveryQuery(PageQuery):
    """Which deliveries."""

    status = fields.String(validate=validate.OneOf(DELIVERY.statuses))


class WebhookReplaySchema(Schema):
    """What to send again: one of the two."""

    from_number = fields.Integer(
        strict=True,
        validate=validate.Range(1, HIGHEST_NUMBER),
        metadata={"description": "此序号起的全部事件 / all events from this number on"},
    )
    dead = fields.Boolean(metadata={"description": "全部死信 / all that was given up"})


WebhookPageSchema = page_of(WebhookSchema)
WebhookDeliveryPageSchema = page_of(WebhookDeliverySchema)
