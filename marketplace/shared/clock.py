"""Time is an argument everywhere below the delivery code; this is where the delivery code reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, with zone, to the microsecond."""
    return datetime.now(UTC)


def beijing_date(moment: datetime) -> date:
    """The trading day a moment belongs to: deadlines and validity are judged in Beijing.

    >>> beijing_date(datetime(2026, 12, 31, 17, 0, tzinfo=UTC))
    datetime.date(2027, 1, 1)
    """
    return moment.astimezone(BEIJING).date()


def beijing_minute(moment: datetime) -> str:
    """A moment as people here read it.

    >>> beijing_minute(datetime(2026, 12, 31, 17, 5, tzinfo=UTC))
    '2027-01-01 01:05'
    """
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
