"""Cursor paging: a page starts after the last row of the one before, so that paging stays flat and stable."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput

T = TypeVar("T")

_LARGEST = 2**63


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
    name = " ".join([str(c) for c in order] + ["descending"] * descending)
    if cursor is not None:
        values = _read(cursor, name, order)
        here = sa.tuple_(*order)
        there = sa.tuple_(*(sa.literal(v, type_=c.type) for v, c in zip(values, order, strict=True)))
        query = query.where(here < there if descending else here > there)
    query = query.order_by(*(c.desc() if descending else c.asc() for c in order)).limit(limit + 1)
    rows = list(db.session.scalars(query))
    more = len(rows) > limit
    rows = rows[:limit]
    last = [getattr(rows[-1], c.key) for c in order] if more else None
    return Page(rows, _write(name, last) if last else None)


def _write(name: str, values: Sequence[Any]) -> str:
    plain = [name, *(v.isoformat() if isinstance(v, datetime | date) else v for v in values)]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(cursor: str, name: str, columns: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        sent, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if sent != name:
            raise ValueError
        return [_typed(v, c.type.python_type) for v, c in zip(values, columns, strict=True)]
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise InvalidInput.at("/cursor", "not a cursor of this list", cursor[:80], code="cursor") from None


def _typed(value: Any, kind: type) -> Any:
    """What no list of ours could have written is refused here; the database would only choke on it."""
    if kind in (datetime, date):
        moment = kind.fromisoformat(value)
        if kind is datetime and moment.tzinfo is None:
            raise ValueError
        return moment if kind is date else moment.astimezone(UTC)  # which fails on the rim of the calendar
    if type(value) is not kind:
        raise TypeError
    if kind is int and not -_LARGEST <= value < _LARGEST:
        raise ValueError
    if kind is str and "\0" in value.encode().decode():  # encoding fails on half of a surrogate pair
        raise ValueError
    return value
