"""The price of a month by cases worked by hand, from quotes alone; the service runs the same (tests/services)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from marketplace.contracts.rules.settlement.price import contract_price, guaranteed, price_formula
from marketplace.indices.rules.formula import quoted_month
from marketplace.indices.rules.month_prices import IndexPrice, index_price
from tests.factories.price_cases import CASES, MONTH, NAMES, assays_of, chain_of, terms_of, today_of


def priced(case: dict[str, Any]) -> dict[str, IndexPrice | None]:
    """Every index of the formula in the month quoted."""
    formula = price_formula(terms_of(case), MONTH)
    month, basis = quoted_month(formula, MONTH), formula.quotation.basis
    return {
        index: index_price(chain_of(case, index, basis), formula.quotation, month, today=today_of(case))
        for index in formula.indices
    }


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_an_index_comes_to_and_why(case: dict[str, Any]) -> None:
    found = priced(case)
    if "refused" in case:
        assert [index for index, price in found.items() if price is None] == [case["refused"][0]]
        return
    known = {index: price for index, price in found.items() if price is not None}
    assert {index: str(price.price.value) for index, price in known.items()} == case["index_prices"]
    assert {index: price.from_index.id for index, price in known.items() if price.fallback} == case.get("from", {})
    reasons = [
        [each.index_id, each.kind, *(day and day.isoformat() for day in (each.first_day, each.last_day))]
        for price in known.values()
        for each in price.reasons
    ]
    assert reasons == case.get("reasons", [])
    if "used" in case:
        used = [
            [price.from_index.id, quote.day.isoformat(), quote.vintage, str(quote.value)]
            for price in known.values()
            for quote in price.quotes
        ]
        assert used == case["used"]


@pytest.mark.parametrize("case", [case for case in CASES if "price" in case], ids=lambda case: case["name"])
def test_what_a_contract_comes_to(case: dict[str, Any]) -> None:
    prices = {index: price.price.value for index, price in priced(case).items() if price is not None}
    terms = terms_of(case)
    contents = guaranteed(terms) | assays_of(case)
    factor = Fraction(case.get("collar_factor", "1"))
    found = contract_price(terms, MONTH, prices, assays=contents, collar_factor=factor)
    assert str(found.price) == case["price"]
    assert found.lines[-1].amount == found.price


def test_there_are_enough_cases() -> None:
    assert len(CASES) == len(set(NAMES)) >= 40
