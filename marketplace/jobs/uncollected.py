"""Much work of one kind without looking for garbage in circles, which this leaves next to none of."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's search for circles looks through all that there is again and again: a quarter of a long file's time,
    and of that for which SQLite's one lock is held.  What nobody refers to goes at once all the same.

    >>> with uncollected():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
