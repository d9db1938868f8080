"""Work done at once: in processes of their own, since modelling and exact arithmetic hold the interpreter's lock.

What is done is a function of what is handed over, so that it does not matter which process does it, or how many.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class ProcessLost(OSError):
    """A process that ended without saying why; the work it did is lost."""


class Workers:
    """Processes that end with the work, or with the process that began it; with at most one, this process itself."""

    def __init__(self, processes: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1:
            # Not forked: the process may be a server with threads of its own.
            context = multiprocessing.get_context("spawn")
            reading, self._open = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(reading,))

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=error is None, cancel_futures=True)
        self._open.close()  # whoever interrupts does not wait for the search to end

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results in the order of the items, each as soon as it and those before it are there.

        Raises: ProcessLost, and whatever the work raises.
        """
        if self._pool is None:
            yield from map(work, items)
            return
        try:
            futures = [self._pool.submit(work, item) for item in items]  # its own map would cancel what just breaks
            for future in futures:
                yield future.result()
        except BrokenProcessPool as error:
            raise ProcessLost("a process of the search was ended from outside, or ran out of memory") from error


def _begin(open_while_wanted: Connection) -> None:
    """Leave Ctrl-C to the parent, and end when it closes its end or has ended itself, whatever is being searched.

    A pipe has no lock that a process could take with it when it is killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def watch() -> None:
        open_while_wanted.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
