"""Whether what is promised from one place can be made there: greatest volumes against stated capacity, by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


def greatest_by_month(terms: Mapping[str, Any]) -> dict[str, Decimal]:
    """The most that may be called, or delivered, of a contract in each month, in the grade's unit.

    >>> greatest_by_month({"periods": [{"period": "2027-01", "volume": {"maximum": "105"}}]})
    {'2027-01': Decimal('105')}
    """
    return {each["period"]: Decimal(each["volume"]["maximum"]) for each in terms["periods"]}


def excess(capacity: Mapping[str, Decimal] | None, promised: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """By month: how much more is promised than can be made; months with enough are left out.

    ``capacity``: a month that is not named makes nothing; None: nothing is stated, so that nothing can be said.

    >>> most = {"2027-01": Decimal(100), "2027-02": Decimal(100)}
    >>> excess(most, [{"2027-01": Decimal(80)}, {"2027-01": Decimal(30), "2027-02": Decimal(100)}])
    {'2027-01': Decimal('10')}
    >>> excess(None, [{"2027-01": Decimal(80)}])
    {}
    """
    if capacity is None:
        return {}
    total: dict[str, Decimal] = {}
    for volumes in promised:
        for month, volume in volumes.items():
            total[month] = total.get(month, ZERO) + volume
    over = {month: volume - capacity.get(month, ZERO) for month, volume in sorted(total.items())}
    return {month: volume for month, volume in over.items() if volume > 0}
