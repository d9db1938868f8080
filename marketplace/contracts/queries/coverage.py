"""The rolling view of one's own organisation: how far its months to come are covered, on either side.

Nothing of any other organisation is in it: a buyer learns nothing of its sellers' capacity, a seller nothing of what
others have sold from its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from marketplace.accounts.models import Site
from marketplace.capacity import queries as capacity
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Grade
from marketplace.contracts.queries.book import Book, LiveOrder, read_book
from marketplace.contracts.rules.coverage import (
    CoveredSide,
    MonthCapacity,
    MonthCoverage,
    OpenByMonth,
    PlaceCapacity,
    Promise,
    capacity_by_month,
    covered,
    months_from,
    together,
)
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db


@dataclass(frozen=True)
class Covered:
    """The months of one grade, at one site or over all of them; capacity in a seller's view alone."""

    months: list[MonthCoverage]
    capacity: list[MonthCapacity] | None


@dataclass(frozen=True)
class CoveredSite:
    """One site of one's own; None for contracts whose order, and its site, are another organisation's."""

    site_id: str | None
    name: str | None
    covered: Covered


@dataclass(frozen=True)
class CoveredGrade:
    """One grade: all sites together, and each."""

    grade_id: str
    unit_code: str
    covered: Covered
    sites: list[CoveredSite]


@dataclass(frozen=True)
class Coverage:
    """The view of one side, from the present Beijing month on."""

    months: tuple[str, ...]
    grades: list[CoveredGrade]


@dataclass(frozen=True)
class _Row:
    """What counts at one site."""

    promises: list[Promise] = field(default_factory=list)
    left: list[OpenByMonth] = field(default_factory=list)  # of each order
    places: dict[str, PlaceCapacity] = field(default_factory=dict)  # by site: its own, if it has lines


@dataclass(frozen=True)
class _Counted:
    """What counts under one grade: by the site that orders name, and by what draws on the places of its lines."""

    grade: Grade
    rows: dict[str | None, _Row] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    offers: list[tuple[str | None, OpenByMonth]] = field(default_factory=list)

    def row(self, site_id: str | None) -> _Row:
        """That of a site."""
        return self.rows.setdefault(site_id, _Row())

    def count_promise(self, promise: Promise) -> None:
        """A contract or a proposal."""
        self.row(promise.site_id).promises.append(promise)
        self.promises.append(promise)

    def count_order(self, order: LiveOrder, left: OpenByMonth) -> None:
        """An order, and what is left of it."""
        self.row(order.order.site_id).left.append(left)
        self.offers.append((order.drawn_from, left))

    def seen(
        self, side: CoveredSide, months: Sequence[str], names: Mapping[str, str], only: str | None
    ) -> CoveredGrade:
        """The grade as the view shows it, at one site alone if asked."""
        sites, places = [], dict[str, PlaceCapacity]()
        for site in sorted(self.rows, key=lambda site: site or ""):
            if only in (None, site):
                row = self.rows[site]
                parts = covered(side, months, row.promises, row.left, self.grade.quantum)
                name = None if site is None else names[site]
                sites.append(CoveredSite(site, name, Covered(parts, self._made(side, months, row.places))))
                places |= row.places
        whole = Covered(together(each.covered.months for each in sites), self._made(side, months, places))
        return CoveredGrade(self.grade.id, self.grade.unit_code, whole, sites)

    def _made(
        self, side: CoveredSide, months: Sequence[str], places: Mapping[str, PlaceCapacity]
    ) -> list[MonthCapacity] | None:
        return capacity_by_month(months, places, self.promises, self.offers) if side == "seller" else None


def coverage(
    side: CoveredSide, actor: Actor, *, now: datetime, grade_id: str | None = None, site_id: str | None = None
) -> Coverage:
    """What the actor's organisation needs (or can make and offers) by grade, site and month, and what of it is signed.

    Units: the grade's.  Months: rules.coverage.MONTHS_COVERED from the present Beijing month on.
    """
    months, today = months_from(now), beijing_date(now)
    book = read_book(side, now=now, organisation_id=actor.organisation_id, grade_id=grade_id)
    stated: list[capacity.StatedPlace] = []
    if side == "seller":
        stated = capacity.stated_places(months, organisation_id=actor.organisation_id, grade_id=grade_id)
    grades: dict[str, _Counted] = {name: _Counted(grade) for name, grade in _grades(book, stated).items()}
    for promise in book.promises:
        grades[promise.grade_id].count_promise(promise)
    for each in book.orders:
        counted = grades[each.order.grade_id]
        counted.count_order(each, each.left(side, counted.grade.quantum, today=today))
    for place in stated:
        made = PlaceCapacity(place.volumes["installed"], place.volumes["staged"])
        grades[place.grade_id].row(place.site_id).places[place.site_id] = made
    names = _names(site for counted in grades.values() for site in counted.rows)
    found = (grades[name].seen(side, months, names, site_id) for name in sorted(grades))
    return Coverage(months, [grade for grade in found if grade.sites])


def _grades(book: Book, stated: Iterable[capacity.StatedPlace]) -> dict[str, Grade]:
    named = [
        *(each.grade_id for each in book.promises),
        *(each.order.grade_id for each in book.orders),
        *(each.grade_id for each in stated),
    ]
    return catalogue.grades_by_id(named)


def _names(site_ids: Iterable[str | None]) -> dict[str, str]:
    wanted = {site for site in site_ids if site is not None}
    return {site.id: site.name for site in db.session.scalars(sa.select(Site).where(Site.id.in_(wanted)))}
