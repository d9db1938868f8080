"""The verifier on terms over several contracts: what is just inside passes, what is just outside is named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import content_hash
from solver.form.terms import CreditLimit, Payment
from solver.verify import verify
from tests.unit.solver.edges_joint import EDGES
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal


@pytest.mark.parametrize("name", EDGES)
def test_just_inside_passes_and_just_outside_is_named(name: str):
    each = EDGES[name]
    clearing = clear(each.inside, WorkLimits(gap=0.0))
    found = {f"{match.offer} {match.need}": [int(volume) for volume in match.volumes] for match in clearing.matches}
    assert found == each.volumes
    assert verify(each.inside, clearing) == []
    false = verify(each.outside, replace(clearing, market_hash=content_hash(each.outside)))
    assert {violation.term for violation in false} == {each.term}


def test_nobody_owes_on_delivery_and_no_need_is_owed():
    """3.18 values what is delivered and not yet paid: nothing at 0 days, and never anything for a need."""
    tiny = {"credit_limit": CreditLimit(exposure_cny=D("0.01"))}
    for selling, buying in (({}, tiny), ({"payment": Payment(days=0), **tiny}, {"payment": Payment(days=60)})):
        given = market(offer("o1", [10], 100, **selling), need("n1", [10], 120, **buying))
        clearing = clear(given, WorkLimits(gap=0.0))
        assert clearing.objective == 200
        assert verify(given, clearing) == []


def test_no_ramp_over_a_month_without_trade():
    """Months are neighbours only where the pair may trade in both."""
    given = market(offer("o1", [4, 0, 1], 100, ramp=D(0)), need("n1", [4, 1, 1], 120))
    clearing = clear(given, WorkLimits(gap=0.0))
    assert clearing.objective == 100
    assert verify(given, clearing) == []
