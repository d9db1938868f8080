"""Work in processes of its own: the same result as in one, and no process outlives the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import solver.clear
from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import canonical_bytes
from solver.generate import generate
from solver.search.workers import ProcessLost, Workers


def squared(number: int) -> int:
    return number * number


def failing(number: int) -> int:
    raise ValueError(f"no square of {number}")


def killed(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items(processes: int):
    with Workers(processes) as workers:
        assert list(workers.map(squared, range(20))) == [number * number for number in range(20)]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_fails_in_a_process_fails_here(processes: int):
    with pytest.raises(ValueError, match="no square of 0"), Workers(processes) as workers:
        list(workers.map(failing, range(20)))


def test_a_process_that_is_killed_is_said_to_be_lost():
    with pytest.raises(ProcessLost, match="ended from outside"), Workers(2) as workers:
        list(workers.map(killed, range(4)))


def test_components_in_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch):
    market, limits = generate(30, 30, 3, 11, "ramped"), WorkLimits(gap=0.001, nodes=200)
    here = canonical_bytes(clear(market, limits))
    monkeypatch.setattr(solver.clear, "WORTH_A_PROCESS", 0)
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
        "    list(workers.map(abs, range(8)))\n"
        "    print(*workers._pool._processes, flush=True)\n"
        "    os._exit(1)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=Path.cwd(), check=False)
    begun = [int(pid) for pid in done.stdout.split()]
    assert begun, done.stderr
    until = time.monotonic() + 10
    while any(_lives(pid) for pid in begun):
        assert time.monotonic() < until, "a process goes on"
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    """Whether a process is there and no zombie, which waits for whoever takes over its parent's children."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
