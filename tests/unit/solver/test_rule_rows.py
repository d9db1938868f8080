"""Rows of rules in the relaxation: no feasible clearing is beyond them, and they bring the bound down."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import numpy as np
import pytest

from solver.form.market import Market
from solver.form.terms import Group, MaximumShare
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import Component, component_of
from solver.search.relaxation import relax
from solver.search.rule_rows import rule_rows
from tests.unit.solver.enumerated_markets import markets
from tests.unit.solver.feasible_clearings import Chosen, feasible, in_component
from tests.unit.solver.hand_markets import market, need, offer, only_component

BATCH = 100
CLEARINGS = 30  # of each market


def parts(given: Market) -> list[Component]:
    screened = screen(counted(given))
    return [component_of(screened, positions) for positions in components(screened)]


@pytest.mark.parametrize("first", range(0, 400, BATCH))
def test_no_feasible_clearing_breaks_one(first: int):
    rows_seen = stated_anew = 0
    for name, given in markets(first, first + BATCH):
        every: list[Chosen] | None = None
        for component in parts(given):
            rows = rule_rows(component)
            if rows is None:
                continue
            rows_seen += len(rows)
            if every is None:
                every = [chosen for _, chosen in feasible(given, CLEARINGS, Random(name))]
            relaxed = relax(component, rules=rows)
            rows = rows if relaxed.rules is None else relaxed.rules  # with all that were stated on the way
            stated_anew += len(rows)
            for chosen in every:
                exact = in_component(component, chosen)
                volumes = exact.volumes()
                taken = rows.by_cell @ volumes.ravel() + rows.by_contract @ (volumes.sum(axis=1) > 0)
                assert (taken <= rows.limits + 1e-6 * np.maximum(1.0, np.abs(rows.limits))).all(), f"{name}: {chosen}"
                at_these = rows.stated_for(volumes)
                assert len(at_these) == len(rows), f"{name}: {chosen}"
                assert float(exact.welfare()) <= relaxed.bound * (1 + 1e-9) + 1e-9, f"{name}: {chosen}"
    assert rows_seen > BATCH
    assert stated_anew > rows_seen


def bounds(of: Market) -> tuple[float, float]:
    """Without the rows and with them."""
    component = only_component(of)
    return relax(component).bound, relax(component, rules=rule_rows(component)).bound


def test_a_share_of_the_awarded_volume_by_hand():
    """Each supplier may have half of what is awarded: with 20 t the second holds the first down too."""
    half = MaximumShare(fraction=Decimal("0.5"), of="awarded")
    given = market(offer("A", [100], 5), offer("B", [20], 5), need("N", [100], 8, maximum_share=half))
    assert bounds(given) == pytest.approx((3 * (50 + 20), 3 * (20 + 20)))


def test_a_group_that_must_be_there_by_hand():
    """At least 30 t with the local supplier, if there is any contract: as much of 30 t as there is of a contract."""
    local = Group(tag="local", measure="volume", rule="at_least", value=Decimal(30))
    near = offer("B", [60], 7, tags=("local",))
    given = market(offer("A", [100], 5), near, need("N", [60], 8, groups=(local,)))
    assert bounds(given) == pytest.approx((3 * 60, 3 * 30 + 1 * 30))


def test_one_contract_that_fills_its_order_counts_whole():
    """At most one of two exclusive needs: half of the offer's volume fills either, so that each counts as made."""
    small = {"exclusive": "one of them"}
    given = market(offer("A", [100], 5), *(need(name, [50], 8, organisation="N", **small) for name in ("N1", "N2")))
    without, charged = bounds(given)
    assert without == pytest.approx(3 * 100)
    assert charged == pytest.approx(3 * 50)


def test_what_is_linked_needs_the_other_order():
    """The gainful need is filled only with one that loses 4 on each of the 10 t that it takes at the least."""
    linked = need("N1", [20], 8, organisation="N", linked_to="N2")
    other = need("N2", [50], 1, organisation="N", minimum_contract=Decimal(10))
    given = market(offer("A", [100], 5), linked, other)
    assert bounds(given)[1] <= 3 * 20


def test_rules_without_effect_are_left_out():
    wide = Group(tag="local", measure="volume", rule="at_most", value=Decimal(100))
    near = offer("B", [60], 7, tags=("local",))
    component = only_component(market(offer("A", [100], 5), near, need("N", [60], 8, groups=(wide,))))
    assert component.rules
    assert rule_rows(component) is None


def test_charges_hold_for_pairs_without_columns():
    """What the program never saw is judged at the charges, so that few columns and all give the same bound."""
    half = MaximumShare(fraction=Decimal("0.5"), of="awarded")
    offers = [offer(f"A{k}", [40], 5 + k) for k in range(6)]
    needs = [need(f"N{k}", [60], 20 - k, maximum_share=half) for k in range(4)]
    component = only_component(market(*offers, *needs))
    rows = rule_rows(component)
    assert rows is not None
    every = relax(component, rules=rows)
    few = relax(component, near=every.prices, rules=rows, close=0.0)
    assert few.bound == pytest.approx(every.bound)
    assert np.all(every.charges >= 0)
