"""Messages in the form of Standard Webhooks: body, headers, signatures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def message_body(kind: str, moment: datetime, data: Any) -> bytes:
    """What is sent, the same bytes each time.

    >>> message_body("webhooks.ping", datetime(2026, 12, 1, tzinfo=UTC), {"endpoint_id": "whe_1"}).decode()
    '{"type":"webhooks.ping","timestamp":"2026-12-01T00:00:00+00:00","data":{"endpoint_id":"whe_1"}}'
    """
    document = {"type": kind, "timestamp": moment.astimezone(UTC).isoformat(), "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(message_id: str, body: bytes, secrets_in_use: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt: which message, when it is sent, and a signature by each secret in use."""
    from standardwebhooks import Webhook

    signatures = [Webhook(secret).sign(message_id, now.astimezone(UTC), body.decode()) for secret in secrets_in_use]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
