"""What contracts are settled at, as limits of orders: the cases of both kinds worked by hand, run through the solver.

The exact computation that settles runs them in tests/unit/contracts and tests/services.
"""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from solver.form.market import Market, Order
from solver.form.series import quotation_of, series_name
from solver.form.terms import LimitPrice
from solver.pairs.limits import exact_limit, limit_at, round_price
from solver.pairs.paths import Paths
from solver.pairs.plain_limits import plain_limit

KNOWN = Path(__file__).parents[2] / "known_answers"
SETTLED = json.loads((KNOWN / "settlement_cases.json").read_text())["prices"]
MONTHS = json.loads((KNOWN / "month_price_cases.json").read_text())["cases"]
CENT = Decimal("0.01")


def settled_limit(case: dict[str, Any]) -> LimitPrice:
    """A month of a contract as a limit: its formula or its agreed price, between floor and cap."""
    if case.get("formula") is None:
        parts: dict[str, Any] = {"components": [{"fixed": case.get("reference", "100000")}]}
    else:
        coefficient, premium = case["formula"]
        parts = {"components": [{"index": "I", "coefficient": coefficient}], "premium": premium}
    return msgspec.convert({**parts, "collar": {"floor": "90000", "cap": "110000"}}, LimitPrice)


def monthly_limit(case: dict[str, Any]) -> LimitPrice:
    """The same of the cases with quotes; a re-opener has multiplied floor and cap."""
    stated = case.get("formula", {"coefficient": "1", "premium": "0"})
    factor = Decimal(case.get("collar_factor", "1"))
    ends = {"floor": case.get("floor", "90000"), "cap": case.get("cap", "110000")}
    document = {
        "components": stated.get("components") or [{"index": "A", "coefficient": stated["coefficient"]}],
        "processing_fee": stated.get("fee", "0"),
        "premium": stated["premium"],
        "collar": {name: str(Decimal(value) * factor) for name, value in ends.items()},
        "quotation": case.get("quotation", {}),
    }
    return msgspec.convert(document, LimitPrice)


def quotes(case: dict[str, Any], limit: LimitPrice) -> dict[str, Decimal]:
    """What the indices come to, read off a price path as the limit quotes them."""
    quotation = quotation_of(limit)
    path: dict[str, Any] = {"weight": "1", "indices": {}, "before": {}, "after": {}}
    for index, value in case["index_prices"].items():
        series, elsewhere = series_name(index, quotation), "1"
        path["indices"][series] = [value if quotation.month == "M" else elsewhere]
        path["before"][series] = value if quotation.month == "M-1" else elsewhere
        path["after"][series] = value if quotation.month == "M+1" else elsewhere
    document = {"format": "changdan-market/1", "grades": [], "calendar": ["2027-01"], "orders": [], "paths": [path]}
    return dict(Paths(msgspec.convert(document, Market)).quotes(0, quotation)[0])


def goods(case: dict[str, Any], limit: LimitPrice) -> Order:
    """An offer whose guaranteed values are the assays, and what is guaranteed where there is none."""
    contents = {**case.get("specification", {}), **case.get("assays", {})}
    specification = {name: Decimal(value) for name, value in contents.items()}
    return Order(
        id="o",
        side="offer",
        organisation="A",
        grade="G",
        volumes=(Decimal(1),),
        limit_price=limit,
        specification=specification,
    )


@pytest.mark.parametrize("case", [case for case in SETTLED if "price" in case], ids=lambda case: case["name"])
def test_what_a_month_was_settled_at(case: dict[str, Any]) -> None:
    prices = {} if case.get("index") is None else {"I": Decimal(case["index"])}
    assert str(round_price(limit_at(settled_limit(case), 0, prices), CENT)) == case["price"]


def test_without_an_index_price_neither_computes_one() -> None:
    (case,) = (case for case in SETTLED if case.get("refused") == "/indices/I")
    with pytest.raises(KeyError):
        limit_at(settled_limit(case), 0, {})


@pytest.mark.parametrize("case", [case for case in MONTHS if "price" in case], ids=lambda case: case["name"])
def test_what_a_month_is_priced_at(case: dict[str, Any]) -> None:
    limit = monthly_limit(case)
    plain = plain_limit(limit, goods(case, limit), {})
    indices = quotes(case, limit)
    price = limit_at(plain, 0, indices)
    assert str(round_price(price, CENT)) == case["price"]
    exact = exact_limit(plain, 0, {index: Fraction(value) for index, value in indices.items()})
    assert abs(exact - Fraction(price)) < Fraction(1, 10**25)


def test_every_case_with_a_price_runs_here() -> None:
    assert sum("price" in case for case in SETTLED) >= 9
    assert sum("price" in case for case in MONTHS) >= 35
