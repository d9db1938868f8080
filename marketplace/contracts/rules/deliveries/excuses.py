"""What neither party has to call or deliver: the share of a month in which the contract was suspended or had ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from marketplace.shared.months import first_day, last_day


@dataclass(frozen=True)
class Pause:
    """Days in Beijing on which nothing was due, the last one included; without end while it lasts."""

    first: date
    last: date | None = None


def pauses(steps: Iterable[tuple[str, date]]) -> list[Pause]:
    """The pauses that suspensions, resumptions and the end of a contract make; each with its day, in their order.

    The day of a suspension or of the end is one of the pause, the day of a resumption is none.

    >>> pauses([("suspension", date(2027, 1, 5)), ("resumption", date(2027, 1, 9))])
    [Pause(first=datetime.date(2027, 1, 5), last=datetime.date(2027, 1, 8))]
    >>> pauses([("suspension", date(2027, 1, 5)), ("termination", date(2027, 2, 1))])
    [Pause(first=datetime.date(2027, 1, 5), last=None)]
    """
    found: list[Pause] = []
    since: date | None = None
    for kind, day in steps:
        if kind == "resumption" and since is not None:
            if day > since:
                found.append(Pause(since, day - timedelta(days=1)))
            since = None
        elif since is None:
            since = day
    if since is not None:
        found.append(Pause(since))
    return found


def paused_share(month: str, found: Iterable[Pause]) -> Fraction:
    """The share of a month's days that lie in pauses, each day once.

    >>> paused_share("2027-02", [Pause(date(2027, 1, 30), date(2027, 2, 7)), Pause(date(2027, 2, 22))])
    Fraction(1, 2)
    """
    begin, end = first_day(month), last_day(month)
    days: set[int] = set()
    for pause in found:
        first, last = max(begin, pause.first), min(end, pause.last or end)
        days.update(range(first.toordinal(), last.toordinal() + 1))
    return Fraction(len(days), (end - begin).days + 1)


def excused_volume(volume: Decimal, share: Fraction, quantum: Decimal) -> Decimal:
    """That share of a volume, in whole quanta, rounded up: an excuse is never cut short.

    >>> excused_volume(Decimal(100), Fraction(1, 3), Decimal("0.001"))
    Decimal('33.334')
    """
    exact = volume / quantum * share.numerator / share.denominator
    return min(volume, exact.to_integral_value(ROUND_CEILING) * quantum)
