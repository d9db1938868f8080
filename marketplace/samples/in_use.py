"""Whether a demonstration's database is in use: a lock beside it, held by whoever makes it or serves from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from marketplace.shared.errors import Conflict

try:
    import fcntl
except ImportError:  # Windows, where a file that is in use cannot be removed
    fcntl = None  # type: ignore[assignment]


class Held:
    """The lock of one process; its end gives it back, however it ends."""

    def __init__(self, database: Path, file: IO[str]) -> None:
        self._database, self._file = database, file

    def alone(self) -> None:
        """Nobody else may use the database: it is about to be replaced.  Raises: Conflict."""
        self._lock("LOCK_EX")

    def share(self) -> None:
        """Others may serve from it too, nobody may replace it.  Raises: Conflict."""
        self._lock("LOCK_SH")

    def _lock(self, kind: str) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, getattr(fcntl, kind) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"{self._database} is in use by another changdan demo or serve: stop that, or take another --folder"
            ) from None


@contextmanager
def replacing(database: Path) -> Iterator[Held]:
    """Hold a demonstration's database alone.  Raises: Conflict while another process uses it."""
    with _lock_of(database).open("a") as file:
        held = Held(database, file)
        held.alone()
        yield held


@contextmanager
def serving(database: Path | None) -> Iterator[None]:
    """Keep a demonstration's database from being replaced; any other has no lock and needs none."""
    if database is None or not _lock_of(database).exists():
        yield
        return
    with _lock_of(database).open("a") as file:
        Held(database, file).share()
        yield


def _lock_of(database: Path) -> Path:
    return database.with_name(database.name + "-lock")
