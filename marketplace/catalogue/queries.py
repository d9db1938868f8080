"""Reading the catalogue; it is open to everybody."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from marketplace.catalogue.models import Commodity, Grade
from marketplace.shared.database import chunks, db
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
