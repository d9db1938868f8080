"""What must hold of exact optima whatever the market is, with terms over several contracts in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market, Order
from solver.form.terms import CreditLimit, Group, MinimumContract, SplitVolume
from solver.verify import verify
from tests.unit.solver.tiny_joint import ABSENT, joint_market

D = Decimal
EXACT = WorkLimits(gap=0.0)
BATCH = 20


def statuses(clearing: Clearing) -> dict[str, str]:
    return {outcome.order: outcome.status for outcome in clearing.orders}


@pytest.mark.parametrize("start", range(0, 100, BATCH))
def test_the_order_of_the_orders_changes_nothing(start: int):
    """Neither the welfare nor who trades: in these markets no two best clearings differ in that."""
    for seed in range(start, start + BATCH):
        given = joint_market(seed)
        orders = list(given.orders)
        Random(seed).shuffle(orders)
        found, other = clear(given, EXACT), clear(replace(given, orders=tuple(orders)), EXACT)
        assert other.objective == found.objective, f"seed {seed}"
        assert statuses(other) == statuses(found), f"seed {seed}"


@dataclass(frozen=True)
class Scale:
    """Another unit of volume: ``by`` times as many units, each worth as much; costs of contracts grow alike."""

    by: int

    def market(self, given: Market) -> Market:
        policy = replace(given.policy, contract_cost=self.by * given.policy.contract_cost)
        grades = tuple(
            replace(g, quantum=self.by * g.quantum, contract_cost=g.contract_cost and self.by * g.contract_cost)
            for g in given.grades
        )
        return replace(given, policy=policy, grades=grades, orders=tuple(map(self.order, given.orders)))

    def order(self, order: Order) -> Order:
        sizes = ("lot", "maximum_contract", "minimum_per_period")
        changes: dict[str, Any] = {name: self._times(getattr(order, name)) for name in sizes}
        least, source, credit = order.minimum_contract, order.source, order.credit_limit
        if isinstance(least, MinimumContract):
            changes["minimum_contract"] = replace(least, volume=self.by * least.volume)
        else:
            changes["minimum_contract"] = self._times(least)
        if source is not None:
            changes["source"] = replace(source, capacity=tuple(self.by * each for each in source.capacity))
        if credit is not None:
            changes["credit_limit"] = CreditLimit(exposure_cny=self.by * credit.exposure_cny)
        groups = (replace(g, value=self.by * g.value) if g.measure == "volume" else g for g in order.groups)
        stocked = (replace(each, stocked=self.by * each.stocked) for each in order.inputs)
        if order.storage is not None:
            amounts = {name: self.by * getattr(order.storage, name) for name in ("opening", "closing", "capacity")}
            changes["storage"] = replace(order.storage, **amounts)
        if order.tiers is not None:
            steps = (replace(step, from_volume=self.by * step.from_volume) for step in order.tiers.steps)
            changes["tiers"] = replace(order.tiers, steps=tuple(steps))
        volumes = tuple(self._volume(volume) for volume in order.volumes)
        return replace(order, volumes=volumes, groups=tuple(groups), inputs=tuple(stocked), **changes)

    def _volume(self, volume: Decimal | SplitVolume) -> Decimal | SplitVolume:
        if isinstance(volume, SplitVolume):
            return SplitVolume(firm=self.by * volume.firm, planned=self.by * volume.planned)
        return self.by * volume

    def _times(self, amount: Decimal | None) -> Decimal | None:
        return None if amount is None else self.by * amount


@pytest.mark.parametrize("start", range(0, 80, BATCH))
@pytest.mark.parametrize("by", [8, 1000])
def test_another_unit_of_volume_changes_nothing_but_the_figures(start: int, by: int):
    for seed in range(start, start + BATCH):
        given, scale = joint_market(seed), Scale(by)
        found, scaled = clear(given, EXACT), clear(scale.market(given), EXACT)
        exact = sum((Fraction(match.gain_cny) for match in found.matches), Fraction(0))
        grown = sum((Fraction(match.gain_cny) for match in scaled.matches), Fraction(0))
        assert abs(Fraction(scaled.objective) - by * Fraction(found.objective)) <= Fraction(by + 1, 100), f"seed {seed}"
        assert grown == by * exact, f"seed {seed}"
        assert statuses(scaled) == statuses(found), f"seed {seed}"
        assert verify(scale.market(given), scaled) == []


def tighter_source(order: Order) -> dict[str, Any]:
    return {"source": order.source and replace(order.source, capacity=tuple(c / 2 for c in order.source.capacity))}


def tighter_minimum(order: Order) -> dict[str, Any]:
    return {"minimum_per_period": (order.minimum_per_period or D(0)) + 1}


def tighter_incumbents(order: Order) -> dict[str, Any]:
    shares = (replace(each, least_share=min(D(1), (each.least_share or D(0)) * 2)) for each in order.incumbents)
    return {"incumbents": tuple(shares)}


def tighter_groups(order: Order) -> dict[str, Any]:
    return {"groups": (*order.groups, Group(tag="local", rule="at_least", measure="share", value=D("0.4")))}


def tighter_ramp(order: Order) -> dict[str, Any]:
    return {"ramp": (D(1) if order.ramp is None else order.ramp) / 2}


def tighter_credit(order: Order) -> dict[str, Any]:
    limit = D(200) if order.credit_limit is None else order.credit_limit.exposure_cny / 2
    return {"credit_limit": CreditLimit(exposure_cny=limit)}


def tighter_inputs(order: Order) -> dict[str, Any]:
    return {
        "inputs": tuple(replace(i, stocked=i.stocked / 2, units_per_unit=i.units_per_unit * 2) for i in order.inputs)
    }


def tighter_links(order: Order) -> dict[str, Any]:
    return {"exclusive": "one"}


TIGHTER: dict[str, Callable[[Order], dict[str, Any]]] = {
    "source": tighter_source,
    "minimum_per_period": tighter_minimum,
    "incumbents": tighter_incumbents,
    "groups": tighter_groups,
    "links": tighter_links,
    "ramp": tighter_ramp,
    "credit_limit": tighter_credit,
    "inputs": tighter_inputs,
}


@pytest.mark.parametrize("term", TIGHTER)
def test_a_tighter_term_never_raises_the_welfare(term: str):
    lower = 0
    for seed in range(7000, 7080):
        given = joint_market(seed, only=term)
        orders = tuple(replace(order, **TIGHTER[term](order)) for order in given.orders)
        found, tight = clear(given, EXACT), clear(replace(given, orders=orders), EXACT)
        assert tight.objective <= found.objective, f"seed {seed}"
        lower += tight.objective < found.objective
    assert lower >= 2


@pytest.mark.parametrize("term", sorted(set(ABSENT) - {"family", "storage", "tiers", "alternates"}))
def test_a_term_less_never_lowers_the_welfare(term: str):
    """But for a family's, without which each order's own counts hold, and what makes more possible (3.20 to 3.22)."""
    for seed in range(40):
        given = joint_market(seed)
        freed = replace(given, orders=tuple(replace(order, **{term: ABSENT[term]}) for order in given.orders))
        assert clear(freed, EXACT).objective >= clear(given, EXACT).objective, f"seed {seed}"


def counted_by_others(given: Market, order: Order) -> bool:
    """Whether another order's terms count this one though it trades nothing: as the orders of a family count it."""
    return order.family is not None and order.minimum_fill is not None


