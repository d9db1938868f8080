"""Work in processes of its own: the same result as in one, and no process outlives the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import canonical_bytes
from solver.generate import generate
from solver.search import whole
from solver.search.workers import Outcome, Stop, Workers


def squared(number: int) -> Iterator[int]:
    yield number * number


def failing(number: int) -> Iterator[int]:
    yield number
    raise ValueError(f"no square of {number}, which is a secret")


def killed_at_three(number: int) -> Iterator[int]:
    yield number
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    yield number * number


def crashed_at_three(number: int) -> Iterator[int]:
    if number == 3:
        os.abort()
    yield number


def leaving_at_three(number: int) -> Iterator[int]:
    if number == 3:
        os._exit(7)
    yield number


def asleep_at_three(number: int) -> Iterator[int]:
    yield number
    if number == 3:
        time.sleep(600)
    yield number * number


def large_at_three(number: int) -> Iterator[int]:
    yield number
    if number == 3:
        np.ones(10**9)
    yield number * number


def handing_over_too_much_at_three(number: int) -> Iterator[int | bytes]:
    yield number
    yield b"x" * (400 * 10**6) if number == 3 else number * number


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items(processes: int):
    with Workers(processes) as workers:
        assert list(workers.map(squared, range(20))) == [Outcome(number * number) for number in range(20)]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_fails_is_told_by_kind_and_place_and_keeps_what_was_there(processes: int):
    with Workers(processes) as workers:
        outcomes = list(workers.map(failing, range(3)))
    assert [outcome.result for outcome in outcomes] == [0, 1, 2]
    for outcome in outcomes:
        assert outcome.stop is not None
        assert outcome.stop.cause.startswith("ValueError at test_workers.py:")
        assert "secret" not in outcome.stop.cause
        assert not outcome.stop.outside


@pytest.mark.parametrize(
    ("work", "cause", "before"),
    [
        (killed_at_three, "its process was ended by SIGKILL, from outside or for want of memory", 3),
        (crashed_at_three, "its process was ended by SIGABRT", None),
        (leaving_at_three, "its process left with 7", None),
    ],
)
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_a_lost_process_takes_its_own_item_alone(work: Any, cause: str, before: int | None, processes: int):
    with Workers(processes, apart=True) as workers:
        outcomes = list(workers.map(work, range(8)))
        assert outcomes[3] == Outcome(before, Stop(cause, outside=True))
        assert all(outcome.stop is None for k, outcome in enumerate(outcomes) if k != 3)
        assert list(workers.map(squared, range(4))) == [Outcome(0), Outcome(1), Outcome(4), Outcome(9)]


def test_what_does_not_end_in_its_time_is_ended():
    with Workers(2) as workers:
        outcomes = list(workers.map(asleep_at_three, range(6), seconds=lambda number: 1.0 if number == 3 else None))
    assert outcomes[3] == Outcome(3, Stop("it did not end when its time was over", outside=True))
    assert [outcome.result for outcome in outcomes] == [0, 1, 4, 3, 16, 25]


@pytest.mark.parametrize("work", [large_at_three, handing_over_too_much_at_three])
def test_what_wants_more_memory_than_there_may_be_is_told(work: Any):
    with Workers(2, memory_mb=900) as workers:
        pids = workers.pids
        outcomes = list(workers.map(work, range(6)))
        assert outcomes[3] == Outcome(3, Stop("it ran out of memory", outside=True))
        assert [outcome.result for outcome in outcomes] == [0, 1, 4, 3, 16, 25]
        assert [outcome.result for outcome in workers.map(work, [5])] == [25]
        assert pids == []


def test_an_idle_process_that_is_killed_costs_nothing():
    with Workers(2) as workers:
        list(workers.map(squared, range(4)))
        for pid in workers.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in workers.pids:
            until(lambda pid=pid: not lives(pid))
        assert list(workers.map(squared, range(4))) == [Outcome(0), Outcome(1), Outcome(4), Outcome(9)]


def test_a_process_that_ends_while_it_is_handed_an_item_costs_nothing():
    """Between the look at who is there and the handing over: it has not taken the item, which another one does."""
    with Workers(2) as workers:
        list(workers.map(squared, range(4)))
        idle = list(workers.pids)

        def kill_them(item: int) -> None:
            while idle:
                pid = idle.pop()
                os.kill(pid, signal.SIGKILL)
                until(lambda pid=pid: not lives(pid))

        assert list(workers.map(squared, range(4), seconds=kill_them)) == [
            Outcome(0),
            Outcome(1),
            Outcome(4),
            Outcome(9),
        ]


def length(item: bytes) -> Iterator[int]:
    yield len(item)


def test_what_a_process_does_not_take_in_its_time_another_is_given():
    """More than a pipe holds: whoever waited for it to be taken would wait for ever."""
    with Workers(1, apart=True) as workers:
        assert [each.result for each in workers.map(length, [b"1"])] == [1]
        os.kill(workers.pids[0], signal.SIGSTOP)
        began = time.monotonic()
        times = iter([1.0, 60.0])  # the other has to begin first, which takes its time on a busy machine
        taken_by_another = workers.outcome(workers.submit(length, bytes(10**7), seconds=lambda _: next(times)))
        assert 1 <= time.monotonic() - began < 60
        assert taken_by_another == Outcome(10**7)


def test_processes_that_cannot_begin_are_said_at_once(tmp_path: Path):
    """A program that has no main of its own begins itself again in each process, and would do so for every item."""
    script = tmp_path / "no_main.py"
    script.write_text(
        "from solver.search.workers import Workers\nwith Workers(2) as workers:\n    list(workers.map(abs, range(8)))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=Path.cwd(), check=False)
    assert done.returncode == 1
    assert "ProcessLost: a process of the search could not begin: exit code 1" in done.stderr


def test_components_in_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch):
    market, limits = generate(30, 30, 3, 11, "ramped"), WorkLimits(gap=0.001, nodes=200)
    here = canonical_bytes(clear(market, limits))
    monkeypatch.setattr(whole, "WORTH_A_PROCESS", 0)
    assert canonical_bytes(clear(market, limits, threads=2)) == here
    assert canonical_bytes(clear(market, limits, threads=3)) == here


def test_no_process_outlives_the_one_that_began_it(tmp_path: Path):
    """The parent leaves without a word, as a server that is told to stop does."""
    script = tmp_path / "orphans.py"
    script.write_text(
        "import os\n"
        "from solver.search.workers import Workers\n"
        "if __name__ == '__main__':\n"
        "    workers = Workers(2)\n"
        "    list(workers.map(iter, [[0]] * 8))\n"
        "    print(*workers.pids, flush=True)\n"
        "    os._exit(1)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=Path.cwd(), check=False)
    begun = [int(pid) for pid in done.stdout.split()]
    assert begun, done.stderr
    until(lambda: not any(lives(pid) for pid in begun))


def until(what: Callable[[], bool]) -> None:
    last = time.monotonic() + 10
    while not what():
        assert time.monotonic() < last, "a process goes on"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie, which waits for whoever takes over its parent's children."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
