"""Work done at once: in processes of their own, since modelling and exact arithmetic hold the interpreter's lock.

What is done is a function of what is handed over, so that it does not matter which process does it, or how many.
What goes wrong with one item, even the end of its process, is told as that item's outcome; the others go on.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, TypeVar

from solver.search.process import Outcome, Process, ProcessLost, Stop, Work, reports

__all__ = ["Outcome", "ProcessLost", "Stop", "Workers"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """Processes that end with the work, or with the process that began it; with at most one, this process itself.

    ``apart``: a process of its own also where there is one, so that what ends it does not end this one.
    ``memory_mb``: address space of each such process, in millions of bytes.
    """

    def __init__(self, processes: int, *, apart: bool = False, memory_mb: int | None = None) -> None:
        self._most = processes if processes > 1 or apart or memory_mb is not None else 0
        self._memory_mb = memory_mb
        self._processes: list[Process] = []
        # Not forked: the process may be a server with threads of its own.
        self._context = multiprocessing.get_context("spawn")
        if self._most:
            self._reading, self._open = self._context.Pipe(duplex=False)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._most:
            return
        for process in self._processes:
            process.end()  # whoever interrupts does not wait for the search to end
        self._reading.close()
        self._open.close()

    @property
    def pids(self) -> list[int]:
        """The system's numbers of the processes that are there now."""
        return [process.pid for process in self._processes if process.pid is not None]

    def map(
        self,
        work: Callable[[Item], Iterator[Result]],
        items: Iterable[Item],
        *,
        seconds: Callable[[Item], float | None] = lambda _: None,
    ) -> Iterator[Outcome[Result]]:
        """The outcome of each item, in their order, each as soon as it and those before it are there.

        ``work`` gives results one after another, of which the last counts: the others stand if it is lost meanwhile.
        ``seconds``: after which an item's process is ended; not kept where the work is done in this process.
        Raises: ProcessLost if no process can begin.
        """
        if not self._most:
            for item in items:
                yield _done_here(work, item)
            return
        every = list(items)
        waiting = deque(enumerate(every))
        there: dict[int, Outcome[Result]] = {}
        again: set[int] = set()  # what an idle process was given that had ended unseen
        due = 0
        while due < len(every):
            self._hand_out(work, waiting, seconds)
            for number, outcome, untouched in self._read():
                if untouched and number not in again:
                    again.add(number)
                    waiting.appendleft((number, every[number]))
                else:
                    there[number] = outcome
            while due in there:
                yield there.pop(due)
                due += 1

    def _hand_out(
        self, work: Work[Any], waiting: deque[tuple[int, Any]], seconds: Callable[[Any], float | None]
    ) -> None:
        self._processes = [each for each in self._processes if not (each.idle and each.ended)]
        while waiting:
            process = next((each for each in self._processes if each.idle), None)
            if process is None:
                if len(self._processes) >= self._most:
                    return
                process = Process(self._context, self._reading, self._memory_mb)
                self._processes.append(process)
            number, item = waiting.popleft()
            process.give(number, work, item, seconds(item))

    def _read(self) -> Iterator[tuple[int, Outcome[Any], bool]]:
        """Wait until some process says something, is lost or has had its time; last, whether it was lost idle."""
        busy = {each.pipe: each for each in self._processes if not each.idle}
        times = [left for each in busy.values() if (left := each.seconds_left()) is not None]
        speaking = [busy[pipe] for pipe in wait(list(busy), min(times, default=None))]  # type: ignore[index]
        late = [each for each in busy.values() if each.seconds_left() == 0 and each not in speaking]
        for process in speaking + late:
            number = process.number
            outcome = process.give_up() if process in late else process.read()
            if outcome is not None and number is not None:
                yield number, outcome, process.lost_idle


def _done_here(work: Work[Result], item: Any) -> Outcome[Result]:
    last: Result | None = None
    for said in reports(work, item):
        if not isinstance(said, Outcome):
            return Outcome(last, said)
        last = said.result
    raise AssertionError("the reports of some work end with how it ended")
