"""Statements without the session's price: in its transaction all the same, savepoints included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import LoginFailure
from marketplace.shared.database import Both, db, execute, insert_named, prefixed

pytestmark = pytest.mark.usefixtures("session")

_table: sa.Table = LoginFailure.__table__  # type: ignore[assignment]


def row(name: str) -> dict[str, object]:
    """One that nobody else has."""
    return {column.name: value_of(column, name) for column in _table.columns}


def value_of(column: sa.Column[object], name: str) -> object:
    """Something of its type."""
    kind = column.type.python_type
    return {str: name, int: 1, bool: True, datetime: datetime(2026, 12, 1, tzinfo=UTC)}[kind]


def names() -> set[str]:
    """Those that are there."""
    first = next(column for column in _table.primary_key)
    return set(execute(sa.select(first)).scalars())


def test_a_savepoint_takes_back_what_was_executed_in_it() -> None:
    execute(sa.insert(_table), row("before"))
    savepoint = db.session.begin_nested()
    execute(sa.insert(_table), row("inside"))
    assert names() >= {"before", "inside"}
    savepoint.rollback()
    execute(sa.insert(_table), row("after"))
    assert names() & {"before", "inside", "after"} == {"before", "after"}


def test_two_changes_are_both_made_and_a_fault_in_the_second_undoes_the_first() -> None:
    insert = insert_named(LoginFailure, "one_")
    gone = sa.delete(_table).where(next(iter(_table.primary_key)) == sa.bindparam("gone"))
    both = Both(insert, gone)
    execute(sa.insert(_table), row("old"))
    both.execute(prefixed("one_", row("new")), {"gone": "old"})
    assert names() & {"old", "new"} == {"new"}
    twice = Both(insert, insert_named(LoginFailure, "two_"))
    with pytest.raises(sa.exc.IntegrityError), db.session.begin_nested():
        twice.execute(prefixed("one_", row("third")), prefixed("two_", row("third")))
    assert "third" not in names()
