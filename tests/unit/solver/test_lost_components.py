"""What ends the search of one component leaves the others, a bound for the whole, and something to begin with again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market, canonical_bytes
from solver.generate import generate
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import stages, standing, whole
from solver.search.component import component_of
from solver.search.exact import ExactVolumes
from solver.search.found import nothing_found
from solver.search.process import Stop
from solver.verify import verify

LIMITS = WorkLimits(gap=0.0005, nodes=300)


@pytest.fixture(autouse=True)
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "WORTH_A_PROCESS", 0)


@cache
def undisturbed() -> tuple[Market, Clearing]:
    market = generate(30, 30, 4, 11, "ramped")
    return market, clear(market, LIMITS)


class Killer:
    """Kills all of the search's processes, or one, the so-manieth time that something is told of a component."""

    def __init__(self, at: int, every: bool) -> None:
        self.left, self.every, self.killed = at, every, 0

    def __call__(self, step: dict[str, Any]) -> None:
        self.left -= 1
        if self.left == 0:
            children = multiprocessing.active_children()
            for child in children if self.every else children[:1]:
                if child.pid is not None:
                    os.kill(child.pid, signal.SIGKILL)
                    self.killed += 1


@pytest.mark.parametrize(
    ("at", "every"), [(1, True), (2, False), (4, True), (7, False), (11, True), (13, True), (15, False)]
)
def test_killed_at_any_moment_the_others_stand_and_it_can_be_taken_up_again(at: int, every: bool):
    market, whole_clearing = undisturbed()
    killer = Killer(at, every)
    clearing = clear(market, LIMITS, threads=2, progress=killer)
    assert verify(market, clearing) == []
    assert clearing.bound >= whole_clearing.objective
    lost = [part for part in clearing.components if part.interrupted]
    assert len(lost) <= killer.killed
    for part in lost:
        assert f"component {part.number} " in str(clearing.note)
        assert "its process was ended by SIGKILL" in str(clearing.note)
    again = clear(market, LIMITS, warm=clearing)
    assert verify(market, again) == []
    assert not any(part.interrupted for part in again.components)
    assert again.gap <= Decimal(str(LIMITS.gap)) or again.gap <= whole_clearing.gap
    assert again.objective >= clearing.objective
    if not lost:
        assert canonical_bytes(clearing) == canonical_bytes(whole_clearing)


def test_a_component_of_which_nothing_was_found_has_the_bound_that_anybody_can_compute():
    """The first process is killed as soon as it is there."""
    market, undisturbed_clearing = undisturbed()
    before = set(multiprocessing.active_children())

    def kill_the_first() -> None:
        while not (begun := set(multiprocessing.active_children()) - before):
            time.sleep(0.001)
        begun.pop().kill()

    killer = threading.Thread(target=kill_the_first)
    killer.start()
    clearing = clear(market, LIMITS, component_seconds=1000)
    killer.join()
    (lost,) = (part for part in clearing.components if part.interrupted)
    due = undisturbed_clearing.components[lost.number - 1]
    assert (lost.status, lost.objective, lost.bound_kind) == ("failed", 0, "recomputed")
    assert lost.bound > due.bound
    ended = "its process was ended by SIGKILL, from outside or for want of memory"
    assert clearing.note == f"component {lost.number} failed: {ended}"
    assert clearing.status == "feasible"
    assert verify(market, clearing) == []
    again = clear(market, LIMITS, warm=clearing)
    assert again.components[lost.number - 1].objective >= due.objective - due.bound / 1000
    assert verify(market, again) == []


@pytest.mark.parametrize("at", [2, 6])
def test_a_process_that_hangs_is_ended_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch, at: int):
    """Whether it was at work or was to be given the next piece."""
    monkeypatch.setattr(whole, "GRACE_SECONDS", 1.0)
    market, hung = generate(60, 60, 12, 2), []

    def stop_one(step: dict[str, Any]) -> None:
        hung.append(step)
        if len(hung) == at:
            child = multiprocessing.active_children()[0]
            assert child.pid is not None
            os.kill(child.pid, signal.SIGSTOP)

    began = time.monotonic()
    clearing = clear(market, WorkLimits(gap=0.0), threads=2, seconds=8.0, progress=stop_one)
    assert time.monotonic() - began < 20
    assert verify(market, clearing) == []
    assert clearing.note is None or "it did not end when its time was over" in clearing.note  # it may have been idle
    assert clearing.objective > 0


@pytest.mark.parametrize("megabytes", [256, 600])
def test_a_limit_of_memory_that_is_too_small_is_told(megabytes: int):
    market, _ = undisturbed()
    clearing = clear(market, LIMITS, memory_mb=megabytes)
    assert verify(market, clearing) == []
    if megabytes == 256:  # less than the libraries take
        assert clearing.status == "failed"
        assert "memory" in str(clearing.note)
        assert all(part.interrupted for part in clearing.components)


