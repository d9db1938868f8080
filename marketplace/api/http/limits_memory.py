"""Where calls are counted in a process's own memory: the ``limits`` library's store, without its threads.

The library's store starts a thread to sweep itself with nearly every call that it counts, which costs a request as much
as one of its statements.  Here one call a minute sweeps.
"""

from __future__ import annotations

import time
from typing import Any

from limits.storage import MemoryStorage

SCHEME = "changdan-memory"
SWEPT_EVERY_SECONDS = 60.0


class CallingMemory(MemoryStorage):
    """Counters of windows, swept by a call that counts; registered with the library under its scheme.

    >>> memory = CallingMemory("changdan-memory://")
    >>> memory.incr("a", 60), memory.incr("a", 60), memory.incr("b", 60)
    (1, 2, 1)
    """

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, *args: Any, **options: Any) -> None:
        self._next_sweep = time.monotonic() + SWEPT_EVERY_SECONDS
        super().__init__(*args, **options)

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - what the library calls with every count
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SWEPT_EVERY_SECONDS
            self.sweep()

    def sweep(self) -> None:
        """Forget the windows that are over; others may count meanwhile."""
        present = time.time()
        for key, until in list(self.expirations.items()):
            if until <= present:
                for kept in (self.storage, self.expirations, self.locks):
                    kept.pop(key, None)
