"""Multipliers found period by period, from which a very large component whose gains move is relaxed."""

from __future__ import annotations

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.generate import generate
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import begun
from solver.search.bound import bound_at, no_prices
from solver.search.component import Component, component_of
from solver.search.each_period import CLOSE, each_period_alone
from solver.search.relaxation import relax
from solver.verify import verify


def largest(seed: int, periods: int = 6) -> Component:
    screened = screen(generate(150, 150, periods, seed, "ramped"))
    return component_of(screened, components(screened)[0])


@pytest.mark.parametrize("seed", range(3))
def test_one_period_alone_is_the_relaxation_itself(seed: int):
    component = largest(seed, periods=1)
    near = each_period_alone(component)
    assert near is not None
    assert bound_at(component, near) == pytest.approx(relax(component).bound, rel=CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_periods_alone_come_nearer_than_nothing_and_lead_to_the_same_optimum(seed: int):
    component = largest(seed)
    near = each_period_alone(component)
    assert near is not None
    best = relax(component, close=0.0)
    assert (
        0.99 * best.bound <= bound_at(component, near) <= 1.02 * best.bound < bound_at(component, no_prices(component))
    )
    assert relax(component, near=near, close=0.0).bound == pytest.approx(best.bound, rel=0.002)


def test_the_deadline_ends_it():
    assert each_period_alone(largest(0), deadline=0.0) is None


@pytest.mark.parametrize("seed", range(2))
def test_a_clearing_that_begins_so_is_proven_like_any_other(monkeypatch: pytest.MonkeyPatch, seed: int):
    market, limits = generate(80, 80, 6, seed, "ramped"), WorkLimits(gap=0.02)
    usual = clear(market, limits)
    asked: list[int] = []

    def noted(component: Component, deadline: float | None):
        asked.append(len(component))
        return each_period_alone(component, deadline)

    monkeypatch.setattr(begun, "VERY_MANY_PAIRS", 40)
    monkeypatch.setattr(begun, "each_period_alone", noted)
    found = clear(market, limits)
    assert asked
    assert verify(market, found) == []
    assert found.bound >= usual.objective
    assert found.objective <= usual.bound
    assert np.isclose(float(found.bound), float(usual.bound), rtol=0.01)