def test_the_time_of_one_component_ends_that_one_alone():
    market = generate(60, 60, 12, 2)
    clearing = clear(market, WorkLimits(gap=0.0), component_seconds=0.3)
    assert verify(market, clearing) == []
    assert clearing.clock_hit
    late = [part for part in clearing.components if part.interrupted]
    assert late
    assert late[0].objective > 0
    assert f"component {late[0].number} was cut short: the time of one component was over" in str(clearing.note)
    assert any(part.status == "optimal" for part in clearing.components)


def test_an_error_of_our_own_in_one_component_is_told_by_its_place(monkeypatch: pytest.MonkeyPatch):
    market, undisturbed_clearing = undisturbed()
    monkeypatch.setattr(whole, "WORTH_A_PROCESS", 10**9)  # here, where the error can be planted
    original, calls = standing.insert, []

    def broken(exact: ExactVolumes) -> int:
        calls.append(exact.component)
        if exact.component is calls[0]:
            raise ZeroDivisionError("98000")
        return original(exact)

    monkeypatch.setattr(standing, "insert", broken)
    clearing = clear(market, LIMITS)
    assert verify(market, clearing) == []
    (lost,) = (part for part in clearing.components if part.status == "failed")
    assert not lost.interrupted  # it would fail again
    for part, due in zip(clearing.components, undisturbed_clearing.components, strict=True):
        if part is lost:
            assert part.bound >= due.objective
        else:
            assert part.objective >= due.objective  # more work is done where the gap asked for is not to be had
    said = f"component {lost.number} failed: ZeroDivisionError at test_lost_components.py:"
    assert str(clearing.note).startswith(said)
    assert "98000" not in str(clearing.note)


def test_an_error_after_something_was_found_keeps_it(monkeypatch: pytest.MonkeyPatch):
    market, undisturbed_clearing = undisturbed()
    monkeypatch.setattr(whole, "WORTH_A_PROCESS", 10**9)

    def out_of_memory(self: stages.Search) -> bool:
        raise MemoryError

    monkeypatch.setattr(stages.Search, "refine", out_of_memory)
    clearing = clear(market, WorkLimits(gap=0.0))
    assert verify(market, clearing) == []
    cut = [part for part in clearing.components if part.interrupted]
    assert cut
    for part in cut:
        assert part.status != "failed"
        assert part.objective > 0
        assert f"component {part.number} was cut short: it ran out of memory" in str(clearing.note)
    assert clearing.objective > undisturbed_clearing.objective / 2


def test_volumes_that_a_dive_alone_has_found_are_no_failure(monkeypatch: pytest.MonkeyPatch):
    """A component too large for a first model has volumes although the backend has solved nothing yet."""
    market = generate(20, 20, 2, 1)
    monkeypatch.setattr(whole, "WORTH_A_PROCESS", 10**9)
    monkeypatch.setattr(stages, "TINY_CELLS", 0)
    monkeypatch.setattr(stages, "START_CELLS", 0)

    def broken(self: stages.Search) -> bool:
        raise MemoryError

    monkeypatch.setattr(stages.Search, "refine", broken)
    clearing = clear(market, WorkLimits(gap=0.0))
    assert clearing.matches
    assert any(part.interrupted for part in clearing.components)
    assert verify(market, clearing) == []


def test_what_is_lost_is_not_made_good_by_the_others():
    market, _ = undisturbed()
    screened = screen(counted(market))
    first, second, *_ = (component_of(screened, positions) for positions in components(screened))
    limits = WorkLimits(gap=0.05)
    search = stages.Search(second, limits)
    search.start()
    assert 0 < search.gap < 0.9 * limits.gap  # near enough, and not at its bound
    piece = whole._Piece(second, limits, None, None, memory_limited=False, search=search)
    lost = nothing_found(first).stopped(Stop("its process was ended", outside=True))
    there = {0: whole._Standing(lost), 1: whole._Standing(search.found, piece)}
    assert list(whole._next_pieces(there, limits, ())) == []
    nearer = WorkLimits(gap=search.gap / 2)
    assert [k for k, _, _ in whole._next_pieces(there, nearer, ())] == [1]


def test_what_begins_when_the_time_is_over_only_makes_volumes_whole(monkeypatch: pytest.MonkeyPatch):
    def never(*_: Any) -> None:
        raise AssertionError

    market, _ = undisturbed()
    screened = screen(counted(market))
    component = component_of(screened, components(screened)[0])
    monkeypatch.setattr(standing, "insert", never)
    search = stages.Search(component, LIMITS, deadline=0.0)
    search.take(np.where(np.arange(len(component))[:, None] == 0, component.pairs.most, 0.0))
    assert search.objective > 0
    assert search.found.clock_hit
