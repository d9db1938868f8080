"""SQLite's one writer at a time: threads of a process take turns, and nobody waits for ever."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from marketplace.shared import sqlite
from marketplace.shared.sqlite import TurnTaking


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A database with a number in it."""
    path = str(tmp_path / "turns.sqlite")
    connection = TurnTaking(path)
    connection.execute("CREATE TABLE numbers (number INTEGER)")
    connection.execute("INSERT INTO numbers VALUES (0)")
    connection.close()
    return path


def test_no_addition_of_many_threads_is_lost(file: str) -> None:
    def add() -> None:
        connection = TurnTaking(file)
        for _ in range(25):
            connection.begin_to_write()
            (number,) = connection.execute("SELECT number FROM numbers").fetchone()
            connection.execute("UPDATE numbers SET number = ?", [number + 1])
            connection.commit()
        connection.close()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TurnTaking(file).execute("SELECT number FROM numbers").fetchone() == (200,)


@pytest.mark.parametrize("held_by", ["thread of this process", "another process"])
def test_who_waits_too_long_is_refused_and_may_come_again(
    file: str, held_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.2)
    if held_by == "another process":  # which knows nothing of our turns
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = TurnTaking(file)
        other.begin_to_write()
    mine = TurnTaking(file)
    began = time.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        mine.begin_to_write()
    assert time.monotonic() - began >= 0.2
    other.rollback()
    mine.begin_to_write()
    assert mine.in_transaction


@pytest.mark.parametrize("ending", ["commit", "rollback", "close"])
def test_a_turn_ends_with_its_transaction_however_that_ends(file: str, ending: str) -> None:
    first, second = TurnTaking(file), TurnTaking(file)
    first.begin_to_write()
    getattr(first, ending)()
    second.begin_to_write()
    second.commit()


def test_other_refusals_are_not_taken_for_a_wait(file: str) -> None:
    connection, other = TurnTaking(file), TurnTaking(file)
    connection.execute("BEGIN")
    began = time.monotonic()
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        connection.begin_to_write()
    assert time.monotonic() - began < 1
    connection.rollback()  # SQLite took its lock before it refused
    other.begin_to_write()
    assert other.in_transaction


def test_files_have_turns_of_their_own(file: str, tmp_path: Path) -> None:
    one, two = TurnTaking(file), TurnTaking(str(tmp_path / "other.sqlite"))
    one.begin_to_write()
    two.begin_to_write()
    assert one.in_transaction
    assert two.in_transaction
