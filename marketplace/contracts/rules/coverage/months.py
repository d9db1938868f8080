"""The months of the rolling view, and sums by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from marketplace.shared.clock import beijing_date
from marketplace.shared.months import month_of, shifted

MONTHS_COVERED = 36
ZERO = Decimal(0)


def months_from(now: datetime, count: int = MONTHS_COVERED) -> tuple[str, ...]:
    """The present Beijing month and those after it, so many in all.

    >>> from datetime import UTC
    >>> months_from(datetime(2026, 12, 31, 16, 0, tzinfo=UTC), 2)  # midnight in Beijing
    ('2027-01', '2027-02')
    """
    first = month_of(beijing_date(now))
    return tuple(shifted(first, place) for place in range(count))


def added(to: dict[str, Decimal], volumes: Mapping[str, Decimal]) -> None:
    """Add volumes to a running sum by month.

    >>> total = {"2027-01": Decimal(1)}
    >>> added(total, {"2027-01": Decimal(2), "2027-02": Decimal(3)})
    >>> [(month, str(volume)) for month, volume in total.items()]
    [('2027-01', '3'), ('2027-02', '3')]
    """
    for month, volume in volumes.items():
        to[month] = to.get(month, ZERO) + volume
