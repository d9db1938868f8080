"""The verifier on terms over several contracts: what is just inside passes, what is just outside is named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import content_hash
from solver.verify import verify
from tests.unit.solver.hand_edges import EDGES, INSIDE
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
    assert ", ".join(sorted({violation.term for violation in false})) == each.term


@pytest.mark.parametrize("name", INSIDE)
def test_what_says_nothing_and_what_only_joins_passes(name: str):
    given, welfare, parts = INSIDE[name]
    clearing = clear(given, WorkLimits(gap=0.0))
    assert (clearing.objective, len(clearing.components)) == (welfare, parts)
    assert verify(given, clearing) == []


def test_a_contract_without_volume_is_refused_and_stops_nothing():
    given = EDGES["running, last month"].inside
    clearing = clear(given, WorkLimits(gap=0.0))
    empty = replace(clearing.matches[0], volumes=(D(0),) * 3)
    assert verify(given, replace(clearing, matches=(empty,))) != []


def test_a_least_volume_between_two_quanta_is_not_rounded_down():
    given = market(offer("o1", [5, 4], 100, minimum_per_period=D("4.2")), need("n1", [5, 4], 120))
    clearing = clear(given, WorkLimits(gap=0.0))
    assert verify(given, clearing) == []
    assert [match.volumes for match in clearing.matches] == [(5, 0)]
