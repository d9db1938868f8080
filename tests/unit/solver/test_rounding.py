"""What misses a minimum after rounding: the better of dropping it and of deciding again what is around it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from solver.search import rounding
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.search.rounding import exact_volumes
from tests.unit.solver.hand_markets import market, need, offer, only_component


@pytest.fixture
def component() -> Component:
    """Need M wants 10 t in all or nothing: A and B have 6 t each; C serves N, whatever becomes of the others."""
    whole = need("M", [10], 9, minimum_fill=Decimal(1))
    return only_component(
        market(offer("A", [6], 5), offer("B", [6], 6), offer("C", [50], 4), whole, need("N", [40], 8))
    )


def pair(component: Component, seller: str, buyer: str) -> int:
    """Position of a pair."""
    sides = [tuple(order.id for order in component.sides(p)) for p in range(len(component))]
    return sides.index((seller, buyer))


def short_of_one(component: Component) -> np.ndarray:
    """M has 8 t of its 10 t and nothing is left at A; N has all."""
    volumes = np.zeros((len(component), 1))
    volumes[pair(component, "A", "M")] = 6
    volumes[pair(component, "B", "M")] = 2
    volumes[pair(component, "C", "N")] = 40
    return volumes


def ruined(exact: ExactVolumes, backend: str) -> None:
    """What a model that had to end early came to: nothing."""
    for p in list(exact.quanta):
        exact.drop(p)


def untouched(exact: ExactVolumes, backend: str) -> None:
    """A model that found nothing."""


@pytest.mark.parametrize("settle", [ruined, untouched])
def test_a_model_that_ends_badly_costs_nothing(
    component: Component, settle: Callable[[ExactVolumes, str], None], monkeypatch: pytest.MonkeyPatch
):
    """M's contracts cannot be topped up, since that is switched off too: they go, and N keeps all it has."""
    monkeypatch.setattr(rounding, "_settle", settle)
    monkeypatch.setattr(rounding, "_top_up", lambda exact: None)
    exact, dropped = exact_volumes(component, short_of_one(component), fill_up=False)
    assert exact.quanta == {pair(component, "C", "N"): [40]}
    assert dropped == 2


def test_a_model_that_mends_is_taken(component: Component, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rounding, "_top_up", lambda exact: None)
    exact, dropped = exact_volumes(component, short_of_one(component), fill_up=False)
    assert exact.pair_total(pair(component, "A", "M")) + exact.pair_total(pair(component, "B", "M")) == 10
    assert exact.pair_total(pair(component, "C", "N")) == 40
    assert dropped == 0


def test_rounding_up_to_a_minimum_needs_no_model(component: Component, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rounding, "_settle", ruined)
    exact, dropped = exact_volumes(component, short_of_one(component))
    assert exact.pair_total(pair(component, "B", "M")) == 4
    assert (dropped, exact.shortfalls()) == (0, [])