@pytest.mark.parametrize("start", range(0, 80, BATCH))
def test_one_order_more_never_lowers_the_welfare(start: int):
    """But for one that joins a family with a minimum fill: the rest has to fill a part of its volume too (3.11)."""
    for seed in range(start, start + BATCH):
        given = joint_market(seed)
        whole = clear(given, EXACT)
        for order in given.orders:
            rest = tuple(each for each in given.orders if each.id != order.id)
            named = any(order.id in (each.linked_to, *(i.need for i in each.inputs)) for each in rest)
            if not named and not counted_by_others(given, order):
                assert clear(replace(given, orders=rest), EXACT).objective <= whole.objective, f"seed {seed} {order.id}"


def test_one_order_more_in_a_family_with_a_minimum_fill_may_lower_it():
    lower = 0
    for seed in range(50, 150):
        given = joint_market(seed)
        for order in given.orders:
            if counted_by_others(given, order):
                rest = replace(given, orders=tuple(each for each in given.orders if each.id != order.id))
                named = any(order.id in (each.linked_to, *(i.need for i in each.inputs)) for each in rest.orders)
                lower += not named and clear(rest, EXACT).objective > clear(given, EXACT).objective
    assert lower >= 3


def in_thousandths(given: Market) -> Market:
    """The same market without lots, its volumes in thousandths of a tonne."""
    grades = tuple(replace(grade, quantum=D("0.001")) for grade in given.grades)
    return replace(given, grades=grades, orders=tuple(replace(order, lot=None) for order in given.orders))


@pytest.mark.parametrize("start", range(8000, 8060, BATCH))
def test_without_lots_there_is_no_less_to_gain_and_all_holds_exactly(start: int):
    """Volumes in thousandths are rounded to what every term still allows."""
    for seed in range(start, start + BATCH):
        coarse = joint_market(seed)
        fine = clear(in_thousandths(coarse), EXACT)
        assert verify(in_thousandths(coarse), fine) == [], f"seed {seed}"
        if not any(isinstance(order.minimum_contract, MinimumContract) for order in coarse.orders):
            assert fine.bound >= clear(coarse, EXACT).objective, f"seed {seed}"  # else the least is rounded up too
