"""Work done at once: in processes of their own, since modelling and exact arithmetic hold the interpreter's lock.

What is done is a function of what is handed over, so that it does not matter which process does it, or how many.
What goes wrong with one item, even the end of its process, is told as that item's outcome; the others go on.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Protocol, TypeVar

from solver.search.process import Outcome, Process, ProcessLost, Stop, Work, reports

__all__ = ["Outcome", "Pool", "ProcessLost", "Stop", "Workers"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Seconds = Callable[[Any], float | None]


class Pool(Protocol):
    """Who does pieces of work: processes of this one's own (:class:`Workers`), or others that are told of them."""

    def __enter__(self) -> Pool:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End, with whatever is under way."""

    def submit(
        self,
        work: Callable[[Item], Iterator[Result]],
        item: Item,
        *,
        name: str = "",
        seconds: Seconds = ...,
        before_others: bool = False,
    ) -> int:
        """Have some work done; the number by which to ask for its outcome, counted from 1."""
        ...

    def outcome(self, number: int) -> Outcome[Any]:
        """What became of some work, once it is done."""
        ...


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    work: Work[Any]
    item: Any
    seconds: Seconds
    again: bool = False


class Workers:
    """Processes that end with the work, or with the process that began it; with at most one, this process itself.

    ``apart``: a process of its own also where there is one, so that what ends it does not end this one.
    ``memory_mb``: address space of each such process, in millions of bytes.
    """

    def __init__(self, processes: int, *, apart: bool = False, memory_mb: int | None = None) -> None:
        self._most = processes if processes > 1 or apart or memory_mb is not None else 0
        self._memory_mb = memory_mb
        self._processes: list[Process] = []
        self._count = 0
        self._waiting: deque[_Task] = deque()
        self._given: dict[int, _Task] = {}  # what processes are at work on
        self._there: dict[int, Outcome[Any]] = {}
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
        seconds: Seconds = lambda _: None,
    ) -> Iterator[Outcome[Result]]:
        """The outcome of each item, in their order, each as soon as it and those before it are there."""
        numbers = [self.submit(work, item, seconds=seconds) for item in items]
        yield from map(self.outcome, numbers)

    def submit(
        self,
        work: Callable[[Item], Iterator[Result]],
        item: Item,
        *,
        name: str = "",
        seconds: Seconds = lambda _: None,
        before_others: bool = False,
    ) -> int:
        """Have some work done as soon as a process is free; the number by which to ask for its outcome.

        ``name`` is for pools that others see; here nobody does.
        ``work`` gives results one after another, of which the last counts: the others stand if it is lost meanwhile.
        ``seconds``: after which an item's process is ended; not kept where the work is done in this process, which
        does it when it is asked for.
        """
        self._count += 1
        task = _Task(self._count, work, item, seconds)
        if before_others:
            self._waiting.appendleft(task)
        else:
            self._waiting.append(task)
        self._hand_out()
        return self._count

    def outcome(self, number: int) -> Outcome[Any]:
        """What became of some work; each is asked for once.  Raises: ProcessLost if no process can begin."""
        if not self._most:
            (task,) = (each for each in self._waiting if each.number == number)
            self._waiting.remove(task)
            return _done_here(task.work, task.item)
        while number not in self._there:
            self._hand_out()
            for task, outcome, untouched in self._read():
                if untouched and not task.again:  # an idle process had ended unseen
                    self._waiting.appendleft(replace(task, again=True))
                else:
                    self._there[task.number] = outcome
        return self._there.pop(number)

    def _hand_out(self) -> None:
        self._processes = [each for each in self._processes if not (each.idle and each.ended)]
        while self._waiting and self._most:
            process = next((each for each in self._processes if each.idle), None)
            if process is None:
                if len(self._processes) >= self._most:
                    return
                process = Process(self._context, self._reading, self._memory_mb)
                self._processes.append(process)
            task = self._waiting.popleft()
            self._given[task.number] = task
            process.give(task.number, task.work, task.item, task.seconds(task.item))

    def _read(self) -> Iterator[tuple[_Task, Outcome[Any], bool]]:
        """Wait until some process says something, is lost or has had its time; last, whether it was lost idle."""
        busy = {each.pipe: each for each in self._processes if not each.idle}
        times = [left for each in busy.values() if (left := each.seconds_left()) is not None]
        speaking = [busy[pipe] for pipe in wait(list(busy), min(times, default=None))]  # type: ignore[index]
        late = [each for each in busy.values() if each.seconds_left() == 0 and each not in speaking]
        for process in speaking + late:
            number = process.number
            outcome = process.give_up() if process in late else process.read()
            if outcome is not None and number is not None:
                yield self._given.pop(number), outcome, process.lost_idle


def _done_here(work: Work[Result], item: Any) -> Outcome[Result]:
    last: Result | None = None
    for said in reports(work, item):
        if not isinstance(said, Outcome):
            return Outcome(last, said)
        last = said.result
    raise AssertionError("the reports of some work end with how it ended")
