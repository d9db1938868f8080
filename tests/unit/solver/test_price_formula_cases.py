"""The shared price formula cases, run through the solver's own limit prices."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from solver.form.market import Order
from solver.form.terms import LimitPrice
from solver.pairs.limits import exact_limit, limit_at, round_price
from solver.pairs.plain_limits import plain_limit

CASES = json.loads((Path(__file__).parents[2] / "known_answers" / "price_formula_cases.json").read_text())["cases"]


def plain(case: dict[str, Any]) -> LimitPrice:
    """The case's limit as it meets goods of the case's assays."""
    price = msgspec.convert(case["limit"], LimitPrice)
    guaranteed = {attribute: Decimal(value) for attribute, value in case.get("assays", {}).items()}
    offer = Order(
        id="o",
        side="offer",
        organisation="A",
        grade="G",
        volumes=(Decimal(1),),
        limit_price=price,
        specification=guaranteed,
    )
    return plain_limit(price, offer, {})


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_price_of_a_formula(case: dict[str, Any]) -> None:
    indices = {index: Decimal(value) for index, value in case["indices"].items()}
    price = limit_at(plain(case), 0, indices)
    assert str(round_price(price, Decimal(case["rounding"]))) == case["price"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_fractions_agree_with_decimals(case: dict[str, Any]) -> None:
    limit = plain(case)
    exact = exact_limit(limit, 0, {index: Fraction(value) for index, value in case["indices"].items()})
    price = limit_at(limit, 0, {index: Decimal(value) for index, value in case["indices"].items()})
    assert abs(exact - Fraction(price)) < Fraction(1, 10**25)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 25
    assert len({case["name"] for case in CASES}) == len(CASES)
