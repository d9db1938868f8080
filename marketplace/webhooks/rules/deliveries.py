"""A delivery: when it is tried again, when it is given up, and what is sent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from marketplace.shared.lifecycle import Lifecycle

DELIVERY = Lifecycle(
    "delivery",
    "pending",
    {
        ("pending", "deliver"): "delivered",
        ("pending", "fail"): "pending",
        ("pending", "give_up"): "dead",
        ("pending", "replay"): "pending",
        ("delivered", "replay"): "pending",
        ("dead", "replay"): "pending",
    },
)

# After each failed attempt but the last, how long until the next: the schedule that Standard Webhooks suggests.
SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MOST_ATTEMPTS = len(SCHEDULE) + 1
JITTER = 0.1  # up to so much longer, so that what failed together does not come back together

# After so many failures in a row nothing at all is sent to an endpoint for this long.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
FAILING_FOR = timedelta(days=5)  # without one success; then the endpoint is disabled
LONGEST_RETRY_AFTER = timedelta(hours=24)

DELIVERED_ARE_KEPT = timedelta(days=30)
DEAD_ARE_KEPT = timedelta(days=90)


def wait_after(delivery_id: str, attempt: int) -> timedelta | None:
    """How long after failed attempt ``attempt`` (1 is the first) the next one comes; None after the last.

    The jitter is drawn from the delivery's name, so that the same delivery waits the same time.

    >>> [wait_after("whd_1", attempt) for attempt in (10, 11)]
    [None, None]
    >>> SCHEDULE[0] <= wait_after("whd_1", 1) <= 1.1 * SCHEDULE[0]
    True
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    drawn = int.from_bytes(hashlib.sha256(f"{delivery_id}/{attempt}".encode()).digest()[:8]) / 2**64
    return SCHEDULE[attempt - 1] * (1 + JITTER * drawn)


def pause_after(failures: int) -> timedelta:
    """How long an endpoint is left alone after so many failures in a row, at least one.

    >>> [pause_after(failures).total_seconds() for failures in (1, 2, 5, 99)]
    [5.0, 30.0, 1800.0, 1800.0]
    """
    return PAUSES[min(failures, len(PAUSES)) - 1]


def asked_wait(retry_after: str | None, now: datetime) -> timedelta:
    """What a ``Retry-After`` asks for, in seconds or as a moment, at most a day; nothing if it cannot be read.

    >>> moment = datetime(2026, 12, 1, tzinfo=UTC)
    >>> [asked_wait(text, moment).total_seconds() for text in ("90", "9999999", "soon", None)]
    [90.0, 86400.0, 0.0, 0.0]
    >>> asked_wait("Tue, 01 Dec 2026 00:01:00 GMT", moment).total_seconds()
    60.0
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return timedelta(0)
    return max(timedelta(0), min(wait, LONGEST_RETRY_AFTER))
