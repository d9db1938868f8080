"""Cursor paging: a page starts after the last row of the one before, so that paging stays flat and stable."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor that asks for those after them (None at the end)."""

    items: list[T]
    next_cursor: str | None


def page(
    query: sa.Select[tuple[T]],
    *,
    key: InstrumentedAttribute[Any],
    unique: InstrumentedAttribute[Any],
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[T]:
    """Rows of ``query`` after ``cursor``, sorted by ``key`` and then by ``unique``.

    ``key`` must not be null and must compare in SQL.  Raises InvalidInput for a cursor of another list.
    """
    order = (key, unique) if key is not unique else (key,)
    if cursor is not None:
        values = _read(cursor, order)
        here = sa.tuple_(*order)
        there = sa.tuple_(*(sa.literal(v, type_=c.type) for v, c in zip(values, order, strict=True)))
        query = query.where(here < there if descending else here > there)
    query = query.order_by(*(c.desc() if descending else c.asc() for c in order)).limit(limit + 1)
    rows = list(db.session.scalars(query))
    more = len(rows) > limit
    rows = rows[:limit]
    last = [getattr(rows[-1], c.key) for c in order] if more else None
    return Page(rows, _write(last) if last else None)


def _write(values: Sequence[Any]) -> str:
    plain = [v.isoformat() if isinstance(v, datetime | date) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(cursor: str, columns: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(columns):
            raise ValueError
        return [_typed(v, c.type.python_type) for v, c in zip(values, columns, strict=True)]
    except (binascii.Error, ValueError, TypeError, UnicodeDecodeError):
        raise InvalidInput.at("/cursor", "not a cursor of this list", cursor[:80]) from None


def _typed(value: Any, kind: type) -> Any:
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if not isinstance(value, kind):
        raise TypeError
    return value
