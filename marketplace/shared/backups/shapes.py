"""Tables as a backup sees them: columns and their kinds; rows in the order of the key, read and loaded as streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from marketplace.shared.backups.kinds import Kind, Written, kind_of, type_of, writer_of
from marketplace.shared.database import Base

# Pieces of rounds under way: results sealed for the workers of that moment.  Whoever takes the round up again does the
# pieces again, with the same outcome.
LEFT_OUT = frozenset({"round_pieces"})

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Shape:
    """A table: its columns with their kinds, and the columns by which its rows are ordered."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    key: tuple[str, ...]


def present_shapes() -> list[Shape]:
    """The tables of this version of the program that are backed up, those referred to first."""
    return [
        Shape(
            str(table.name),
            tuple((str(column.name), kind_of(column.type)) for column in table.columns),
            tuple(str(column.name) for column in table.primary_key),
        )
        for table in Base.metadata.sorted_tables
        if table.name not in LEFT_OUT
    ]


def rows(connection: sa.Connection, shape: Shape) -> Iterator[list[Written]]:
    """All rows as they are written, in the order of the key: texts by code point, whatever the database's collation."""
    table = _table(shape)
    postgresql = connection.dialect.name == "postgresql"
    kinds = dict(shape.columns)
    wanted: list[Any] = [
        sa.cast(table.c[name], sa.Text) if kind is Kind.JSON and postgresql else table.c[name]
        for name, kind in shape.columns
    ]
    order = [
        sa.collate(table.c[name], "C") if kinds[name] is Kind.TEXT and postgresql else table.c[name]
        for name in shape.key
    ]
    writers = [writer_of(kind) for _, kind in shape.columns]
    query = sa.select(*wanted).order_by(*order).execution_options(yield_per=ROWS_AT_ONCE)
    for row in connection.execute(query):
        yield [write(value) for write, value in zip(writers, row, strict=True)]


def load(connection: sa.Connection, shape: Shape, given: Iterable[list[Any]]) -> None:
    """Insert rows, whose values are as the databases take them, in the connection's transaction."""
    if connection.dialect.name == "postgresql":
        _copy(connection, shape, given)
        return
    insert, names = sa.insert(_table(shape)), [name for name, _ in shape.columns]
    remaining = iter(given)
    while some := list(islice(remaining, ROWS_AT_ONCE)):
        connection.execute(insert, [dict(zip(names, row, strict=True)) for row in some])


def number_on(connection: sa.Connection, shape: Shape) -> None:
    """Have the database's own numbers go on after those that were loaded."""
    kinds = dict(shape.columns)
    if connection.dialect.name != "postgresql" or len(shape.key) != 1 or kinds[shape.key[0]] is not Kind.INTEGER:
        return  # SQLite goes on by itself
    quoted = connection.dialect.identifier_preparer.quote
    sequence = connection.scalar(
        sa.select(sa.func.pg_get_serial_sequence(quoted(shape.name), shape.key[0])),
    )
    if sequence is None:
        return
    last = connection.scalar(sa.select(sa.func.max(_table(shape).c[shape.key[0]])))
    if last is not None:
        connection.execute(sa.select(sa.func.setval(sequence, last)))


def _copy(connection: sa.Connection, shape: Shape, given: Iterable[list[Any]]) -> None:
    """By COPY: one statement, so that rows may refer to rows of the same table that come later."""
    quoted = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quoted(name) for name, _ in shape.columns)
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {quoted(shape.name)} ({columns}) FROM STDIN") as copy:
        for row in given:
            copy.write_row(row)


def _table(shape: Shape) -> sa.TableClause:
    return sa.table(shape.name, *(sa.column(name, type_of(kind)) for name, kind in shape.columns))
