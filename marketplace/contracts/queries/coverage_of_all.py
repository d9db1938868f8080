"""The rolling view over all organisations, for operators and authorities: sums of at least five, or withheld.

A contract's volume has a seller and a buyer behind it, so that five of each must stand behind a sum; related companies
are one.  Orders count once a round has cleared them: until then they are sealed, and the difference of two sums would
be the one that came in between.  For the same reason figures are rounded to three significant digits, and none is told
from which another could be subtracted.  Samples are nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.capacity import queries as capacity
from marketplace.catalogue import queries as catalogue
from marketplace.contracts.queries.book import Book, read_book
from marketplace.contracts.rules.coverage import CoveredSide, Promise, months_from
from marketplace.rounds.rules.disclosure import Figure, rounded, told
from marketplace.rounds.rules.parties import parties
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db

ZERO = Decimal(0)


@dataclass(frozen=True)
class MonthOfAll:
    """One month of one grade over all organisations, in its unit; signed and proposed as expected, as delivered."""

    period: str
    signed: Figure[Decimal]
    proposed: Figure[Decimal]
    open_offers: Figure[Decimal]
    open_needs: Figure[Decimal]
    capacity: Figure[Decimal]


@dataclass(frozen=True)
class CoverageOfAll:
    """The months of one grade from the present Beijing month on."""

    grade_id: str
    unit_code: str
    months: list[MonthOfAll]


@dataclass
class _Sum:
    """A sum of one month, and who stands behind it."""

    volume: Decimal
    sellers: set[str]
    buyers: set[str]


class _Sums:
    """Sums by month; whatever is nothing has nobody behind it."""

    def __init__(self, party_of: dict[str, str]) -> None:
        self._party_of, self._by_month = party_of, dict[str, _Sum]()

    def add(self, month: str, volume: Decimal, *, seller: str | None = None, buyer: str | None = None) -> None:
        """A volume of organisations that are no samples; of others, and none at all, it is left out."""
        named = [each for each in (seller, buyer) if each is not None]
        if volume == 0 or not all(each in self._party_of for each in named):
            return
        found = self._by_month.setdefault(month, _Sum(ZERO, set(), set()))
        found.volume += volume
        if seller is not None:
            found.sellers.add(self._party_of[seller])
        if buyer is not None:
            found.buyers.add(self._party_of[buyer])

    def figure(self, month: str, *sides: str) -> Figure[Decimal]:
        """The month's sum, if five stand behind it on each of these sides."""
        found = self._by_month.get(month, _Sum(ZERO, set(), set()))
        figures = [told(rounded(found.volume), getattr(found, side)) for side in sides]
        return next((figure for figure in figures if figure.withheld), figures[0])


def coverage_of_all(grade_id: str, actor: Actor, *, now: datetime) -> CoverageOfAll:
    """What all organisations have signed, proposed and open of a grade, by month.

    Allowed: operators and authorities.  Raises: NotFound for a grade that is not known.
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    grade = catalogue.grade(grade_id)
    months = months_from(now)
    party_of = _party_of()
    supply = read_book("seller", now=now, grade_id=grade_id, sealed=False)
    needs = read_book("buyer", now=now, grade_id=grade_id, sealed=False)
    signed, proposed, offers, wanted, made = (_Sums(party_of) for _ in range(5))
    for promise in supply.promises:
        _add_promise(signed if promise.signed else proposed, promise)
    _add_open(offers, "seller", supply, grade.quantum, now)
    _add_open(wanted, "buyer", needs, grade.quantum, now)
    for place in capacity.stated_places(months, grade_id=grade_id):
        _add_capacity(made, place)
    return CoverageOfAll(
        grade.id,
        grade.unit_code,
        [
            MonthOfAll(
                month,
                signed.figure(month, "sellers", "buyers"),
                proposed.figure(month, "sellers", "buyers"),
                offers.figure(month, "sellers"),
                wanted.figure(month, "buyers"),
                made.figure(month, "sellers"),
            )
            for month in months
        ],
    )


def _add_promise(into: _Sums, promise: Promise) -> None:
    for each in promise.terms["periods"]:
        volume = Decimal(each["volume"]["expected"])
        into.add(each["period"], volume, seller=promise.organisation_id, buyer=promise.other_id)


def _add_open(into: _Sums, side: CoveredSide, book: Book, quantum: Decimal, now: datetime) -> None:
    for each in book.orders:
        for month, left in each.left(side, quantum, today=beijing_date(now)).items():
            into.add(month, left.open, **{side: each.order.organisation_id})


def _add_capacity(into: _Sums, place: capacity.StatedPlace) -> None:
    for by_month in place.volumes.values():
        for month, volume in by_month.items():
            into.add(month, volume, seller=place.organisation_id)


def _party_of() -> dict[str, str]:
    """The head of every organisation's group, by the organisation's id; samples are left out."""
    known = db.session.scalars(sa.select(Organisation)).all()
    head = parties({each.credit_code: each.group_parent for each in known})
    return {each.id: head[each.credit_code] for each in known if not each.sample}
