"""Limits that look something up (rates, assays, quoted series), by hand, in both arithmetics (1.1i to 1.1k)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from solver.clear import clear
from solver.form.market import Market, Policy, PricePath
from solver.form.terms import Collar, Component, LimitPrice, Payment, Quotation, Tax
from solver.pairs.market_limits import MarketLimits
from solver.screening.screen import screen
from solver.verify import verify
from solver.verify.admission import first_failing_test
from solver.verify.ground import Ground
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
PATH = PricePath(
    weight=D(1),
    indices={
        "I": (D(100), D(110), D(120)),
        "I@futures": (D(200), D(210), D(220)),
        "I@settlement,2027-01-05": (D(7), D(8), D(9)),
    },
    before={"I": D(90), "I@futures": D(190)},
    after={"I": D(130)},
)


def both(limit: LimitPrice, **specification: Decimal) -> tuple[list[Fraction], list[Fraction]]:
    """A need's limit by period against an offer with this specification: the solver's, the verifier's."""
    given: Market = market(
        offer("o", [1, 1, 1], 1, specification=specification),
        need("n", [1, 1, 1], 0, limit_price=limit),
        policy=Policy(exchange_rates={"USD": D("7.1")}),
        paths=(PATH,),
    )
    sold, bought = given.orders
    limits = MarketLimits(given)
    found = [limits.at(bought, sold, Payment(), t, 0) for t in range(3)]
    return found, list(Ground(given).limits("n", sold, 0))


@pytest.mark.parametrize(
    ("quotation", "by_hand"),
    [
        (None, [100, 110, 120]),
        (Quotation(month="M"), [100, 110, 120]),
        (Quotation(month="M-1"), [90, 100, 110]),
        (Quotation(month="M+1"), [110, 120, 130]),
        (Quotation(basis="futures"), [200, 210, 220]),
        (Quotation(basis="futures", month="M-1"), [190, 200, 210]),
        (Quotation(basis="settlement", dates=("2027-01-05",)), [7, 8, 9]),
    ],
)
def test_the_quoted_value_of_an_index(quotation: Quotation | None, by_hand: list[int]) -> None:
    limit = LimitPrice(components=(Component(index="I"),), quotation=quotation)
    assert both(limit) == (by_hand, by_hand)


@pytest.mark.parametrize(
    ("terms", "by_hand"),
    [
        ({}, [171, 181, 191]),  # I + 10 USD
        ({"premium": D(1), "processing_fee": D(2)}, [Fraction("192.3"), Fraction("202.3"), Fraction("212.3")]),
        ({"premium_by_period": (D(0), D(1), D(-1))}, [171, Fraction("188.1"), Fraction("183.9")]),
        ({"collar": Collar(floor=D(25), cap=D(26))}, [Fraction("177.5"), 181, Fraction("184.6")]),
        ({"tax": Tax(basis="inclusive", rate=D("0.5"))}, [114, Fraction(362, 3), Fraction(382, 3)]),
    ],
)
def test_what_a_limit_states_in_dollars_is_converted_and_an_index_is_not(
    terms: dict[str, Any], by_hand: list[Fraction]
) -> None:
    limit = LimitPrice(components=(Component(index="I"), Component(fixed=D(10))), currency="USD", **terms)
    assert both(limit) == (by_hand, by_hand)


@pytest.mark.parametrize(
    ("attribute", "value", "by_hand"),
    [
        ("ni_pct", "22.5", [45, Fraction("49.5"), 54]),
        ("ni_pct", "100", [200, 220, 240]),
        ("ni_pct", "0", [0, 0, 0]),
        ("au_ppm", "500000", [100, 110, 120]),
    ],
)
def test_the_content_is_what_the_offer_guarantees(attribute: str, value: str, by_hand: list[Fraction]) -> None:
    parts = (Component(index="I", content_attribute=attribute, coefficient=D(2)),)
    assert both(LimitPrice(components=parts), **{attribute: D(value)}) == (by_hand, by_hand)


@pytest.mark.parametrize(
    ("guaranteed", "apart"),
    [({}, True), ({"ni_pct": "-0.1"}, True), ({"ni_pct": "100.1"}, True), ({"ni_pct": "100"}, False)],
)
def test_an_offer_without_content_fails_the_specification(guaranteed: dict[str, str], apart: bool) -> None:
    parts = (Component(fixed=D(10), content_attribute="ni_pct"),)
    given = market(
        offer("o", [1], 1, specification={name: D(value) for name, value in guaranteed.items()}),
        need("n", [1], 0, limit_price=LimitPrice(components=parts)),
    )
    assert first_failing_test(Ground(given), *given.orders) == ("specification" if apart else None)
    assert screen(given).refused["n"] == ({"specification": 1} if apart else {})
    clearing = clear(given)
    assert len(clearing.matches) == (not apart)
    assert verify(given, clearing) == []
