"""Periods of a calendar: months ``YYYY-MM``, quarters ``YYYY-Qn`` or years ``YYYY``."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal

Kind = Literal["month", "quarter", "year"]

MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "year": 12}
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("month", re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)),
    ("quarter", re.compile(r"(\d{4})-Q([1-4])", re.ASCII)),
    ("year", re.compile(r"(\d{4})()", re.ASCII)),
)


def kind(period: str) -> Kind:
    """Whether a period is a month, a quarter or a year.

    Raises: ValueError for any other text.

    >>> kind("2027-Q3")
    'quarter'
    """
    return _parsed(period)[0]


def first_day(period: str) -> date:
    """First day of a period.

    >>> first_day("2027-Q3").isoformat()
    '2027-07-01'
    """
    _, year, month = _parsed(period)
    return date(year, month, 1)


def last_day(period: str) -> date:
    """Last day of a period.

    >>> last_day("2028-02").isoformat(), last_day("2027").isoformat()
    ('2028-02-29', '2027-12-31')
    """
    of, year, month = _parsed(period)
    months_on = month + MONTHS[of] - 1
    if year == date.max.year and months_on >= 12:
        return date.max
    return date(year + months_on // 12, months_on % 12 + 1, 1) - timedelta(days=1)


def months_before(day: date, months: int) -> date:
    """The first day of a month so many months before another such day.

    >>> months_before(date(2027, 2, 1), 3).isoformat()
    '2026-11-01'
    """
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _parsed(period: str) -> tuple[Kind, int, int]:
    """Kind, year and first month (1 to 12)."""
    for of, form in _FORMS:
        found = form.fullmatch(period)
        if found is not None and found[1] != "0000":
            nth = int(found[2] or 1)
            return of, int(found[1]), (nth - 1) * MONTHS[of] + 1
    raise ValueError(f"{period!r} is no month YYYY-MM, quarter YYYY-Qn or year YYYY")
