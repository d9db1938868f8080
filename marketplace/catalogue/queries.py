"""Reading the catalogue; it is open to everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.catalogue.models import Commodity, Grade, unit_by_attribute
from marketplace.shared.database import chunks, db, execute
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page


def commodity(commodity_id: str) -> Commodity:
    """One commodity; raises NotFound."""
    found = db.session.get(Commodity, commodity_id)
    if found is None:
        raise NotFound("commodity", commodity_id)
    return found


def grade(grade_id: str) -> Grade:
    """One grade; raises NotFound."""
    found = db.session.get(Grade, grade_id)
    if found is None:
        raise NotFound("grade", grade_id)
    return found


@dataclass(frozen=True)
class Measures:
    """What the amounts of a grade are measured in."""

    unit_code: str  # UN/CEFACT Recommendation 20
    quantum: Decimal  # volumes are whole multiples of it, in that unit
    unit_by_attribute: dict[str, str]


_GRADES: sa.Table = Grade.__table__  # type: ignore[assignment]
# The measures of grade_id: to be asked with more beside them.
MEASURES = sa.select(_GRADES.c.unit_code, _GRADES.c.quantum, _GRADES.c.attributes).where(
    _GRADES.c.id == sa.bindparam("grade_id")
)


def measures_of(grade_id: str) -> Measures:
    """What orders of a grade are measured in, without the rest of it: every order asks; raises NotFound."""
    row = execute(MEASURES, {"grade_id": grade_id}).one_or_none()
    if row is None:
        raise NotFound("grade", grade_id)
    return measures_in(row)


def measures_in(row: Any) -> Measures:
    """What a row with the columns of MEASURES says."""
    return Measures(row.unit_code, row.quantum, unit_by_attribute(row.attributes))


def units_of(grade_ids: Iterable[str]) -> dict[str, str]:
    """The unit codes of these grades, without the rest of them; those that are not known are left out."""
    found: dict[str, str] = {}
    for some in chunks(grade_ids):
        rows = execute(sa.select(_GRADES.c.id, _GRADES.c.unit_code).where(_GRADES.c.id.in_(some)))
        found |= {row.id: row.unit_code for row in rows}
    return found


def grades_by_id(grade_ids: Iterable[str]) -> dict[str, Grade]:
    """These grades; those that are not known are left out."""
    found: dict[str, Grade] = {}
    for some in chunks(grade_ids):
        found |= {each.id: each for each in db.session.scalars(sa.select(Grade).where(Grade.id.in_(some)))}
    return found


def commodities(
    *, stage: str | None = None, descending: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[Commodity]:
    """Commodities by identifier, those of one stage of the chain if asked."""
    query = sa.select(Commodity)
    if stage is not None:
        query = query.where(Commodity.stage == stage)
    return page(query, key=Commodity.id, unique=Commodity.id, descending=descending, cursor=cursor, limit=limit)


def grades(
    *,
    commodity_id: str | None = None,
    unit_code: str | None = None,
    sort: str = "id",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Grade]:
    """Grades by identifier, name or commodity, those of one commodity or unit if asked."""
    query = sa.select(Grade)
    if commodity_id is not None:
        query = query.where(Grade.commodity_id == commodity_id)
    if unit_code is not None:
        query = query.where(Grade.unit_code == unit_code)
    key = {"id": Grade.id, "name_en": Grade.name_en, "commodity_id": Grade.commodity_id}[sort]
    return page(query, key=key, unique=Grade.id, descending=descending, cursor=cursor, limit=limit)
