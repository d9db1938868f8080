"""An operator extends the catalogue, or corrects it.  Nothing is ever deleted: orders name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from marketplace.catalogue import queries
from marketplace.catalogue.models import Commodity, Grade
from marketplace.catalogue.rules.grades import CommodityTerms, GradeTerms, check_change, read_commodity, read_grade
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotFound
from marketplace.shared.quantities import amount_text

OPERATOR = "operator"


def create_commodity(document: Mapping[str, Any], *, actor: Actor, now: datetime) -> Commodity:
    """Add a commodity.  Allowed: operators.  Raises InvalidInput, Conflict if its id is taken."""
    actor.must_be(Role.OPERATOR)
    terms = read_commodity(document)
    commodity = Commodity(**asdict(terms), maintained_by=OPERATOR, created_at=now)
    _add(commodity, f"commodity {terms.id}")
    audit.record("catalogue:commodity:created", terms.id, actor=actor, now=now, payload=asdict(terms))
    return commodity


def change_commodity(commodity_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Commodity:
    """Change some fields of a commodity.  Allowed: operators."""
    actor.must_be(Role.OPERATOR)
    commodity = queries.commodity(commodity_id)
    before = terms_of(commodity, CommodityTerms)
    after = read_commodity({**asdict(before), **changes, "id": commodity_id})
    if after != before:
        write(commodity, before, after, maintained_by=OPERATOR, actor=actor, now=now)
    return commodity


def create_grade(document: Mapping[str, Any], *, actor: Actor, now: datetime) -> Grade:
    """Add a grade to a commodity.  Allowed: operators.  Raises InvalidInput, Conflict if its id is taken."""
    actor.must_be(Role.OPERATOR)
    terms = read_grade(document)
    try:
        queries.commodity(terms.commodity_id)
    except NotFound as error:
        raise InvalidInput.at("/commodity_id", str(error), terms.commodity_id, "a commodity") from None
    grade = Grade(**asdict(terms), maintained_by=OPERATOR, created_at=now)
    _add(grade, f"grade {terms.id}")
    audit.record("catalogue:grade:created", terms.id, actor=actor, now=now, payload=plain(terms))
    return grade


def change_grade(grade_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Grade:
    """Change some fields of a grade, none that would alter the meaning of orders.  Allowed: operators."""
    actor.must_be(Role.OPERATOR)
    grade = queries.grade(grade_id)
    before = terms_of(grade, GradeTerms)
    after = read_grade({**asdict(before), **changes, "id": grade_id})
    check_change(before, after)
    if after != before:
        write(grade, before, after, maintained_by=OPERATOR, actor=actor, now=now)
    return grade


def write(
    thing: Commodity | Grade,
    before: CommodityTerms | GradeTerms,
    after: CommodityTerms | GradeTerms,
    *,
    maintained_by: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Store what changed, with an audit entry that holds both states of each changed field."""
    changed = [name for name in asdict(after) if getattr(after, name) != getattr(before, name)]
    for name in changed:
        setattr(thing, name, getattr(after, name))
    thing.maintained_by = maintained_by
    db.session.flush()
    old, new = plain(before), plain(after)
    audit.record(
        f"catalogue:{type(thing).__name__.lower()}:changed",
        thing.id,
        actor=actor,
        now=now,
        payload={name: {"before": old[name], "after": new[name]} for name in changed},
    )


def terms_of(thing: Commodity | Grade, kind: type[Any]) -> Any:
    """What a stored commodity or grade states."""
    return kind(**{field.name: getattr(thing, field.name) for field in fields(kind)})


def plain(terms: CommodityTerms | GradeTerms) -> dict[str, Any]:
    """The terms as plain JSON values."""
    document = asdict(terms)
    if "quantum" in document:
        document["quantum"] = amount_text(document["quantum"])
    return document


def _add(thing: Commodity | Grade, name: str) -> None:
    taken = Conflict(f"{name} exists already")
    if db.session.get(type(thing), thing.id) is not None:
        raise taken
    try:
        with db.session.begin_nested():
            db.session.add(thing)
    except IntegrityError:  # another request was quicker
        raise taken from None
