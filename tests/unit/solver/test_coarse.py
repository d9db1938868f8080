"""Contracts that deliver evenly: the coarse component asks of them what every period would, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Market
from solver.form.terms import CreditLimit, Payment, Source
from solver.pairs.counted import counted
from solver.pairs.screened import Floats
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.begun import begun, rules_decide
from solver.search.coarse import coarse, spread_evenly
from solver.search.component import Component, component_of
from solver.search.rules.row import Row
from solver.search.stages import Search
from solver.verify import verify
from tests.unit.solver.enumerated_markets import markets
from tests.unit.solver.hand_markets import market, need, offer, only_component

NEAR = 1e-9


def parts(given: Market) -> list[Component]:
    screened = screen(counted(given))
    return [component_of(screened, positions) for positions in components(screened)]


def volume_rows(component: Component) -> list[Row]:
    return [rule for rule in component.rules if isinstance(rule, Row) and not rule.made]


def most_beyond(rows: list[Row], volumes: Floats) -> float:
    """How far volumes are beyond the row that they break most, of its limit or of 1."""
    return max((row.lacks(volumes) / max(1.0, abs(float(row.limit))) for row in rows), default=0.0)


@pytest.mark.parametrize("first", [0, 200])
def test_its_rows_ask_what_all_rows_ask_of_contracts_that_deliver_evenly(first: int):
    broken = kept = fewer = 0
    for name, given in markets(first, first + 200):
        for component in parts(given):
            over, shares, random = coarse(component), spread_evenly(component), Random(name)
            fewer += len(volume_rows(over)) < len(volume_rows(component))
            for _ in range(20):
                most = component.pairs.contract_most
                volumes = most * [random.choice((0.0, random.random(), 1.0)) for _ in most]
                by_period = most_beyond(volume_rows(component), volumes[:, None] * shares)
                of_term = most_beyond(volume_rows(over), volumes[:, None])
                if by_period > NEAR or of_term > NEAR:
                    assert by_period > NEAR / 10, name
                    assert of_term > NEAR / 10, name
                broken += by_period > NEAR
                kept += by_period == 0
    assert min(broken, kept) > 500
    assert fewer > 0


def test_a_line_in_its_tightest_month_by_hand():
    """A third of an even contract is in each of 3 months: what the line makes in the second is the row."""
    line = Source(site="s", line="l", capacity=(Decimal(9), Decimal(2), Decimal(5)))
    given = market(
        offer("o1", [6, 6, 6], 90, source=line), offer("o2", [6, 6, 6], 91, source=line), need("n1", [4, 4, 4], 100)
    )
    component = only_component(given)
    (row,) = volume_rows(coarse(component))
    assert float(row.limit) == 2
    assert {p: float(of[0]) for p, of in row.volumes.items()} == {0: pytest.approx(1 / 3), 1: pytest.approx(1 / 3)}
    assert spread_evenly(component).tolist() == [[pytest.approx(1 / 3)] * 3] * 2


def test_gains_are_weighed_by_the_periods_that_carry_them():
    given = market(offer("o1", [2, 6], 90), need("n1", [4, 6], 100))
    component = only_component(given)
    assert spread_evenly(component).tolist() == [[0.25, 0.75]]
    moved = replace(component, pairs=replace(component.pairs, gain=np.array([[10.0, 6.0]])))
    assert coarse(moved).pairs.gain.tolist() == [[7.0]]


def ruled_market(size: int) -> Market:
    """So many offers and needs over six months, each offer with a credit limit that a third of its volume reaches."""
    random = Random(size)
    later = Payment(days=75)
    orders = []
    for k in range(size):
        volumes = [random.randint(5, 15) for _ in range(6)]
        limit = CreditLimit(exposure_cny=Decimal(sum(volumes) * 30))
        orders.append(offer(f"o{k}", volumes, random.randint(80, 95), credit_limit=limit, payment=later))
        orders.append(need(f"n{k}", [random.randint(5, 15) for _ in range(6)], random.randint(90, 110)))
    return market(*sorted(orders, key=lambda order: order.side), contract_cost="20")


def test_rules_that_decide_begin_evenly_and_end_verified():
    given = ruled_market(7)
    component = only_component(given)
    assert len(component) > 40
    assert rules_decide(component)
    start = begun(component, None)
    assert start.even is not None
    search = Search(component, WorkLimits(gap=0.05))
    search.start()
    first = search.objective
    assert first > 0
    while search.gap > 0.05 and search.refine():
        pass
    assert search.objective > first
    assert search.gap <= 0.05
    assert verify(given, clear(given, WorkLimits(gap=0.05))) == []


def test_few_pairs_or_few_rules_do_not_decide():
    few = only_component(ruled_market(5))
    assert len(few) <= 40
    assert not rules_decide(few)
    plain = market(
        *(order for order in ruled_market(8).orders if order.side == "need"),
        *(offer(f"o{k}", [9] * 6, 80) for k in range(8)),
    )
    assert not rules_decide(only_component(plain))
