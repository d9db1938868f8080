"""What a backup says of itself, and the tally of a table's rows by which it is checked."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

import msgspec

from marketplace.shared.backups.kinds import Kind, Written
from marketplace.shared.backups.shapes import Shape
from marketplace.shared.quantities import amount_text

FORMAT = "changdan-backup/1"

_EXACTLY = Context(prec=200)  # sums of any number of amounts, unrounded


class TableNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table in a backup: its shape, how many rows, SHA-256 of its member, rows by status, sums of its decimals."""

    name: str
    columns: list[tuple[str, Kind]]
    key: list[str]
    rows: int
    sha256: str
    by_status: dict[str, int]
    sums: dict[str, str]

    @property
    def shape(self) -> Shape:
        """Its columns and key."""
        return Shape(self.name, tuple(self.columns), tuple(self.key))


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``moment`` is after the snapshot was taken; ``audit_root`` is the Merkle root over the heads of all chains."""

    format: str
    program: str
    revision: str
    dialect: str
    moment: datetime
    audit_chains: int
    audit_root: str
    tables: list[TableNote]

    @property
    def rows(self) -> int:
        """Of all tables together."""
        return sum(table.rows for table in self.tables)

    def encoded(self) -> bytes:
        """As it stands in the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


class Tally:
    """Counts rows as they pass, in order, and gives the line that each is written as."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._rows = 0
        self._hash = hashlib.sha256()
        names = [name for name, _ in shape.columns]
        self._status = names.index("status") if ("status", Kind.TEXT) in shape.columns else None
        self._decimals = [(place, name) for place, (name, kind) in enumerate(shape.columns) if kind is Kind.DECIMAL]
        self._by_status: Counter[str] = Counter()
        self._sums = {name: Decimal(0) for _, name in self._decimals}

    def line(self, row: Sequence[Written]) -> bytes:
        """Count a row."""
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._rows += 1
        self._hash.update(line)
        if self._status is not None:
            self._by_status[str(row[self._status])] += 1
        for place, name in self._decimals:
            value: Any = row[place]
            if value is not None:
                self._sums[name] = _EXACTLY.add(self._sums[name], Decimal(value))
        return line

    def note(self) -> TableNote:
        """What it has come to."""
        return TableNote(
            self._shape.name,
            list(self._shape.columns),
            list(self._shape.key),
            self._rows,
            self._hash.hexdigest(),
            dict(sorted(self._by_status.items())),
            {name: amount_text(total) for name, total in self._sums.items()},
        )


def differences(expected: TableNote, found: TableNote) -> list[str]:
    """What two notes of one table do not agree on, in words."""
    told = [("rows", expected.rows, found.rows)]
    told += [
        (f"rows of status {name}", count, found.by_status.get(name, 0)) for name, count in expected.by_status.items()
    ]
    told += [(f"sum of {name}", total, found.sums.get(name)) for name, total in expected.sums.items()]  # type: ignore[misc]
    told += [("SHA-256 of its rows", expected.sha256, found.sha256)]  # type: ignore[list-item]
    return [f"table {expected.name}: {what} {is_}, not {should}" for what, should, is_ in told if is_ != should]
