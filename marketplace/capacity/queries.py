"""Reading capacity.  A line is seen by its producer, by operators, and by whom the producer lets offer from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from marketplace.capacity.models import CapacityStatement, LineGrant, ProductionLine
from marketplace.capacity.rules.lines import KINDS, capacity_in, stated_in
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

SORTS = {"created_at": ProductionLine.created_at, "name": ProductionLine.name, "grade_id": ProductionLine.grade_id}


@dataclass(frozen=True)
class StatedPlace:
    """What an organisation states of a grade at one of its sites: all its lines there.

    ``volumes``: by kind and month, in the grade's unit; a month for which no line states anything is not named.
    """

    organisation_id: str
    grade_id: str
    site_id: str
    volumes: Mapping[str, Mapping[str, Decimal]]


def line(line_id: str, actor: Actor) -> ProductionLine:
    """A line that the actor may see; raises NotFound."""
    found = db.session.get(ProductionLine, line_id)
    if found is None or not (_is_own(found, actor) or actor.is_a(Role.OPERATOR) or _is_granted(found, actor)):
        raise NotFound("line", line_id)
    return found


def usable_line(line_id: str, actor: Actor) -> ProductionLine:
    """A line that the actor's organisation may offer from: its own, or one granted to it; raises NotFound."""
    found = db.session.get(ProductionLine, line_id)
    if found is None or not (_is_own(found, actor) or _is_granted(found, actor)):
        raise NotFound("line", line_id)
    return found


def offering_from(line_ids: Iterable[str]) -> dict[str, set[str]]:
    """Who may offer from each of these lines: the organisation whose line it is, and those that it granted it to."""
    found: dict[str, set[str]] = {}
    for some in chunks(line_ids):
        own = sa.select(ProductionLine.id, ProductionLine.organisation_id).where(ProductionLine.id.in_(some))
        granted = sa.select(LineGrant.line_id, LineGrant.organisation_id).where(LineGrant.line_id.in_(some))
        for query in (own, granted.where(LineGrant.status == "granted")):
            for line_id, organisation_id in db.session.execute(query):
                found.setdefault(line_id, set()).add(organisation_id)
    return found


def own_line(line_id: str, actor: Actor) -> ProductionLine:
    """A line of the actor's organisation; raises NotFound."""
    found = db.session.get(ProductionLine, line_id)
    if found is None or not _is_own(found, actor):
        raise NotFound("line", line_id)
    return found


def inspectable_line(line_id: str, actor: Actor) -> ProductionLine:
    """A line whose capacity and grants the actor may read: its own, any for an operator; raises NotFound."""
    found = line(line_id, actor)
    if not _is_own(found, actor) and not actor.is_a(Role.OPERATOR):
        raise NotFound("line", line_id)
    return found


def lines(
    actor: Actor,
    *,
    granted: bool = False,
    organisation_id: str | None = None,
    grade_id: str | None = None,
    sort: str = "created_at",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ProductionLine]:
    """The actor's own lines (all, for an operator), or those that others let it offer from."""
    query = sa.select(ProductionLine)
    if granted:
        query = query.where(ProductionLine.id.in_(_granted_to(actor)))
    elif not actor.is_a(Role.OPERATOR):
        query = query.where(ProductionLine.organisation_id == actor.organisation_id)
    for column, value in ((ProductionLine.organisation_id, organisation_id), (ProductionLine.grade_id, grade_id)):
        if value is not None:
            query = query.where(column == value)
    key = SORTS[sort]
    return page(query, key=key, unique=ProductionLine.id, descending=descending, cursor=cursor, limit=limit)


def statements(line_id: str, *, all_vintages: bool = False) -> list[CapacityStatement]:
    """A line's capacity statements that hold (or all that were ever made), by kind, month and vintage."""
    query = sa.select(CapacityStatement).filter_by(line_id=line_id)
    order = (CapacityStatement.kind, CapacityStatement.from_month, CapacityStatement.vintage)
    rows = list(db.session.scalars(query.order_by(*order)))
    return rows if all_vintages else list({(row.kind, row.from_month): row for row in rows}.values())


def installed(line_id: str, month: str) -> Decimal:
    """What stands on the line in a month, in the grade's unit per month; nothing stated: 0."""
    return _capacity(line_id, "installed", month)


def staged(line_id: str, month: str) -> Decimal:
    """What is announced for a month on top of what is installed, in the grade's unit per month."""
    return _capacity(line_id, "staged", month)


