"""A month in parts: signed, proposed, kept for options, open.  Together they are what a side needs, or offers.

Of an order that counts proposals against what it states (one that a round has cleared), what is left is what
orders.rules.rest lets its owner open again: the stated volume less the most that others may call of it.  What lies
between the expected and the most is kept for their options, so that every unit of the order is in exactly one part:

    expected of signed and proposed + kept for options + open = what the order states

or, where more is signed than it states (which its owner consented to), what is signed.  Contracts and proposals whose
order states what is left beside them (it was opened again), or is over, keep for options what others may call of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.amounts import Range, total
from marketplace.contracts.rules.coverage.months import added
from marketplace.contracts.rules.coverage.promised import SIDES, CoveredSide, Promise, volumes_for
from marketplace.contracts.rules.promises import promised_by_month
from marketplace.orders.rules.rest import rest_of, whole
from marketplace.shared.months import month_of
from marketplace.shared.quantities import up_to

ZERO = Decimal(0)


@dataclass(frozen=True)
class OpenMonth:
    """What an order has left of a month, in the unit of its grade."""

    kept_for_options: Decimal = ZERO
    open: Decimal = ZERO


OpenByMonth = Mapping[str, OpenMonth]


@dataclass(frozen=True)
class MonthCoverage:
    """One month of one grade, at one site or all of them, in the unit of the grade."""

    period: str
    signed: Range
    proposed: Range
    kept_for_options: Decimal
    open: Decimal

    @property
    def total(self) -> Decimal:
        """What is needed, or offered: every part once, signed and proposed as expected."""
        return self.signed.expected + self.proposed.expected + self.kept_for_options + self.open


def open_by_month(
    side: CoveredSide,
    stated: Mapping[str, Any],
    against: Iterable[Mapping[str, Any]],
    quantum: Decimal,
    *,
    today: date,
    gone: Iterable[Mapping[str, Any]] = (),
) -> OpenByMonth:
    """What is left of an order by month, from the present one on.

    ``stated``: its volumes; ``against``: the terms of contracts and proposals that count against them; ``gone``: what
    another party has taken over of contracts, which is not open again, and whose options are kept for by that party.

    >>> month = {"period": "2027-01", "volume": {"minimum": "80", "expected": "80", "maximum": "88"}}
    >>> terms = {"periods": [month], "volume_band": {"buyer_option": {"up": "0.1"}}}
    >>> left = open_by_month("seller", {"2027-01": "100"}, [terms], Decimal(1), today=date(2027, 1, 1))
    >>> str(left["2027-01"].kept_for_options), str(left["2027-01"].open)
    ('8', '12')
    """
    counted, over = list(against), list(gone)
    rest = rest_of(stated, promised_by_month(SIDES[side], [*counted, *over]), quantum, today=today)
    taken = {month: up_to(most, quantum) for month, most in promised_by_month(SIDES[side], over).items()}
    for terms in counted:
        for month, volume in volumes_for(side, terms, quantum).items():
            taken[month] = taken.get(month, ZERO) + volume.expected
    found = {}
    for month, volume in stated.items():
        if month >= month_of(today):
            left = whole(rest.get(month, ZERO))
            kept = max(_stated(volume) - taken.get(month, ZERO) - left, ZERO)
            found[month] = OpenMonth(kept, left)
    return found


def covered(
    side: CoveredSide,
    months: Sequence[str],
    promises: Iterable[Promise],
    orders: Iterable[OpenByMonth],
    quantum: Decimal,
) -> list[MonthCoverage]:
    """The months of a grade, at one site or over all.

    ``promises``: contracts and proposals that count there; ``orders``: what is left of each order there.
    """
    signed: dict[str, list[Range]] = {}
    proposed: dict[str, list[Range]] = {}
    kept: dict[str, Decimal] = {}
    opened: dict[str, Decimal] = {}
    for promise in promises:
        into = signed if promise.signed else proposed
        volumes = volumes_for(side, promise.terms, quantum)
        for month, volume in volumes.items():
            into.setdefault(month, []).append(volume)
        if promise.order_id is None or promise.taken_over:
            most = promised_by_month(SIDES[side], [promise.terms])
            added(kept, {month: up_to(most[month], quantum) - volume.expected for month, volume in volumes.items()})
    for left in orders:
        added(kept, {month: each.kept_for_options for month, each in left.items()})
        added(opened, {month: each.open for month, each in left.items()})
    return [
        MonthCoverage(
            month,
            total(signed.get(month, [])),
            total(proposed.get(month, [])),
            kept.get(month, ZERO),
            opened.get(month, ZERO),
        )
        for month in months
    ]


def together(rows: Iterable[Sequence[MonthCoverage]]) -> list[MonthCoverage]:
    """Several rows of the same months and grade in one."""
    return [
        MonthCoverage(
            alike[0].period,
            total([each.signed for each in alike]),
            total([each.proposed for each in alike]),
            sum((each.kept_for_options for each in alike), ZERO),
            sum((each.open for each in alike), ZERO),
        )
        for alike in zip(*rows, strict=True)
    ]


def _stated(volume: Any) -> Decimal:
    """Both parts of a split month, or the one amount."""
    return sum((Decimal(part) for part in volume.values()), ZERO) if isinstance(volume, Mapping) else Decimal(volume)
