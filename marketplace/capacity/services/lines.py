"""Production lines and what they make by month."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from marketplace.accounts import queries as accounts
from marketplace.capacity import queries
from marketplace.capacity.models import CapacityStatement, ProductionLine
from marketplace.capacity.rules.lines import check_name, check_statement
from marketplace.catalogue import queries as catalogue
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotFound
from marketplace.shared.identifiers import new_id
from marketplace.shared.quantities import amount_text

PRODUCERS = (Role.SELLER, Role.ORGANISATION_ADMIN)


def add_line(*, site_id: str, grade_id: str, name: str, actor: Actor, now: datetime) -> ProductionLine:
    """Add a line at a site of one's own.  Allowed: sellers, organisation admins.

    Raises: InvalidInput; Conflict when the site has a line of that name.
    """
    actor.must_be(*PRODUCERS)
    check_name(name)
    _check_place(site_id, grade_id, actor)
    line = ProductionLine(
        id=new_id("lin", now),
        organisation_id=actor.organisation_id,
        site_id=site_id,
        grade_id=grade_id,
        name=name,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(line)
    except IntegrityError:
        raise _taken(name) from None
    payload = {"site_id": site_id, "grade_id": grade_id, "name": line.name}
    audit.record("capacity:line:added", line.id, actor=actor, now=now, payload=payload)
    return line


def rename_line(line_id: str, *, name: str, actor: Actor, now: datetime) -> ProductionLine:
    """Rename a line of one's own; its site and grade never change.  Allowed: sellers, organisation admins."""
    actor.must_be(*PRODUCERS)
    line = queries.own_line(line_id, actor)
    check_name(name)
    before = line.name
    if name == before:
        return line
    try:
        with db.session.begin_nested():
            line.name = name
    except IntegrityError:
        raise _taken(name) from None
    payload = {"name": {"before": before, "after": line.name}}
    audit.record("capacity:line:renamed", line.id, actor=actor, now=now, payload=payload)
    return line


def state_capacity(
    line_id: str, *, kind: str, from_month: str, volume_per_month: Decimal, actor: Actor, now: datetime
) -> CapacityStatement:
    """State what a line of one's own makes from a month on; a restatement becomes the next vintage.

    Units: ``volume_per_month`` in the grade's unit.  Allowed: sellers, organisation admins.
    """
    actor.must_be(*PRODUCERS)
    line = queries.own_line(line_id, actor)
    quantum = catalogue.grade(line.grade_id).quantum
    check_statement(kind=kind, from_month=from_month, volume_per_month=volume_per_month, quantum=quantum)
    db.session.refresh(line, with_for_update=HELD)  # one restatement after the other
    before = [row for row in queries.statements(line.id) if (row.kind, row.from_month) == (kind, from_month)]
    if before and before[0].volume_per_month == volume_per_month:
        return before[0]
    statement = CapacityStatement(
        id=new_id("cap", now),
        line_id=line.id,
        kind=kind,
        from_month=from_month,
        vintage=before[0].vintage + 1 if before else 1,
        volume_per_month=volume_per_month,
        created_at=now,
    )
    db.session.add(statement)
    db.session.flush()
    payload = {
        "kind": kind,
        "from_month": from_month,
        "vintage": statement.vintage,
        "volume_per_month": amount_text(volume_per_month),
    }
    audit.record("capacity:line:stated", line.id, actor=actor, now=now, payload=payload)
    return statement


def _check_place(site_id: str, grade_id: str, actor: Actor) -> None:
    faults = []
    try:
        if not accounts.own_site(site_id, actor).active:
            faults.append(Fault("/site_id", "is no longer active", site_id, "an active site", "not-found"))
    except NotFound:
        faults.append(Fault("/site_id", "is not known", site_id, "a site of your organisation", "not-found"))
    try:
        catalogue.grade(grade_id)
    except NotFound:
        faults.append(Fault("/grade_id", "is not known", grade_id, "a grade of the catalogue", "not-found"))
    if faults:
        raise InvalidInput(faults)


def _taken(name: str) -> Conflict:
    return Conflict(f"this site has a line {name!r} already")
