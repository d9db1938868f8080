"""Components in which nothing is whole: solved to their end by the relaxation, and never taken for one that is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.generate import generate
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import relaxation
from solver.search.component import component_of
from solver.search.divisible import is_divisible

WHOLE_QUANTA = Decimal("1e-5")  # of the bound: what rounding of shares to a kilogram may cost a small market


@pytest.mark.parametrize("seed", range(3))
def test_what_is_divisible_is_solved_to_its_end(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(relaxation, "NEAR_PER_ORDER", 1)  # so that most columns have to be found
    clearing = clear(generate(120, 120, 12, seed, divisible=True), WorkLimits(gap=0.0))
    assert clearing.bound - clearing.objective <= clearing.bound * WHOLE_QUANTA


def test_whole_contracts_are_not_divisible():
    for divisible in (True, False):
        screened = screen(counted(generate(40, 40, 12, 1, divisible=divisible)))
        parts = [component_of(screened, positions) for positions in components(screened)]
        large = [part for part in parts if len(part) > 20]
        assert large
        assert all(is_divisible(part) is divisible for part in large)
