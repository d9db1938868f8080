"""Novation: another organisation takes the place of one party, from a month on; the months before stay where they are.

Agreed, or in a reorganisation of a group: all three confirm the document.  In an insolvency the leaving party may be
unable to: the other two confirm it, and it has the contract's days to mend a breach to object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.shared.clock import beijing_date
from marketplace.shared.errors import Fault
from marketplace.shared.months import month_of

INSOLVENCY, REORGANISATION, AGREED = GROUNDS = ("insolvency", "reorganisation", "agreed")
NOVATION = "novation"  # the origin of such a version
ROLES = ("remaining", "leaving", "incoming")
NO_MONTH = ""  # before all months


@dataclass(frozen=True)
class Former:
    """A party that has left: ``number`` of the version by which it did, ``until`` the last month that it holds."""

    number: int
    organisation_id: str
    until: str


@dataclass(frozen=True)
class Stay:
    """Who is on one side by which versions, both ends included; ``last`` None: to this day."""

    organisation_id: str
    first: int
    last: int | None


def stays(former: Iterable[Former], present: str) -> list[Stay]:
    """Everybody who was or is on one side, in their order; a novation's version belongs to both whom it is about.

    >>> stays([Former(3, "a", "2027-02")], "b")
    [Stay(organisation_id='a', first=1, last=3), Stay(organisation_id='b', first=3, last=None)]
    """
    found, first = [], 1
    for each in sorted(former, key=lambda each: each.number):
        found.append(Stay(each.organisation_id, first, each.number))
        first = each.number
    return [*found, Stay(present, first, None)]


def holder(former: Iterable[Former], present: str, month: str) -> str:
    """Who on one side delivers, takes and pays for a month.

    >>> left = [Former(3, "a", "2027-02"), Former(5, "b", "2027-04")]
    >>> [holder(left, "c", month) for month in ("2027-02", "2027-03", "2027-05")]
    ['a', 'b', 'c']
    """
    held = (each for each in sorted(former, key=lambda each: each.number) if month <= each.until)
    return next((each.organisation_id for each in held), present)


def held_until(former: Iterable[Former]) -> str:
    """The last month that a party that has left still holds; NO_MONTH where there is none.

    >>> held_until([Former(3, "a", "2027-02"), Former(5, "b", "2027-04")])
    '2027-04'
    """
    return max((each.until for each in former), default=NO_MONTH)


def effective_from(ground: str, clauses: Mapping[str, Any], now: datetime) -> datetime | None:
    """Until when the leaving party of an insolvency may object; None: it has to confirm.

    >>> from datetime import UTC
    >>> effective_from(INSOLVENCY, {"cure_days": 30}, datetime(2027, 1, 1, tzinfo=UTC)).isoformat()
    '2027-01-31T00:00:00+00:00'
    >>> effective_from(AGREED, {"cure_days": 30}, datetime(2027, 1, 1, tzinfo=UTC))
    """
    return now + timedelta(days=clauses["cure_days"]) if ground == INSOLVENCY else None


def lacking(confirmed: Collection[str], days_end: datetime | None, now: datetime) -> list[str]:
    """Whose confirmation a novation still lacks, of ROLES; none: it takes effect.

    ``days_end``: of effective_from.  A leaving party that confirms has no days to wait for.

    >>> from datetime import UTC
    >>> end, both = datetime(2027, 1, 31, tzinfo=UTC), ["remaining", "incoming"]
    >>> lacking(both, None, end), lacking(both, end, datetime(2027, 1, 30, tzinfo=UTC)), lacking(both, end, end)
    (['leaving'], ['leaving'], [])
    >>> lacking(["leaving"], end, end)
    ['remaining', 'incoming']
    """
    without = days_end is not None and now >= days_end
    return [role for role in ROLES if role not in confirmed and not (role == "leaving" and without)]


def month_faults(
    month: str, periods: Sequence[Mapping[str, Any]], held: str, days_end: datetime | None, now: datetime
) -> Iterator[Fault]:
    """Why a party cannot take over from this month on.

    ``periods``: of the terms; ``held``: held_until of its side; ``days_end``: of effective_from.
    The month has to come when the leaving party's days are over, for what has begun is never handed over.

    >>> from datetime import UTC
    >>> months = [{"period": "2027-01"}, {"period": "2027-02"}]
    >>> def why(month: str, *, end: datetime | None = None, held: str = "") -> list[str]:
    ...     return [fault.code for fault in month_faults(month, months, held, end, datetime(2027, 1, 1, tzinfo=UTC))]
    >>> why("2027-02"), why("2027-01"), why("2027-03"), why("2027-02", held="2027-02")
    ([], ['past'], ['not-a-month'], ['past'])
    >>> why("2027-02", end=datetime(2027, 1, 31, 16, tzinfo=UTC))  # midnight in Beijing: February has begun
    ['past']
    """
    names = [each["period"] for each in periods]
    if month not in names:
        yield Fault("/from_month", "is no month of the contract", month, ", ".join(names), "not-a-month")
        return
    for last, message in (
        (held, "belongs to a party that left before"),
        (month_of(beijing_date(now)), "has begun"),
        (NO_MONTH if days_end is None else month_of(beijing_date(days_end)), "begins within the days to object"),
    ):
        if month <= last:
            yield Fault("/from_month", message, month, f"months after {last}", "past")
            return


def reference_faults(ground: str, reference: str | None) -> Iterator[Fault]:
    """An insolvency names the court's decision, anything else none; an unknown ground.

    >>> [[fault.code for fault in reference_faults(*given)] for given in (("insolvency", None), ("agreed", "x"))]
    [['missing'], ['contradiction']]
    """
    if ground not in GROUNDS:
        yield Fault("/ground", "is no ground of a novation", ground, ", ".join(GROUNDS), "not-a-choice")
    elif ground == INSOLVENCY and reference is None:
        yield Fault("/court_reference", "names the court's decision", None, "the number of the decision", "missing")
    elif ground != INSOLVENCY and reference is not None:
        message, limit = "belongs to an insolvency alone", "left out"
        yield Fault("/court_reference", message, reference, limit, "contradiction")


def taken_over(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms as a third party takes them over: nothing of what the first two wished, or the round made of it.

    >>> price = {"formula": None, "exception_gap_cny_per_unit": "3"}
    >>> told = taken_over({"wishes": {"agreed": [1], "seller_only": [2], "buyer_only": [], "conflicts": []},
    ...                    "price": price, "clauses": {}})
    >>> told["wishes"]["seller_only"], told["price"]["exception_gap_cny_per_unit"]
    ([], None)
    """
    return {
        **terms,
        "wishes": {name: [] for name in terms["wishes"]},
        "price": {**terms["price"], "exception_gap_cny_per_unit": None},
    }
