"""Volumes leave the solver as whole quanta or lots that satisfy every row exactly (docs/model.md 3.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Market
from solver.form.terms import Counterparties, Flexibility, MaximumShare, Option
from solver.search.exact import ExactVolumes
from solver.search.insertion import insert
from solver.search.rounding import exact_volumes
from solver.verify import verify
from tests.unit.solver.hand_markets import market, need, offer, only_component

EXACT = WorkLimits(gap=0.0)


def volumes_of(found: Market, *rows: list[float], backend: str = "highs") -> tuple[dict[str, list[int]], int]:
    """What becomes of a solver's volumes (one row a pair), in quanta by pair."""
    component = only_component(found)
    exact, dropped = exact_volumes(component, np.array(rows, dtype=float), backend)
    assert not exact.shortfalls()
    return {str(p): row for p, row in exact.quanta.items()}, dropped


def test_near_a_whole_step_is_that_step():
    found = market(offer("o", [7], 0), need("n", [9], 1))
    assert volumes_of(found, [6.9999999]) == ({"0": [7]}, 0)


def test_what_is_left_by_rounding_down_goes_to_the_best_contract():
    """Thirds of 10: 3 and 3 and 3, and the one left to the pair that gains most."""
    found = market(offer("o", [10], 0), need("a", [9], 1), need("b", [9], 3), need("c", [9], 2))
    assert volumes_of(found, [10 / 3], [10 / 3], [10 / 3]) == ({"0": [3], "1": [4], "2": [3]}, 0)


def test_what_breaks_a_capacity_is_taken_from_the_least_gainful():
    found = market(offer("o", [10], 0), need("a", [9], 1), need("b", [9], 3))
    assert volumes_of(found, [5.0], [6.0]) == ({"0": [4], "1": [6]}, 0)


def test_flexibility_leaves_no_half_quantum():
    """1.05 x 9 = 9.45 fits in 10, 1.05 x 10 does not."""
    flexible = Flexibility(requires=Option(up=Decimal("0.05"))), Flexibility(grants=Option(up=Decimal("0.05")))
    found = market(offer("o", [10], 0, flexibility=flexible[1]), need("n", [20], 1, flexibility=flexible[0]))
    assert volumes_of(found, [10 / 1.05]) == ({"0": [9]}, 0)


def test_a_minimum_lost_by_rounding_is_topped_up_first():
    """Both contracts need 5; rounding down leaves 4 and 4 of 10."""
    found = market(
        offer("o", [10], 0),
        need("a", [9], 1, minimum_contract=Decimal(5)),
        need("b", [9], 3, minimum_contract=Decimal(5)),
    )
    assert volumes_of(found, [4.9], [4.9]) == ({"0": [5], "1": [5]}, 0)


@pytest.mark.parametrize("backend", ["highs", "cbc"])
def test_where_topping_up_fails_a_small_model_decides(backend: str):
    """The need of 8 at least got 7 of its 8 and the rest is taken: the others give one back."""
    found = market(
        offer("o", [12], 0), need("a", [9], 2, minimum_contract=Decimal(8)), need("b", [9], 1), need("c", [9], 1)
    )
    quanta, dropped = volumes_of(found, [7.0], [3.0], [2.0], backend=backend)
    assert dropped == 0
    assert sum(quanta["0"]) >= 8
    assert sum(sum(row) for row in quanta.values()) == 12


def test_a_contract_that_cannot_be_kept_is_dropped():
    """Nothing but 5 will do for either, and there are 9: one goes, and the other takes what is left."""
    minimum = {"minimum_contract": Decimal(5)}
    found = market(
        offer("o", [9], 0, minimum_contract=Decimal(5)), need("a", [9], 1, **minimum), need("b", [9], 3, **minimum)
    )
    quanta, _ = volumes_of(found, [4.5], [4.5])
    assert quanta == {"1": [9]}


def test_lots_are_kept_by_every_step():
    found = market(offer("o", [22], 0, lot=Decimal(5)), need("a", [30], 2), need("b", [30], 1))
    assert volumes_of(found, [12.0], [10.0]) == ({"0": [10], "1": [10]}, 0)


def test_an_awarded_share_survives_rounding():
    terms = {"maximum_share": MaximumShare(fraction=Decimal("0.5"), of="awarded")}
    found = market(offer("a", [10], 0), offer("b", [5], 1), need("n", [20], 9, **terms))
    quanta, _ = volumes_of(found, [5.4], [5.0])
    assert quanta == {"0": [5], "1": [5]}


def test_insertion_adds_what_gains_with_the_rest_held():
    found = market(offer("o", [10], 0), offer("p", [4], 1), need("a", [9], 5), need("b", [9], 3), contract_cost="4")
    exact = ExactVolumes(only_component(found))
    exact.change(0, 0, 9)
    assert insert(exact) == 1  # b takes p's 4 for 8 - 4; the 1 left of o would gain it 3 - 4
    assert insert(exact) == 0
    assert not exact.shortfalls()


def test_insertion_fills_an_order_that_needs_several():
    terms: dict[str, Any] = {"minimum_fill": Decimal(1), "counterparties": Counterparties(least=2)}
    found = market(offer("o", [6], 0), offer("p", [4], 1), need("a", [10], 5, **terms))
    exact = ExactVolumes(only_component(found))
    assert insert(exact) == 2
    assert exact.welfare() == 6 * 5 + 4 * 4


def test_welfare_is_exact_in_decimals():
    found = market(offer("o", ["0.3"], "0.1"), need("n", ["0.3"], "0.3"), quantum="0.1", contract_cost="0.01")
    clearing = clear(found, EXACT)
    assert clearing.matches[0].gain_cny == Decimal("0.06")
    assert clearing.objective == Decimal("0.05")


@pytest.mark.parametrize("seed", range(25))
def test_random_terms_are_kept_exactly(seed: int):
    """Awkward fractions on all sides: the verifier, which knows no tolerance, has nothing to say."""
    draw = np.random.default_rng(seed)

    def awkward() -> Decimal:
        return Decimal(int(draw.integers(100, 900))) / 1000

    def volumes() -> list[str]:
        return [f"{each:.3f}" for each in draw.uniform(0, 30, 3)]

    up = awkward() / 10
    offers = [
        offer(
            f"o{i}",
            volumes(),
            int(draw.integers(0, 50)),
            flexibility=Flexibility(grants=Option(up=up), requires=Option(up=up / 3 if i == 0 else Decimal(0))),
            minimum_fill=awkward() if i == 1 else None,
            maximum_share=MaximumShare(fraction=awkward(), of="awarded") if i == 2 else None,
        )
        for i in range(4)
    ]
    needs = [
        need(
            f"n{i}",
            volumes(),
            int(draw.integers(40, 90)),
            flexibility=Flexibility(requires=Option(up=up), grants=Option(up=up)),
            minimum_fill=awkward() if i == 0 else None,
            minimum_contract=Decimal("7.777") if i == 1 else None,
            maximum_share=MaximumShare(fraction=awkward()) if i == 2 else None,
            counterparties=Counterparties(least=2) if i == 3 else None,
        )
        for i in range(4)
    ]
    found = market(*offers, *needs, quantum="0.001", contract_cost="11.13")
    clearing = clear(found, WorkLimits(gap=1e-4))
    assert verify(found, clearing) == []
    assert clearing.note is None
    assert clearing.gap <= Decimal("0.001")
