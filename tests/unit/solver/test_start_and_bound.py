"""What a large component's search begins with: first volumes by diving, a bound tightened by subgradients."""

from __future__ import annotations

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.generate import generate
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import subgradient
from solver.search.bound import bound_at, profits
from solver.search.component import Component, component_of
from solver.search.dive import dive
from solver.search.narrowed import narrowed
from solver.search.relaxation import Relaxed, relax
from solver.search.stages import Search
from solver.search.subgradient import tightened
from tests.unit.solver.tiny_joint import joint_market
from tests.unit.solver.tiny_markets import tiny_market


def largest(seed: int) -> tuple[Component, Relaxed]:
    screened = screen(generate(40, 40, 6, seed, "ramped"))
    component = component_of(screened, components(screened)[0])
    return component, relax(component)


@pytest.mark.parametrize("seed", range(3))
def test_tightened_multipliers_prove_less_and_never_too_little(seed: int):
    component, relaxed = largest(seed)
    found = tightened(component, relaxed)
    assert found.bound <= relaxed.bound
    assert seed != 0 or found.bound < relaxed.bound
    assert found.bound == pytest.approx(bound_at(component, found.prices))
    assert all((each >= 0).all() for each in (found.prices.capacity, found.prices.parties))
    market = component.market
    (part, *_) = clear(market, WorkLimits(gap=0.005, nodes=300)).components
    assert found.bound >= float(part.objective) - 0.01


def test_tightening_ends_at_the_deadline():
    component, relaxed = largest(0)
    assert tightened(component, relaxed, deadline=0.0) is relaxed


@pytest.mark.parametrize("seed", range(3))
def test_a_dive_keeps_capacities_contract_sizes_and_numbers(seed: int):
    component, relaxed = largest(seed)
    own = component.pairs
    volumes = dive(component, np.arange(len(component), dtype=np.int64))
    sizes = volumes.sum(axis=1)
    made = sizes > 0
    assert made.any()
    assert (sizes[made] >= own.contract_least[made] - 1e-6).all()
    assert (sizes <= own.contract_most + 1e-6).all()
    assert (volumes <= own.most + 1e-6).all()
    for rows in component.orders:
        assert (rows.weight @ volumes[rows.pairs] <= rows.capacity + 1e-6).all()
        assert rows.most is None or made[rows.pairs].sum() <= rows.most
    assert 0.8 * relaxed.bound < component.welfare(volumes) <= relaxed.bound


@pytest.mark.parametrize("seed", range(3))
def test_a_narrowed_component_adds_what_its_pairs_add(seed: int):
    component, relaxed = largest(seed)
    kept = np.flatnonzero(np.random.default_rng(seed).random(len(component)) < 0.4)
    part, prices = narrowed(component, kept), relaxed.prices
    profit = profits(component, prices)
    assert profits(part, prices) == pytest.approx(profit[kept])
    others = np.setdiff1d(np.arange(len(component)), kept)
    added = float(np.maximum(profit[others], 0.0).sum())
    assert bound_at(part, prices) + added == pytest.approx(bound_at(component, prices))
    for rows, before in zip(part.orders, component.orders, strict=True):
        assert (kept[rows.pairs] == np.intersect1d(kept, before.pairs)).all()


def test_what_is_tightened_over_few_pairs_bounds_all_of_them(monkeypatch: pytest.MonkeyPatch):
    component, relaxed = largest(0)
    monkeypatch.setattr(subgradient, "NEAR_PER_ORDER", 1)
    kept = subgradient._near(component, relaxed)
    assert len(kept) < len(component) / 2
    found = tightened(component, relaxed)
    assert found.bound == pytest.approx(bound_at(component, found.prices))
    assert found.bound < relaxed.bound


@pytest.mark.parametrize("seed", range(2))
def test_a_relaxation_that_begins_near_its_end_is_as_good(seed: int):
    component, relaxed = largest(seed)
    again = relax(component, near=relaxed.prices)
    assert again.bound == pytest.approx(relaxed.bound, rel=3e-4)


@pytest.mark.parametrize("seed", range(40))
def test_the_descent_counts_the_bound_of_every_row(seed: int):
    """Its own sums against 4.1 as the bound counts it: counterparties, shares of parties and stocks included."""
    screened = screen(counted(joint_market(seed) if seed % 2 else tiny_market(seed)))
    for positions in components(screened):
        component = component_of(screened, positions)
        prices = relax(component).prices
        search = subgradient._Descent(component, np.arange(len(component)), prices)
        value, _ = search._value(search.best)
        assert value == pytest.approx(bound_at(component, prices), abs=1e-6)


def test_in_a_hurry_a_dive_has_to_do_for_a_beginning_and_the_clearing_says_that_the_clock_did_it():
    component, _ = largest(0)
    limits = WorkLimits(gap=0.0001)
    calm, hurried = Search(component, limits), Search(component, limits, hurry_from=0.0)
    for search in (calm, hurried):
        search.start()
    assert 0 < hurried.objective < calm.objective
    assert (calm.found.clock_hit, hurried.found.clock_hit) == (False, True)
    assert hurried.refine()  # the first model is only put off
    assert hurried.objective >= calm.objective
    assert hurried.found.clock_hit
