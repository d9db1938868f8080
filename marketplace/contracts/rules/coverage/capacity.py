"""What a seller's places can make by month, and how much of it is neither signed nor offered.

    capacity = committed + uncommitted,   uncommitted = proposed at most + open offers + unoffered

Committed is the most that signed contracts may call.  Either difference may be negative: then more is promised, or
offered, than is stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace.contracts.rules.coverage.months import added
from marketplace.contracts.rules.coverage.parts import OpenByMonth
from marketplace.contracts.rules.coverage.promised import Promise
from marketplace.contracts.rules.deliverability import greatest_by_month

ZERO = Decimal(0)


@dataclass(frozen=True)
class MonthCapacity:
    """One month of one's own places; None: nothing is stated for that month.  In the grade's unit."""

    installed: Decimal | None
    staged: Decimal | None
    committed: Decimal | None  # may be called at most from these places under signed contracts; None: no such place
    uncommitted: Decimal | None
    unoffered: Decimal | None


@dataclass(frozen=True)
class PlaceCapacity:
    """What all own lines at a site state of a grade, by month; a month that is not named is not stated."""

    installed: Mapping[str, Decimal]
    staged: Mapping[str, Decimal]


def drawn_by_month(promises: Iterable[Promise], *, signed: bool, sites: Iterable[str]) -> dict[str, Decimal]:
    """The most that contracts (or else proposals) may call from some sites, by month.

    >>> terms = {"periods": [{"period": "2027-01", "volume": {"maximum": "105"}}]}
    >>> one = Promise("con", True, terms, "LC", "org", "other", drawn_from="sit")
    >>> {month: str(most) for month, most in drawn_by_month([one, one], signed=True, sites=["sit"]).items()}
    {'2027-01': '210'}
    """
    wanted, most = set(sites), dict[str, Decimal]()
    for promise in promises:
        if promise.signed is signed and promise.drawn_from in wanted:
            added(most, greatest_by_month(promise.terms))
    return most


def capacity_by_month(
    months: Sequence[str],
    places: Mapping[str, PlaceCapacity],
    promises: Sequence[Promise],
    offers: Iterable[tuple[str | None, OpenByMonth]],
) -> list[MonthCapacity]:
    """The months of one grade over some places of one's own.

    ``places``: by site; ``offers``: the site at which each offer's goods are made, and what is left of it.
    """
    committed = drawn_by_month(promises, signed=True, sites=places)
    taken = drawn_by_month(promises, signed=False, sites=places)
    for site, left in offers:
        if site in places:
            added(taken, {month: each.open for month, each in left.items()})
    found = []
    for month in months:
        installed = _sum(place.installed.get(month) for place in places.values())
        staged = _sum(place.staged.get(month) for place in places.values())
        stated, signed = _sum((installed, staged)), committed.get(month, ZERO) if places else None
        uncommitted = None if stated is None or signed is None else stated - signed
        unoffered = None if uncommitted is None else uncommitted - taken.get(month, ZERO)
        found.append(MonthCapacity(installed, staged, signed, uncommitted, unoffered))
    return found


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is stated; None where nothing is."""
    stated = [amount for amount in amounts if amount is not None]
    return sum(stated, ZERO) if stated else None
