"""The solver against exhaustive search on tiny markets with all honoured terms switched on at random."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import canonical_bytes
from solver.form.reading import read_market
from solver.verify import verify
from tests.unit.solver.enumerated_markets import disagreements
from tests.unit.solver.enumeration import enumerate_market
from tests.unit.solver.enumeration_lp import enumerate_contracts
from tests.unit.solver.tiny_joint import FAMILIES, joint_market, with_other_grades, without_joint_terms
from tests.unit.solver.tiny_markets import tiny_market

EXACT = WorkLimits(gap=0.0)
MARKETS, BATCH = 300, 20
CENT = Fraction(1, 100)


@pytest.mark.parametrize("start", range(0, MARKETS, BATCH))
def test_the_objective_is_that_of_exhaustive_search(start: int):
    for seed in range(start, start + BATCH):
        market = read_market(canonical_bytes(tiny_market(seed)))
        assert disagreements(market, enumerate_market(market)) == [], f"seed {seed}"


@pytest.mark.parametrize("start", range(1000, 1040, BATCH))
def test_without_lots_the_objective_is_that_of_the_best_set_of_contracts(start: int):
    """Volumes in thousandths: a clearing that calls itself optimal is, any other states a bound that holds."""
    for seed in range(start, start + BATCH):
        market = read_market(canonical_bytes(tiny_market(seed, lots=False)))
        clearing = clear(market, EXACT)
        best = enumerate_contracts(market)
        assert verify(market, clearing) == [], f"seed {seed}"
        assert float(clearing.objective) <= best + 1e-4, f"seed {seed}"
        assert float(clearing.bound) >= best - 0.01, f"seed {seed}"
        if clearing.status == "optimal":
            assert float(clearing.objective) >= best - 0.01 - 1e-6 * best, f"seed {seed}"


@pytest.mark.parametrize("start", range(3000, 3060, BATCH))
def test_with_other_grades_and_without_lots_it_is_so_too(start: int):
    """Volumes in quanta of either grade, whose ratio makes them fractions of the need's own."""
    served = 0
    for seed in range(start, start + BATCH):
        market = tiny_market(seed, lots=False)
        market, orders = with_other_grades(Random(seed), market, list(market.orders))
        market = read_market(canonical_bytes(replace(market, orders=tuple(orders))))
        clearing = clear(market, EXACT)
        best = enumerate_contracts(market)
        assert verify(market, clearing) == [], f"seed {seed}"
        assert float(clearing.objective) <= best + 1e-4, f"seed {seed}"
        assert float(clearing.bound) >= best - 0.01, f"seed {seed}"
        if clearing.status == "optimal":
            assert float(clearing.objective) >= best - 0.01 - 1e-6 * best, f"seed {seed}"
        served += sum(match.ratio is not None for match in clearing.matches)
    assert served > 3


@pytest.mark.parametrize("start", range(7200, 7400, BATCH))
def test_with_other_grades_it_is_so_too(start: int):
    """Alternates alone, in more markets than the other terms: they touch every sum that a need has."""
    for seed in range(start, start + BATCH):
        market = read_market(canonical_bytes(joint_market(seed, only="alternates")))
        assert disagreements(market, enumerate_market(market)) == [], f"seed {seed}"


def test_the_markets_trade_enough_to_tell_something():
    welfares = [enumerate_market(tiny_market(seed)) for seed in range(0, MARKETS, 3)]
    traded = [best for best in welfares if best.contracts]
    assert len(traded) > 50
    assert max(len(best.contracts) for best in traded) >= 4
    assert all(best.welfare > Decimal(0) for best in traded)


@pytest.mark.parametrize("start", range(0, 400, BATCH))
def test_with_terms_over_several_contracts_it_is_so_too(start: int):
    for seed in range(start, start + BATCH):
        market = read_market(canonical_bytes(joint_market(seed)))
        assert disagreements(market, enumerate_market(market)) == [], f"seed {seed}"


@pytest.mark.parametrize("family", FAMILIES)
def test_each_such_term_binds_somewhere(family: str):
    """Else the enumeration above would say nothing of it: without the term there is more to gain in some market."""
    binding = 0
    for seed in range(5000, 5060):
        market = joint_market(seed, only=family)
        clearing = clear(market, EXACT)
        assert Fraction(clearing.objective) == enumerate_market(market).welfare // CENT * CENT, f"seed {seed}"
        binding += clear(without_joint_terms(market), EXACT).objective != clearing.objective
    assert binding >= 3
