"""Connections to SQLite: durable, with one writer at a time, for whose turn the threads of a process queue.

Left to itself SQLite lets who must wait ask again after pauses that grow to a tenth of a second, and whoever asks at
the right moment is next: with some threads a change waited a second.  So the threads of a process queue for its turn,
and the one that has it asks the file every other millisecond.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from typing import Any

LOCK_WAIT_SECONDS = 10.0  # after which who waits for a lock is refused, on PostgreSQL too
ASKED_EVERY_SECONDS = 0.002

_turns: dict[str, threading.Lock] = {}  # of this process, by file


class TurnTaking(sqlite3.Connection):
    """A connection whose transactions the caller begins: with BEGIN to read, with ``begin_to_write`` to write."""

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        super().__init__(database, *args, **options)
        self.isolation_level = None  # else the driver writes BEGIN itself
        self._wait_at_most(LOCK_WAIT_SECONDS)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.execute(f"PRAGMA {pragma}")
        self._turn = _turns.setdefault(os.path.abspath(database), threading.Lock())
        self._has_turn = False

    def begin_to_write(self) -> None:
        """BEGIN IMMEDIATE when it is our turn; raises OperationalError (database is locked) after LOCK_WAIT_SECONDS."""
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        if not self._turn.acquire(timeout=LOCK_WAIT_SECONDS):
            raise _locked()
        self._has_turn = True
        try:
            self._wait_at_most(0)
            while not self._began():
                if time.monotonic() >= deadline:
                    raise _locked()
                time.sleep(ASKED_EVERY_SECONDS)
        except BaseException:
            self._end_turn()
            raise
        finally:
            self._wait_at_most(LOCK_WAIT_SECONDS)

    def commit(self) -> None:
        """As the driver does, and the next may write."""
        super().commit()
        self._end_turn()

    def rollback(self) -> None:
        """As the driver does, and the next may write."""
        super().rollback()
        self._end_turn()

    def close(self) -> None:
        """As the driver does, and the next may write."""
        super().close()
        self._end_turn()

    def _wait_at_most(self, seconds: float) -> None:
        self.execute(f"PRAGMA busy_timeout={seconds * 1000:.0f}")

    def _began(self) -> bool:
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # the low byte is the kind of error
                raise
            return False
        return True

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turn.release()


def _locked() -> sqlite3.OperationalError:
    return sqlite3.OperationalError("database is locked")
