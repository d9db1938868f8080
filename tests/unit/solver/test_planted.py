"""Markets of 1,000 orders whose best contracts and multipliers were planted are solved to just that."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, Multipliers, WorkLimits
from solver.verify import verify
from tests.unit.solver.feasible_clearings import Searched
from tests.unit.solver.planted import KINDS, Planted, planted

SMALL = [(40, seed, kind) for seed in range(2) for kind in KINDS]
LARGE = [(500, 1, "volumes"), (500, 1, "counterparties")]  # the last has the terms of all the others


@cache
def cleared(size: int, seed: int, kind: str) -> tuple[Planted, Clearing]:
    of = planted(size, seed, kind)
    return of, clear(of.market, WorkLimits(gap=0.0))


def proven_by(clearing: Clearing, multipliers: dict[str, Decimal]) -> Clearing:
    """The same with other multipliers, which its bound is said to follow from."""
    parts = tuple(replace(part, bound_kind="recomputed") for part in clearing.components)
    return replace(clearing, multipliers=Multipliers(multipliers), bound_kind="recomputed", components=parts)


@pytest.mark.parametrize(("size", "seed", "kind"), [*SMALL, *LARGE])
def test_the_planted_optimum_is_found_and_proven(size: int, seed: int, kind: str):
    of, clearing = cleared(size, seed, kind)
    assert of.welfare == of.bound > 0
    assert (clearing.status, clearing.objective, clearing.bound) == ("optimal", of.welfare, of.welfare)
    assert verify(of.market, clearing) == []
    assert verify(of.market, proven_by(clearing, of.multipliers)) == []


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
    of, clearing = cleared(40, 0, kind)
    false = proven_by(clearing, {name: value * Decimal(factor) for name, value in of.multipliers.items()})
    assert "4.1 bound" in {violation.term for violation in verify(of.market, false)}