def site_of_line(line_id: str) -> str | None:
    """The site of a registered line, whoever asks; None where no such line is registered."""
    found = db.session.get(ProductionLine, line_id)
    return None if found is None else found.site_id


def sites_of_lines(line_ids: Iterable[str]) -> dict[str, str]:
    """The same of many; lines that are not registered are left out."""
    found: dict[str, str] = {}
    for some in chunks(line_ids):
        query = sa.select(ProductionLine.id, ProductionLine.site_id).where(ProductionLine.id.in_(some))
        found.update((line_id, site_id) for line_id, site_id in db.session.execute(query))
    return found


def stated_places(
    months: Sequence[str], *, organisation_id: str | None = None, grade_id: str | None = None
) -> list[StatedPlace]:
    """Every place with lines, of one organisation or grade if asked, by organisation, grade and site.

    For the domains above, which say who may know of it.
    """
    query = sa.select(ProductionLine, CapacityStatement).outerjoin(
        CapacityStatement, CapacityStatement.line_id == ProductionLine.id
    )
    for column, value in ((ProductionLine.organisation_id, organisation_id), (ProductionLine.grade_id, grade_id)):
        if value is not None:
            query = query.where(column == value)
    held: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, Decimal]]] = {}
    for line, statement in db.session.execute(query.order_by(CapacityStatement.vintage)):  # the greatest holds
        of_place = held.setdefault((line.organisation_id, line.grade_id, line.site_id), {})
        if statement is not None:
            of_line = of_place.setdefault((line.id, statement.kind), {})
            of_line[statement.from_month] = statement.volume_per_month
    return [
        StatedPlace(*key, {kind: _by_month(of_place, kind, months) for kind in KINDS})
        for key, of_place in sorted(held.items())
    ]


def of_site(site_id: str, grade_id: str, months: Iterable[str]) -> dict[str, Decimal] | None:
    """What all lines of a site make of a grade in each month, installed and staged, in the grade's unit per month.

    None: no line of that grade is registered there.
    """
    query = sa.select(ProductionLine.id).filter_by(site_id=site_id, grade_id=grade_id)
    line_ids = list(db.session.scalars(query.order_by(ProductionLine.id)))
    if not line_ids:
        return None
    parts = [(line_id, kind) for line_id in line_ids for kind in KINDS]
    return {month: sum((_capacity(*part, month) for part in parts), Decimal(0)) for month in months}


def grants(line_id: str, *, cursor: str | None = None, limit: int = 50) -> Page[LineGrant]:
    """Every consent that was given for a line, oldest first, revoked ones included."""
    query = sa.select(LineGrant).filter_by(line_id=line_id)
    return page(query, key=LineGrant.created_at, unique=LineGrant.id, cursor=cursor, limit=limit)


def own_grant(line_id: str, grant_id: str, actor: Actor) -> LineGrant:
    """A grant on a line of the actor's organisation; raises NotFound."""
    line = own_line(line_id, actor)
    grant = db.session.get(LineGrant, grant_id)
    if grant is None or grant.line_id != line.id:
        raise NotFound("grant", grant_id)
    return grant


def _capacity(line_id: str, kind: str, month: str) -> Decimal:
    held = [(row.from_month, row.volume_per_month) for row in statements(line_id) if row.kind == kind]
    return capacity_in(month, held)


def _by_month(
    held: Mapping[tuple[str, str], Mapping[str, Decimal]], kind: str, months: Iterable[str]
) -> dict[str, Decimal]:
    """The sum over the lines that state something of a kind for a month."""
    found: dict[str, Decimal] = {}
    for month in months:
        stated = [stated_in(month, by_month.items()) for (_, of_kind), by_month in held.items() if of_kind == kind]
        known = [volume for volume in stated if volume is not None]
        if known:
            found[month] = sum(known, Decimal(0))
    return found


def _is_own(found: ProductionLine, actor: Actor) -> bool:
    return found.organisation_id == actor.organisation_id


def _is_granted(found: ProductionLine, actor: Actor) -> bool:
    return db.session.scalar(_granted_to(actor).where(LineGrant.line_id == found.id)) is not None


def _granted_to(actor: Actor) -> sa.Select[tuple[str]]:
    return sa.select(LineGrant.line_id).filter_by(organisation_id=actor.organisation_id, status="granted")
