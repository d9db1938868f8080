"""Markets of 1,000 orders whose best contracts and multipliers were planted are solved to just that."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Multipliers, WorkLimits
from solver.verify import verify
from tests.unit.solver.feasible_clearings import Searched
from tests.unit.solver.planted import KINDS, planted

SMALL = [(40, seed, kind) for seed in range(2) for kind in KINDS]
LARGE = [(500, 1, "volumes"), (500, 1, "counterparties")]  # the last has the terms of all the others


@pytest.mark.parametrize(("size", "seed", "kind"), [*SMALL, *LARGE])
def test_the_planted_optimum_is_found_and_proven(size: int, seed: int, kind: str):
    of = planted(size, seed, kind)
    assert of.welfare == of.bound > 0
    clearing = clear(of.market, WorkLimits(gap=0.0))
    assert (clearing.status, clearing.objective, clearing.bound) == ("optimal", of.welfare, of.welfare)
    assert verify(of.market, clearing) == []
    own = tuple(replace(part, bound_kind="recomputed") for part in clearing.components)
    proof = Multipliers(of.multipliers)
    assert verify(of.market, replace(clearing, multipliers=proof, bound_kind="recomputed", components=own)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_planted_contracts_are_a_clearing(kind: str):
    """Of the welfare that was planted, whatever the search finds by itself."""
    of = planted(40, 3, kind)
    clearing = Searched(of.market).clearing(of.volumes)
    assert clearing.objective == of.welfare
    assert verify(of.market, clearing) == []
    found = {(match.offer, match.need): tuple(map(Fraction, match.volumes)) for match in clearing.matches}
    assert found.items() <= of.volumes.items()  # contracts that gain nothing are none


@pytest.mark.parametrize("factor", ["0.5", "0.99", "1.01"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_multipliers_prove_less(kind: str, factor: str):
    """So that the proof above is no matter of course."""
    of = planted(40, 0, kind)
    clearing = clear(of.market, WorkLimits(gap=0.0))
    own = tuple(replace(part, bound_kind="recomputed") for part in clearing.components)
    proof = Multipliers({name: value * Decimal(factor) for name, value in of.multipliers.items()})
    false = replace(clearing, multipliers=proof, bound_kind="recomputed", components=own)
    assert "4.1 bound" in {violation.term for violation in verify(of.market, false)}
