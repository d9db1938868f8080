"""Rows for every table of the models, with values that are hard to carry over exactly: generated, not meaningful."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit_anchors import make_anchor
from marketplace.shared.backups.kinds import Kind, kind_of
from marketplace.shared.database import Base, db
from tests.conftest import NOW

OF_THE_TRAIL = {"audit_entries", "audit_heads", "audit_anchors"}

_TEXTS = ("长单", 'quote " and \\ and \t tab', "line\nbreak", "Ω≈ç√ 🔋", "\\N", "")
_DECIMALS = ("0", "98000.123456789012", "-0.5", "100", "123456789012345678.000000000001")
_DOCUMENTS: tuple[Any, ...] = (
    {"volumes": {"2027-01": "120.50"}, "b": [1, 2.5, None, True], "a": {}},
    [],
    "text 文本",
    {"big": 1e16, "small": 1e-7, "minus": -0.0},
    sa.JSON.NULL,
)


def fill_every_table() -> None:
    """Two or three rows in each table, and an audit trail of two chains with an anchor; flushed, not committed."""
    values: dict[tuple[str, str], list[Any]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in OF_THE_TRAIL:
            _fill(table, values)
    for owner in ("org_a", "org_b", "org_a"):
        payload = {"orders": ["ord_1", "长单"], "opened": True, "ratio": 0.1}
        audit.record("tests:thing:done", owner, actor=SYSTEM, now=NOW, organisation_id=owner, payload=payload)
    make_anchor(now=NOW)


def _fill(table: sa.Table, values: dict[tuple[str, str], list[Any]]) -> None:
    rows = 1 if table.name == "sealed_seed" else 3  # of which there is but one
    for number in range(rows):
        row = {column.name: _value(table, column, number, values) for column in table.columns}
        for name, value in row.items():
            values.setdefault((table.name, name), []).append(value)
        db.session.execute(sa.insert(table), [row])


def _value(table: sa.Table, column: sa.Column[Any], number: int, values: dict[tuple[str, str], list[Any]]) -> Any:
    for key in column.foreign_keys:
        referred = key.column
        if referred.table is not table:
            return values[(referred.table.name, referred.name)][number]
        if column.nullable:  # to the row before, which comes later in the order of the key
            alone = key.constraint is not None and len(key.constraint.columns) == 1
            return values[(table.name, referred.name)][number - 1] if number and alone else None
    if column.nullable and number == 1:
        return sa.null() if kind_of(column.type) is Kind.JSON else None
    return _own(column, number)


def _own(column: sa.Column[Any], number: int) -> Any:
    kind = kind_of(column.type)
    place = number + len(column.name)
    if kind is Kind.TEXT:
        length = getattr(column.type, "length", None)
        text = f"{9 - number}{_TEXTS[place % len(_TEXTS)]}"
        return text[:length] if length else text
    choices: dict[Kind, Any] = {
        Kind.INTEGER: number + 1,
        Kind.BOOLEAN: bool(place % 2),
        Kind.DECIMAL: Decimal(_DECIMALS[place % len(_DECIMALS)]),
        Kind.MOMENT: datetime(2026, 12, 1, 2, 0, 0, number * 7, tzinfo=UTC) + timedelta(days=place),
        Kind.DATE: date(2027, 1, 1) + timedelta(days=place),
        Kind.JSON: _DOCUMENTS[place % len(_DOCUMENTS)],
        Kind.BYTES: bytes(range(256)) * (number + 1),
    }
    return choices[kind]
