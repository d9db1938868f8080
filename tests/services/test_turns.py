"""SQLite's one writer at a time: threads of a process take turns, and nobody waits for ever."""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

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


def test_who_forgets_to_close_holds_up_nobody(file: str) -> None:
    forgotten, mine = TurnTaking(file), TurnTaking(file)
    forgotten.begin_to_write()
    del forgotten
    gc.collect()
    mine.begin_to_write()
    assert mine.in_transaction


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    connection = TurnTaking(str(path))
    connection.execute("CREATE TABLE numbers (number INTEGER)")
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in tmp_path.iterdir()} == dict.fromkeys(
        ("new.sqlite", "new.sqlite-wal", "new.sqlite-shm"), "0o600"
    )
    connection.close()


def test_who_goes_on_after_a_refusal_writes_within_a_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.1)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/refused.sqlite")
    with engine.begin() as first:
        first.exec_driver_sql("CREATE TABLE numbers (number INTEGER)")
    other = TurnTaking(str(tmp_path / "refused.sqlite"))
    other.begin_to_write()
    with engine.connect() as mine:
        with pytest.raises(sa.exc.OperationalError, match="database is locked"):
            mine.exec_driver_sql("INSERT INTO numbers VALUES (1)")
        other.rollback()
        mine.exec_driver_sql("INSERT INTO numbers VALUES (2)")
        mine.rollback()
        assert mine.exec_driver_sql("SELECT number FROM numbers").all() == []
    engine.dispose()
