"""The first and the last day of a delivery period, counted by the verifier for itself."""

from __future__ import annotations

from datetime import date, timedelta


def first_and_last_day(period: str) -> tuple[date, date]:
    """Days a period ``YYYY-MM``, ``YYYY-Qn`` or ``YYYY`` begins and ends on.

    Raises: ValueError for any other form.

    >>> first_and_last_day("2028-02")
    (datetime.date(2028, 2, 1), datetime.date(2028, 2, 29))
    >>> first_and_last_day("2027-Q4")[1].isoformat()
    '2027-12-31'
    """
    year = int(period[:4])
    rest = period[4:]
    if rest == "":
        month, months = 1, 12
    elif rest.startswith("-Q"):
        month, months = 3 * int(rest[2:]) - 2, 3
    else:
        month, months = int(rest[1:]), 1
    following = month + months
    end = date(year + (following > 12), following - 12 * (following > 12), 1)
    return date(year, month, 1), end - timedelta(days=1)
