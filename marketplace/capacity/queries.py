"""Reading capacity.  A line is seen by its producer, by operators, and by whom the producer lets offer from it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa

from marketplace.capacity.models import CapacityStatement, LineGrant, ProductionLine
from marketplace.capacity.rules.lines import KINDS, capacity_in
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

SORTS = {"created_at": ProductionLine.created_at, "name": ProductionLine.name, "grade_id": ProductionLine.grade_id}


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


def _is_own(found: ProductionLine, actor: Actor) -> bool:
    return found.organisation_id == actor.organisation_id


def _is_granted(found: ProductionLine, actor: Actor) -> bool:
    return db.session.scalar(_granted_to(actor).where(LineGrant.line_id == found.id)) is not None


def _granted_to(actor: Actor) -> sa.Select[tuple[str]]:
    return sa.select(LineGrant.line_id).filter_by(organisation_id=actor.organisation_id, status="granted")
