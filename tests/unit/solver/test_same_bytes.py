"""A clearing's bytes do not tell how many processes made it: a component that went through one gives the same."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from solver.form.market import Market, canonical_bytes
from solver.form.terms import Flexibility, Option
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import component_of
from solver.search.exact import ExactVolumes
from solver.search.insertion import insert
from solver.search.matches import matches_of
from tests.unit.solver.enumerated_markets import markets
from tests.unit.solver.hand_markets import market, need, offer


def cleared(given: Market) -> list[ExactVolumes]:
    """Every component with whatever fits, one contract after the other."""
    screened = screen(counted(given))
    found = [ExactVolumes(component_of(screened, positions)) for positions in components(screened)]
    for exact in found:
        insert(exact)
    return found


def both_ways(given: Market) -> tuple[bytes, bytes]:
    here = cleared(given)
    elsewhere = pickle.loads(pickle.dumps(here))
    return canonical_bytes(matches_of(given, here)), canonical_bytes(matches_of(given, elsewhere))


@pytest.mark.parametrize("first", [0, 100, 200])
def test_tiny_markets_over_all_terms(first: int):
    seen = 0
    for name, given in markets(first, first + 100):
        here, elsewhere = both_ways(given)
        assert here == elsewhere, name
        seen += len(here) > 2
    assert seen > 10


def test_an_option_per_period_is_the_default_however_it_came():
    option = Flexibility(requires=Option(down=Decimal("0.1")))
    grants = Flexibility(grants=Option(down=Decimal("0.2")))
    given = market(offer("o1", [5], 90, flexibility=grants), need("n1", [5], 100, flexibility=option))
    here, elsewhere = both_ways(given)
    assert b"band_per" not in here
    assert here == elsewhere
