"""The price of a month of a contract out of the database: the cases worked by hand, vintages, what is kept of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts.models import Contract
from marketplace.contracts.services.pricing import NoIndexPrice, Priced, month_price
from marketplace.indices import services as indices
from marketplace.shared.actor import Actor, Role
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.indices import make_index, make_quote
from tests.factories.price_cases import CASES, MONTH, NAMES, assays_of, concluded_of, store, terms_of, today_of

pytestmark = pytest.mark.usefixtures("session")

OPERATOR = Actor("mem_op", "org_op", frozenset({Role.OPERATOR}), verified=True)


def concluded(day: date) -> Contract:
    """A contract of that day, early in the morning in Beijing, when it is still the day before in UTC."""
    return Contract(id="con_1", concluded_at=datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=7))


def price_of(case: dict[str, Any]) -> Priced:
    """By the service."""
    return month_price(
        concluded(concluded_of(case)), terms_of(case), MONTH, assays=assays_of(case), today=today_of(case)
    )


@pytest.mark.parametrize("case", [case for case in CASES if "collar_factor" not in case], ids=lambda case: case["name"])
def test_the_price_of_a_month(case: dict[str, Any]) -> None:
    store(case)
    if "refused" in case:
        with pytest.raises(NoIndexPrice) as refused:
            price_of(case)
        assert [refused.value.index_id, refused.value.month] == case["refused"]
        assert list(refused.value.days) == case.get("days", [])
        assert refused.value.code == "no-index-price"
        return
    found = price_of(case)
    assert str(found.price) == case["price"]
    assert {index: str(value) for index, value in found.index_prices.items()} == case["index_prices"]
    assert found.provisional is case.get("provisional", False)
    document = found.to_document()
    assert json.loads(json.dumps(document)) == document
    reasons = [list(each.values()) for price in document["indices"] for each in price["reasons"]]
    assert reasons == case.get("reasons", [])
    if "used" in case:
        assert [[each[name] for name in ("index", "day", "vintage", "value")] for each in found.quotes] == case["used"]


def test_the_cases_are_those_of_the_unit_tests() -> None:
    assert len(NAMES) > 40


def test_a_price_without_formula_rests_on_nothing() -> None:
    terms = {**terms_of({}), "price": {"formula": None}}
    found = month_price(concluded(date(2026, 12, 11)), terms, MONTH, assays={}, today=date(2026, 12, 12))
    assert (str(found.price), found.provisional, found.quotes, found.indices) == ("100000.00", False, [], ())
    with pytest.raises(InvalidInput, match="is no month of the contract"):
        month_price(concluded(date(2026, 12, 11)), terms, "2027-02", assays={}, today=date(2026, 12, 12))


def test_a_content_without_assay_and_guarantee_is_named() -> None:
    case = next(case for case in CASES if case["name"] == "two metals, capped")
    store(case)
    with pytest.raises(InvalidInput) as refused:
        price_of({**case, "assays": {"Ni_pct": "22"}})
    assert [fault.pointer for fault in refused.value.faults] == ["/assays/Co_ppm"]


def test_a_corrected_quote_and_a_corrected_rebasing_count_from_then_on() -> None:
    index = make_index(id="A")
    make_quote(index, "2027-01-20", "80000")
    case: dict[str, Any] = {}
    enter = {"from_day": date(2027, 1, 15), "source": "公告", "actor": OPERATOR, "now": NOW}
    assert str(price_of({**case, "floor": "0"}).price) == "80000.00"
    indices.enter_rebasing("A", factor=Decimal("1.2"), **enter)
    assert str(price_of(case).price) == "96000.00"
    with pytest.raises(InvalidInput, match="has a rebasing already"):
        indices.enter_rebasing("A", factor=Decimal("1.25"), **enter)
    indices.enter_rebasing("A", factor=Decimal("1.25"), correction=True, **enter)
    assert str(price_of(case).price) == "100000.00"
    make_quote(index, "2027-01-20", "80008", vintage=2)
    found = price_of(case)
    assert (str(found.price), found.quotes) == (
        "100010.00",
        [{"index": "A", "day": "2027-01-20", "vintage": 2, "value": "80008", "factor": "5/4"}],
    )
    indices.enter_rebasing("A", factor=Decimal(1), correction=True, **enter)
    assert str(price_of({**case, "floor": "0"}).price) == "80008.00"
