"""Rows counted in whole numbers and kept up to date are what they are when counted anew, in fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from solver.form.market import Market
from solver.form.terms import CreditLimit, Payment
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import Component, component_of
from solver.search.exact import ExactVolumes
from solver.search.rules.row import Row
from tests.unit.solver.enumerated_markets import markets
from tests.unit.solver.hand_markets import market, need, offer, only_component

LATER = Payment(days=29)


def parts(given: Market) -> list[Component]:
    screened = screen(counted(given))
    return [component_of(screened, positions) for positions in components(screened)]


def rows_of(component: Component) -> list[Row]:
    return [
        *(rule for rule in component.rules if isinstance(rule, Row)),
        *(demand.row for demand in component.demands),
    ]


def slack(row: Row, exact: ExactVolumes) -> Fraction:
    """By the row's own words."""
    value = Fraction(0)
    for p, of in row.volumes.items():
        quanta = exact.quanta.get(p, [0] * len(of))
        value += sum((c * n * exact.unit(p) for c, n in zip(of, quanta, strict=True)), Fraction(0))
    value += sum((c for own, c in row.made.items() if any(p in exact.quanta for p in own)), Fraction(0))
    return value - row.limit if row.at_least else row.limit - value


@pytest.mark.parametrize("first", [0, 100, 200])
def test_whatever_changes(first: int):
    asked = 0
    for name, given in markets(first, first + 100):
        for component in parts(given):
            exact, random, rows = ExactVolumes(component), Random(name), rows_of(component)
            for _ in range(30 if rows else 0):
                p, t = random.randrange(len(component)), random.randrange(component.periods)
                if random.random() < 0.2:
                    exact.drop(p)
                else:
                    there = exact.quanta.get(p, [0] * component.periods)[t]
                    exact.change(p, t, random.randint(-there, 3))
                row = random.choice(rows)
                assert row.slack(exact) == slack(row, exact), f"{name}: {row.term}"
                asked += 1
            for row in rows:
                assert row.slack(exact) == slack(row, exact), f"{name}: {row.term}"
    assert asked > 1_000


def credit(exposure: str) -> list[Row]:
    """The rows of an offer of 10 t a month at 100 CNY, from January on, each paid 29 days after its month."""
    limit = CreditLimit(exposure_cny=Decimal(exposure))
    given = market(
        offer("o1", [10] * 4, 100, credit_limit=limit, payment=LATER), need("n1", [10] * 4, 110, payment=LATER)
    )
    return [rule for rule in only_component(given).rules if isinstance(rule, Row)]


@pytest.mark.parametrize(("exposure", "rows"), [("3000.01", 0), ("2999.99", 1), ("1999.99", 3), ("0.01", 4)])
def test_a_credit_limit_that_nothing_can_reach_is_no_row(exposure: str, rows: int):
    """In March three months are open, in February and April two, in January one."""
    assert len(credit(exposure)) == rows
