"""Connections to SQLite: durable, with one writer at a time, for whose turn the threads of a process queue.

Left to itself SQLite lets who must wait ask again after pauses that grow to a tenth of a second, and whoever asks at
the right moment is next: with some threads a change waited a second.  So the threads of a process queue for its turn,
and the one that has it asks the file twice a millisecond.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

LOCK_WAIT_SECONDS = 10.0  # after which who waits for a lock is refused, on PostgreSQL too
ASKED_EVERY_SECONDS = 0.0005
LOGGED_PAGES = 4000  # of 4 KiB, after which the log is brought into the file: fewer, larger turns than SQLite's 1000

_turns: dict[str, threading.Lock] = {}  # of this process, by file


class Turn:
    """One connection's turn at the lock of its file."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock, self._is_ours = lock, False

    def begin(self) -> bool:
        """Wait for it; whether it has come within LOCK_WAIT_SECONDS."""
        if not self._lock.acquire(timeout=LOCK_WAIT_SECONDS):
            return False
        self._is_ours = True
        return True

    def end(self) -> None:
        """The next may; as often as one likes."""
        if self._is_ours:
            self._is_ours = False
            self._lock.release()


class TurnTaking(sqlite3.Connection):
    """A connection whose transactions the caller begins: with BEGIN to read, with ``begin_to_write`` to write."""

    def __init__(self, database: str, *args: Any, **options: Any) -> None:
        if not options.get("uri"):
            _make_private(database)
        super().__init__(database, *args, **options)
        self.isolation_level = None  # else the driver writes BEGIN itself
        self._wait_at_most(LOCK_WAIT_SECONDS)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={LOGGED_PAGES}"):
            self.execute(f"PRAGMA {pragma}")
        self._turn = Turn(_turns.setdefault(os.path.abspath(database), threading.Lock()))
        weakref.finalize(self, self._turn.end)  # who forgets to close it holds up nobody for ever

    def begin_to_write(self) -> None:
        """BEGIN IMMEDIATE when it is our turn; raises OperationalError (database is locked) after LOCK_WAIT_SECONDS."""
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        if not self._turn.begin():
            raise _locked()
        try:
            self._wait_at_most(0)
            while not self._began():
                if time.monotonic() >= deadline:
                    raise _locked()
                time.sleep(ASKED_EVERY_SECONDS)
        except BaseException:
            self._turn.end()
            raise
        finally:
            self._wait_at_most(LOCK_WAIT_SECONDS)

    def commit(self) -> None:
        """As the driver does, and the next may write."""
        super().commit()
        self._turn.end()

    def rollback(self) -> None:
        """As the driver does, and the next may write."""
        super().rollback()
        self._turn.end()

    def close(self) -> None:
        """As the driver does, and the next may write."""
        super().close()
        self._turn.end()

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


def _make_private(database: str) -> None:
    """A new file is its owner's alone, as a backup is: it holds limit prices.  SQLite makes its others alike."""
    if database and database != ":memory:":
        with suppress(OSError):  # it is there already, or SQLite says why it cannot be
            os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _locked() -> sqlite3.OperationalError:
    return sqlite3.OperationalError("database is locked")
