"""A component without its fine print allows all that it allows, and says which rows were left out."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import component_of
from solver.search.formulation import build
from solver.search.outline import outline
from solver.search.rules.ramp import Ramp
from solver.search.rules.running import Running
from tests.unit.solver.enumerated_markets import markets
from tests.unit.solver.feasible_clearings import feasible, in_component
from tests.unit.solver.hand_markets import market, need, offer, only_component

BATCH = 50
CLEARINGS = 20


def test_small_lots_go_and_large_ones_stay():
    """Of 100 t a month lots of 20 t are fine print, lots of 30 t are not."""
    for lot, stays in ((20, False), (30, True)):
        component = only_component(market(offer("A", [100, 50], 5, lot=Decimal(lot)), need("N", [100, 100], 8)))
        assert component.pairs.has_lot.tolist() == [True]
        assert outline(component).pairs.has_lot.tolist() == [stays]


def test_what_says_when_a_contract_delivers_goes():
    given = market(
        offer("A", [100, 100], 5, ramp=Decimal("0.2")), need("N", [100, 60], 8, minimum_per_period=Decimal(50))
    )
    component = only_component(given)
    assert {type(rule) for rule in component.rules} == {Ramp, Running}
    assert outline(component).rules == ()


@pytest.mark.parametrize("first", range(0, 200, BATCH))
def test_no_feasible_clearing_is_better_than_the_model_of_the_outline(first: int):
    left_out = 0
    for name, given in markets(first, first + BATCH):
        screened = screen(counted(given))
        every = [chosen for _, chosen in feasible(given, CLEARINGS, Random(name))]
        for positions in components(screened):
            component = component_of(screened, positions)
            over = outline(component)
            left_out += len(over.rules) < len(component.rules)
            bound = build(over).model.solve(gap=0.0).bound
            for chosen in every:
                assert float(in_component(component, chosen).welfare()) <= bound + 1e-6 * max(1.0, bound), name
    assert left_out
