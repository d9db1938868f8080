"""Calendar months as the trade names them: "2027-01".  Names sort as the months do."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)

FORM = "YYYY-MM, from 2000-01 to 2099-12"


def is_month(text: str) -> bool:
    """Whether this names a month of this century.

    >>> [is_month(x) for x in ("2027-01", "2027-13", "2027-1", "1999-12")]
    [True, False, False, False]
    """
    return _MONTH.fullmatch(text) is not None


def month_of(day: date) -> str:
    """The month that a day lies in.

    >>> month_of(date(2027, 1, 31))
    '2027-01'
    """
    return f"{day.year:04d}-{day.month:02d}"


@lru_cache(maxsize=2000)
def first_day(month: str) -> date:
    """The month's first day; raises ValueError when it names no month."""
    if not is_month(month):
        raise ValueError(f"{month[:20]!r} is not a month ({FORM})")
    return date(int(month[:4]), int(month[5:]), 1)


def last_day(month: str) -> date:
    """The month's last day.

    >>> last_day("2028-02")
    datetime.date(2028, 2, 29)
    """
    day = first_day(month)
    return day.replace(day=monthrange(day.year, day.month)[1])


@lru_cache(maxsize=2000)
def shifted(month: str, months: int) -> str:
    """The month so many months later (earlier if negative).

    >>> [shifted("2027-01", n) for n in (-1, 0, 12)]
    ['2026-12', '2027-01', '2028-01']
    """
    day = first_day(month)
    count = day.year * 12 + day.month - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"
