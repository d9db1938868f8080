"""One process of the search: it is given one item after another, and whoever gave it sees when it is lost, and why."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
Work = Callable[[Any], Iterator[Result]]

OUT_OF_MEMORY = "it ran out of memory"
OUT_OF_TIME = "it did not end when its time was over"
MEGABYTE = 1_000_000


class ProcessLost(OSError):
    """Processes that cannot even begin: no fault of what they were to do."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why some work was not done to its end."""

    cause: str  # a kind of error and its place, never its message, which may hold a figure of an order
    outside: bool = False  # the machine's doing (killed, out of memory or time): done again, it may go another way


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What became of one item: the last result that its work gave, and what ended it too early, if anything did."""

    result: Result | None
    stop: Stop | None = None


def reports(work: Work[Any], item: Any) -> Iterator[Any]:
    """Every result of some work on an item as it comes, then None or a Stop; no error leaves it."""
    try:
        for result in work(item):
            yield Outcome(result)
    except MemoryError:
        yield Stop(OUT_OF_MEMORY, outside=True)
    except Exception as error:  # whatever it is, it concerns this item alone
        frames = traceback.extract_tb(error.__traceback__)
        yield Stop(f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}")
    else:
        yield None


class Process:
    """A process that is idle, or at work on the item with a number."""

    def __init__(self, context: SpawnContext, open_while_wanted: Connection, memory_mb: int | None) -> None:
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, open_while_wanted, memory_mb), daemon=True)
        self._process.start()
        theirs.close()  # so that the pipe ends with the process
        self._begun = False
        self._taken = False
        self._giving: threading.Thread | None = None
        self.number: int | None = None
        self._until: float | None = None
        self._last: Any = None

    @property
    def pid(self) -> int | None:
        """The system's number of the process."""
        return self._process.pid

    @property
    def idle(self) -> bool:
        """Whether it may be given an item."""
        return self.number is None

    @property
    def lost_idle(self) -> bool:
        """Whether it ended, having begun, before it took the item that it was given last."""
        return self._begun and not self._taken and self.ended

    def seconds_left(self) -> float | None:
        """Until it is given up; None: never."""
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    def give(self, number: int, work: Work[Any], item: Any, seconds: float | None) -> None:
        """Let it work on an item for so many seconds at most."""
        self.number, self._last, self._taken = number, None, False
        self._until = None if seconds is None else time.monotonic() + seconds
        # Not waited for: a process that hangs would not take it.
        self._giving = threading.Thread(target=self._send, args=(work, item), daemon=True)
        self._giving.start()

    def _send(self, work: Work[Any], item: Any) -> None:
        with suppress(OSError):  # it is lost, which is seen on reading
            self.pipe.send((work, item))

    def read(self) -> Outcome[Any] | None:
        """What it has to say, or that it is lost; an outcome once its item is done with.

        Raises: ProcessLost: it ended before it could begin.
        """
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            return self._lost()
        if said == "begun":
            self._begun = True
        elif said == "taken":
            self._taken = True
        elif isinstance(said, Outcome):
            self._last = said.result
        else:
            self.number, self._until = None, None
            return Outcome(self._last, said)
        return None

    def give_up(self) -> Outcome[Any]:
        """End it, since its time is over."""
        self.end()
        self.number = None
        return Outcome(self._last, Stop(OUT_OF_TIME, outside=True))

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process.exitcode is not None

    def end(self) -> None:
        """End it at once, whatever it does."""
        self._process.kill()
        self._close()

    def _close(self) -> None:
        self._process.join()
        if self._giving is not None:
            self._giving.join()  # nobody reads any more, so that it ends
        self.pipe.close()

    def _lost(self) -> Outcome[Any]:
        self._close()
        code = self._process.exitcode or 0
        if not self._begun and code >= 0:
            raise ProcessLost(f"a process of the search could not begin: exit code {code}")
        self.number = None
        return Outcome(self._last, Stop(_ended_by(code), outside=True))


def _ended_by(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was ended by SIGKILL, from outside or for want of memory"
    return f"its process was ended by {signal.Signals(-code).name}" if code < 0 else f"its process left with {code}"


def _serve(pipe: Connection, open_while_wanted: Connection, memory_mb: int | None) -> None:
    """Leave Ctrl-C to the parent, and end when it closes its end or has ended itself, whatever is being searched.

    A pipe has no lock that a process could take with it when it is killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def watch() -> None:
        open_while_wanted.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    pipe.send("begun")
    first = True
    while True:
        try:
            work, item = pipe.recv()
            pipe.send("taken")
            if first and memory_mb is not None:
                _limit_memory(memory_mb)  # now that what the work needs is loaded
            first = False
            for report in reports(work, item):
                pipe.send(report)
        except MemoryError:  # in taking the item or in handing over what was found
            pipe.send(Stop(OUT_OF_MEMORY, outside=True))
        except EOFError:
            return


def _limit_memory(megabytes: int) -> None:
    """Let the process and those that it begins have so much address space each.  Where there is POSIX alone."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = megabytes * MEGABYTE if hard == resource.RLIM_INFINITY else min(hard, megabytes * MEGABYTE)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
