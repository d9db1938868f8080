"""Holding an outbox: whoever changes what is sent to an endpoint takes its row first, then the endpoint's."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.notifications.services import tell
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import NotFound
from marketplace.webhooks.models import WebhookEndpoint, WebhookOutbox
from marketplace.webhooks.rules.endpoints import ENDPOINT, read_url

REASONS = {
    "gone": ("接收方答复该地址已不再使用（410）", "its receiver said that it is gone (410)"),
    "failing": ("连续五天未能成功投递", "nothing could be delivered for five days"),
    "secret-unreadable": (
        "平台密钥已更换，原签名密钥无法读取，请轮换密钥",
        "its secret cannot be read since the service's secret key was changed; rotate it",
    ),
}


def held_outbox(endpoint_id: str, *, token: int | None = None) -> WebhookOutbox | None:
    """An endpoint's outbox, held until the transaction ends; None if it is gone, or leased under another ``token``."""
    query = sa.select(WebhookOutbox).filter_by(endpoint_id=endpoint_id)
    if token is not None:
        query = query.filter_by(token=token)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def outbox_to_change(endpoint_id: str) -> WebhookOutbox:
    """An endpoint's outbox, held; raises NotFound if the endpoint is gone."""
    outbox = held_outbox(endpoint_id)
    if outbox is None:
        raise NotFound("webhook", endpoint_id)
    return outbox


def give_up_endpoint(endpoint: WebhookEndpoint, reason: str, *, now: datetime) -> None:
    """Disable an endpoint on the service's own account, and tell its organisation; if it is disabled, nothing."""
    db.session.refresh(endpoint, with_for_update=HELD)
    if endpoint.status != "enabled":
        return
    endpoint.status = ENDPOINT.next(endpoint.status, "give_up")
    endpoint.disabled_reason = reason
    db.session.flush()
    audit.record(
        "webhooks:endpoint:given_up",
        endpoint.id,
        actor=SYSTEM,
        now=now,
        organisation_id=endpoint.organisation_id,
        payload={"reason": reason},
    )
    host, (why_zh, why_en) = read_url(endpoint.url).host, REASONS[reason]
    tell(
        endpoint.organisation_id,
        "webhook-disabled",
        endpoint.id,
        text_zh=f"发往 {host} 的事件推送已停用：{why_zh}。重新启用后，从停下之处继续投递。",
        text_en=f"The webhook to {host} is disabled: {why_en}. Once enabled again, it goes on where it stopped.",
        now=now,
    )
