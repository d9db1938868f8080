"""The modelling layer: status before numbers, and the same answers from both backends."""

from __future__ import annotations

import numpy as np
import pulp
import pytest

from solver.search.backend import EQUAL, NONE, NOT_ABOVE, NOT_BELOW, BackendError, Model, Solution, Status

BACKENDS = ("highs", "cbc")


def knapsack(seed: int, items: int = 12, rows: int = 2) -> Model:
    """Choose things of the greatest worth under some weights."""
    draw = np.random.default_rng(seed)
    model = Model("knapsack")
    chosen = model.add("chosen", np.ones(items), integer=True)
    weight = draw.integers(10, 100, (rows, items)).astype(float)
    for row in weight:
        model.row("weight", chosen, row, NOT_ABOVE, float(row.sum() // 2))
    model.gain(chosen, weight.sum(axis=0) + draw.integers(0, 10, items))
    return model


def best_by_trying(seed: int, items: int = 12, rows: int = 2) -> float:
    draw = np.random.default_rng(seed)
    weight = draw.integers(10, 100, (rows, items)).astype(float)
    worth = weight.sum(axis=0) + draw.integers(0, 10, items)
    every = (np.arange(2**items)[:, None] >> np.arange(items)) & 1
    fits = (every @ weight.T <= weight.sum(axis=1) // 2).all(axis=1)
    return float((every @ worth)[fits].max())


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(5))
def test_both_backends_find_what_trying_finds(backend: str, seed: int):
    solution = knapsack(seed).solve(backend)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(best_by_trying(seed))
    assert solution.bound == pytest.approx(solution.objective, abs=1e-4)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_infeasible_model_is_said_to_be_so(backend: str):
    model = Model("none")
    some = model.add("some", np.ones(3), integer=True)
    model.row("too_much", some, 1.0, NOT_BELOW, 4.0)
    model.gain(some, 1.0)
    solution = model.solve(backend)
    assert solution.status is Status.INFEASIBLE
    assert not solution.usable
    assert not len(solution.values)


def test_a_limit_on_nodes_is_not_called_optimal():
    """PuLP itself would say optimal, or know no such status at all."""
    solution = knapsack(1, items=60, rows=5).solve("highs", nodes=1)
    assert solution.status is Status.FEASIBLE
    assert solution.objective < solution.bound
    assert solution.nodes <= 1
    assert not solution.clock_hit


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_clock_that_runs_out_is_not_called_optimal(backend: str):
    solution = knapsack(1, items=400, rows=40).solve(backend, seconds=0.4, nodes=10**9)
    assert solution.status in (Status.FEASIBLE, Status.UNSOLVED)
    assert solution.clock_hit
    assert solution.bound >= solution.objective


@pytest.mark.parametrize("backend", BACKENDS)
def test_within_the_gap_the_bound_is_said(backend: str):
    solution = knapsack(2, items=40, rows=3).solve(backend, gap=0.05)
    assert solution.status is Status.OPTIMAL
    assert solution.objective <= solution.bound <= solution.objective * 1.06


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_start_is_taken(backend: str):
    full = knapsack(3, items=60, rows=5)
    found = full.solve("highs", gap=0.01)
    again = knapsack(3, items=60, rows=5).solve(backend, nodes=1, start=found.values)
    assert again.usable
    assert again.objective >= found.objective - 1e-6


def test_variables_that_can_only_be_zero_do_not_exist():
    model = Model("sparse")
    handles = model.add("volume", np.array([[0.0, 2.0], [3.0, 0.0]]))
    assert (handles == NONE).tolist() == [[True, False], [False, True]]
    model.row("sum", handles.ravel(), 1.0, NOT_ABOVE, 4.0)
    model.gain(handles, np.array([[9.0, 2.0], [1.0, 9.0]]))
    assert model.solve().objective == pytest.approx(2 * 2 + 2 * 1)


def test_rows_without_variables_must_hold():
    model = Model("empty_rows")
    nothing = model.add("volume", np.zeros(2))
    some = model.add("volume", np.ones(1))
    model.gain(some, 1.0)
    model.row("fine", nothing, 1.0, NOT_ABOVE, 0.0)
    model.row("fine", nothing, 1.0, EQUAL, 0.0)
    assert model.solve().status is Status.OPTIMAL
    model.row("broken", nothing, 1.0, NOT_BELOW, 1.0)
    assert model.solve().status is Status.INFEASIBLE


def test_no_variable_is_no_problem():
    assert Model("nothing").solve() == Solution(Status.OPTIMAL, pytest.approx(np.zeros(0)), 0.0, 0.0)


def test_a_backend_that_breaks_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch):
    def breaks(*_: object) -> None:
        raise pulp.PulpError("no licence")

    monkeypatch.setattr(pulp.HiGHS, "buildSolverModel", breaks)
    with pytest.raises(BackendError, match="highs: no licence"):
        knapsack(1).solve("highs")


def test_volumes_in_another_unit_give_the_same_solution():
    """A fixed cost, a capacity and a least contract, with volumes from 1 to 10^9: no tolerance decides."""
    for size in (1.0, 1e5, 1e9):
        for unit in (1.0, 2.0 ** round(np.log2(size))):
            model = Model("scaled", unit)
            volume = model.add("volume", np.array([6.0, 9.0]) * size)
            made = model.add("made", np.ones(2), integer=True)
            model.row("capacity", volume, 1.0, NOT_ABOVE, 10.0 * size)
            for p, (least, most) in enumerate(((3.0, 6.0), (5.0, 9.0))):
                both = np.array([volume[p], made[p]])
                model.row("most", both, np.array([1.0, -most * size]), NOT_ABOVE, 0.0)
                model.row("least", both, np.array([1.0, -least * size]), NOT_BELOW, 0.0)
            model.gain(volume, np.array([10.0, 8.0]) / size)
            model.gain(made, -np.array([4.0, 4.0]))
            solution = model.solve()
            assert solution.status is Status.OPTIMAL
            assert solution.objective == pytest.approx(5 * 10 + 5 * 8 - 8)
            assert solution.values[volume] == pytest.approx([5 * size, 5 * size])
