"""Work done at once: in processes of their own, since modelling and exact arithmetic hold the interpreter's lock.

What is done is a function of what is handed over, so that it does not matter which process does it, or how many.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Event
from types import TracebackType
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

BETWEEN_LOOKS_SECONDS = 0.5  # of a process at whether it is still wanted


class Workers:
    """Processes that end with the work, or with the process that began it; with at most one, this process itself."""

    def __init__(self, processes: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1:
            # Not forked: the process may be a server with threads of its own.
            context = multiprocessing.get_context("spawn")
            self._over = context.Event()
            given = (os.getpid(), self._over)
            self._pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=given)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=error is None, cancel_futures=True)
        self._over.set()  # whoever interrupts does not wait for the search to end

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results in the order of the items, each as soon as it and those before it are there."""
        return map(work, items) if self._pool is None else self._pool.map(work, items)


def _begin(parent: int, over: Event) -> None:
    """Leave Ctrl-C to the parent, and end when it says so or has ended itself, whatever is being searched."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def watch() -> None:
        while os.getppid() == parent and not over.is_set():
            time.sleep(BETWEEN_LOOKS_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
