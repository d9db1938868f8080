"""Rows set aside until all are known, since the headings, or the date, of a file depend on its last row."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any

IN_MEMORY_BYTES = 4_000_000  # what is longer lies in a temporary file that has no name
AT_ONCE = 1000  # rows


class Spool:
    """Keeps things in the order in which they were added, in little memory; to be closed.

    ``at_once``: so many lie in memory, whatever their size.

    >>> with Spool() as spool:
    ...     for number in range(2500):
    ...         spool.add({"number": number})
    ...     len(spool), [each["number"] for each in spool][-1], next(iter(spool))
    (2500, 2499, {'number': 0})
    """

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115  # closed with this
        self._waiting: list[Any] = []
        self._count = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._file.close()

    def add(self, thing: Any) -> None:
        """Keep one more."""
        self._waiting.append(thing)
        self._count += 1
        if len(self._waiting) == self._at_once:
            self._write()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        """All of them; one pass at a time, and nothing is added meanwhile."""
        self._write()
        self._file.seek(0)
        read = 0
        while read < self._count:
            some = pickle.load(self._file)  # written by this process alone
            read += len(some)
            yield from some

    def _write(self) -> None:
        if self._waiting:
            self._file.seek(0, 2)
            pickle.dump(self._waiting, self._file)
            self._waiting = []
