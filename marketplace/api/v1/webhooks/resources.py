"""Webhooks of one's own organisation, kept by its administrators.

Where news goes, and what signs it, is decided in a session: a stolen token could have it sent to itself for good.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.schemas import PageQuery
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.webhooks.schemas import (
    NewWebhookSchema,
    WebhookChangeSchema,
    WebhookDeliveryPageSchema,
    WebhookDeliveryQuery,
    WebhookDeliverySchema,
    WebhookPageSchema,
    WebhookReplaySchema,
    WebhookSchema,
    WebhookWithSecretSchema,
)
from marketplace.config import Settings
from marketplace.jobs.engine import enqueue
from marketplace.shared.actor import Role
from marketplace.shared.errors import InvalidInput
from marketplace.webhooks import queries, services
from marketplace.webhooks.models import WebhookEndpoint
from marketplace.webhooks.services import SecretBox

blp = ApiBlueprint("webhooks", __name__, description="事件推送 / Webhooks")

_ONE = "/webhooks/<endpoint_id>"


@blp.get("/webhooks")
@blp.arguments(PageQuery, location="query")
@blp.response(200, WebhookPageSchema)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:read")
def list_webhooks(query: dict[str, Any]) -> Any:
    """本企业的推送地址 / The endpoints of one's own organisation"""
    return queries.endpoints(current_actor(), **query)


@blp.post("/webhooks")
@blp.arguments(NewWebhookSchema)
@blp.response(201, WebhookWithSecretSchema)
@access(Role.ORGANISATION_ADMIN, session_only=True, secret_reply=True)
def register_webhook(document: dict[str, Any]) -> Any:
    """登记推送地址 / Register an endpoint; its secret is shown this once"""
    endpoint, secret = services.register_endpoint(
        **document, box=_box(), networks=_settings().webhook_networks, actor=current_actor(), now=now()
    )
    return _with_secret(endpoint, secret, {"Location": url_for("webhooks.read_webhook", endpoint_id=endpoint.id)})


@blp.get(_ONE)
@blp.response(200, WebhookSchema)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:read")
def read_webhook(endpoint_id: str) -> Any:
    """一个推送地址 / One endpoint"""
    return with_etag(queries.own_endpoint(endpoint_id, current_actor()))


@blp.patch(_ONE)
@blp.arguments(WebhookChangeSchema)
@blp.response(200, WebhookSchema)
@access(Role.ORGANISATION_ADMIN, session_only=True)
def change_webhook(changes: dict[str, Any], endpoint_id: str) -> Any:
    """修改、停用或启用 / Change, disable or enable an endpoint"""
    check_version(queries.own_endpoint(endpoint_id, current_actor()))
    networks = _settings().webhook_networks
    changed = services.change_endpoint(endpoint_id, changes, networks=networks, actor=current_actor(), now=now())
    return with_etag(changed)


@blp.delete(_ONE)
@blp.response(204)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:write")
def remove_webhook(endpoint_id: str) -> Any:
    """删除推送地址 / Remove an endpoint, and what was still to be sent to it"""
    check_version(queries.own_endpoint(endpoint_id, current_actor()))
    services.remove_endpoint(endpoint_id, actor=current_actor(), now=now())


@blp.post(f"{_ONE}/rotation")
@blp.response(200, WebhookWithSecretSchema)
@access(Role.ORGANISATION_ADMIN, session_only=True, secret_reply=True)
def rotate_webhook_secret(endpoint_id: str) -> Any:
    """轮换签名密钥 / A new secret, shown this once; for 24 hours both sign"""
    check_version(queries.own_endpoint(endpoint_id, current_actor()), required=False)
    return _with_secret(*services.rotate_secret(endpoint_id, box=_box(), actor=current_actor(), now=now()))


@blp.post(f"{_ONE}/ping")
@blp.response(202, WebhookDeliverySchema)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:write")
def ping_webhook(endpoint_id: str) -> Any:
    """发送测试消息 / Have a test message sent, once; what came of it is among the deliveries"""
    test = services.ping(endpoint_id, actor=current_actor(), now=now())
    _have_it_sent(endpoint_id)
    return test


@blp.post(f"{_ONE}/replay")
@blp.arguments(WebhookReplaySchema)
@blp.response(202, WebhookSchema)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:write")
def replay_webhook(document: dict[str, Any], endpoint_id: str) -> Any:
    """重新投递 / Send all that was given up again, or all events from a number on"""
    number, dead = document.get("from_number"), document.get("dead", False)
    if (number is None) == (not dead):
        raise InvalidInput.at("", "names not exactly one of from_number and dead", code="contradiction")
    if number is None:
        endpoint = services.replay_dead(endpoint_id, actor=current_actor(), now=now())
    else:
        endpoint = services.replay_from(endpoint_id, number, actor=current_actor(), now=now())
    _have_it_sent(endpoint_id)
    return with_etag(endpoint)


@blp.get(f"{_ONE}/deliveries")
@blp.arguments(WebhookDeliveryQuery, location="query")
@blp.response(200, WebhookDeliveryPageSchema)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:read")
def list_webhook_deliveries(query: dict[str, Any], endpoint_id: str) -> Any:
    """投递记录 / Deliveries to an endpoint, newest first; with status=dead: those that were given up"""
    return queries.deliveries(endpoint_id, current_actor(), **query)


@blp.post(f"{_ONE}/deliveries/<delivery_id>/replay")
@blp.response(202, WebhookDeliverySchema)
@access(Role.ORGANISATION_ADMIN, scope="webhooks:write")
def replay_webhook_delivery(endpoint_id: str, delivery_id: str) -> Any:
    """重新投递一条 / Send one event again"""
    delivery = services.replay_delivery(endpoint_id, delivery_id, actor=current_actor(), now=now())
    _have_it_sent(endpoint_id)
    return delivery


def _settings() -> Settings:
    settings: Settings = current_app.extensions["changdan-settings"]
    return settings


def _have_it_sent(endpoint_id: str) -> None:
    """At once; without this, whoever looks for what is due comes to it some seconds later."""
    if _settings().jobs == "workers":
        enqueue("send_webhooks", endpoint_id)


def _box() -> SecretBox:
    return SecretBox.of(_settings().secret_key)


def _with_secret(endpoint: WebhookEndpoint, secret: str, headers: dict[str, str] | None = None) -> Any:
    _, tagged = with_etag(endpoint, {**(headers or {}), "Cache-Control": "no-store"})
    return {"secret": secret, "webhook": endpoint}, tagged
