"""Definitions, quotes and the price of a month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from marketplace.indices.rules.definitions import Definition, check_definition, check_fallback, is_withheld
from marketplace.indices.rules.quotes import month_price, quote_faults
from marketplace.shared.errors import InvalidInput
from tests.factories.indices import definition

UNITS = ["TNE", "KWH"]
TODAY = date(2026, 12, 1)


def index(**given: Any) -> Definition:
    """A right definition, changed."""
    return Definition(**definition(**{"id": "LC-CN", **given}))


@pytest.mark.parametrize(
    ("change", "pointer", "limit"),
    [
        ({"id": "lc-cn"}, "/id", "2 to 40 capitals and digits in groups joined by hyphens, e.g. LC-CN"),
        ({"id": "L"}, "/id", "2 to 40 capitals and digits in groups joined by hyphens, e.g. LC-CN"),
        ({"name_zh": " "}, "/name_zh", "1 to 100 characters"),
        ({"source": "x" * 301}, "/source", "1 to 300 characters"),
        ({"name_en": "Lithium\u202e"}, "/name_en", "visible characters only"),
        ({"unit_code": "TON"}, "/unit_code", "TNE, KWH"),
        ({"currency": "RMB"}, "/currency", "CNY, USD, EUR, GBP, JPY, KRW"),
        ({"frequency": "hourly"}, "/frequency", "daily, weekly, monthly"),
        ({"tax_basis": "none"}, "/tax_basis", "inclusive, exclusive"),
        ({"tax_rate": Decimal(1)}, "/tax_rate", "at least 0, below 1"),
        ({"tax_rate": Decimal("-0.01")}, "/tax_rate", "at least 0, below 1"),
        ({"rounding": Decimal(0)}, "/rounding", "above 0, at most 1000"),
        ({"fallback_max_age_days": 367}, "/fallback_max_age_days", "0 to 366"),
        ({"contributors": -1}, "/contributors", "0 to 10000"),
        ({"largest_share": Decimal("0.2")}, "/largest_share", "contributors"),
        ({"contributors": 5, "dominance_limit": Decimal("1.1")}, "/dominance_limit", "above 0, at most 1"),
    ],
)
def test_a_wrong_definition_names_field_and_limit(change: dict[str, Any], pointer: str, limit: str) -> None:
    check_definition(index(), UNITS)
    with pytest.raises(InvalidInput) as caught:
        check_definition(index(**change), UNITS)
    assert [(fault.pointer, fault.limit) for fault in caught.value.faults] == [(pointer, limit)]


@pytest.mark.parametrize(
    ("contributors", "largest", "limit", "withheld"),
    [
        (None, None, None, False),
        (5, "0.3", "0.3", False),
        (4, "0.3", "0.3", True),
        (5, "0.31", "0.3", True),
        (9, None, "0.3", True),
        (9, "0.1", None, True),
    ],
)
def test_an_own_index_needs_five_firms_and_none_too_large(
    contributors: int | None, largest: str | None, limit: str | None, withheld: bool
) -> None:
    shares = [None if share is None else Decimal(share) for share in (largest, limit)]
    own = index(contributors=contributors, largest_share=shares[0], dominance_limit=shares[1])
    assert is_withheld(own) is withheld


def test_a_fallback_means_the_same_and_leads_nowhere_back() -> None:
    second, third = index(id="B"), index(id="C")
    check_fallback(index(), [second, third])
    with pytest.raises(InvalidInput, match="falls back on this index itself"):
        check_fallback(index(), [second, index()])
    for change in ({"unit_code": "KWH"}, {"currency": "USD"}, {"tax_rate": Decimal(0)}, {"tax_basis": "exclusive"}):
        with pytest.raises(InvalidInput, match=f"has another {next(iter(change))}"):
            check_fallback(index(), [index(id="B", **change)])


@pytest.mark.parametrize(
    ("row", "frequency", "pointer", "limit"),
    [
        (("2026-12-02", "1"), "daily", "/quotes/1/day", "2000-01-01 to 2026-12-01"),
        (("1999-12-31", "1"), "daily", "/quotes/1/day", "2000-01-01 to 2026-12-01"),
        (("2026-11-03", "1"), "monthly", "/quotes/1/day", date(2026, 11, 1)),
        (("2026-10-01", "1"), "daily", "/quotes/1/day", "each day once"),
        (("2026-11-01", "0"), "daily", "/quotes/1/value", "above 0, at most 10000000"),
        (("2026-11-01", "-1"), "daily", "/quotes/1/value", "above 0, at most 10000000"),
        (("2026-11-01", "NaN"), "daily", "/quotes/1/value", "above 0, at most 10000000"),
        (("2026-11-01", "10000000.01"), "daily", "/quotes/1/value", "above 0, at most 10000000"),
    ],
)
def test_a_wrong_quote_names_field_and_limit(row: tuple[str, str], frequency: str, pointer: str, limit: Any) -> None:
    rows = [(date(2026, 10, 1), Decimal(1)), (date.fromisoformat(row[0]), Decimal(row[1]))]
    faults = list(quote_faults(rows, frequency=frequency, today=TODAY))
    assert [(fault.pointer, fault.limit) for fault in faults] == [(pointer, limit)]


def priced(month: str, max_age_days: int, *rows: tuple[str, str]) -> tuple[str, str, int] | None:
    """Value, basis and number of quotes of a month's price."""
    quotes = [(date.fromisoformat(day), Decimal(value)) for day, value in rows]
    price = month_price(month, quotes, rounding=Decimal("0.01"), max_age_days=max_age_days)
    return price and (str(price.value), price.basis, price.quotes)


def test_the_mean_of_a_month_counts_its_days_alone() -> None:
    rows = [("2026-10-31", "1"), ("2026-11-01", "10"), ("2026-11-30", "11"), ("2026-12-01", "99")]
    assert priced("2026-11", 0, *rows) == ("10.50", "mean", 2)
    thirds = [("2026-11-01", "1"), ("2026-11-02", "1"), ("2026-11-03", "0.99")]
    assert priced("2026-11", 0, *thirds) == ("1.00", "mean", 3)
    assert priced("2026-11", 0, ("2026-11-01", "1"), ("2026-11-02", "1.01")) == ("1.01", "mean", 2)


def test_a_month_without_quotes_carries_the_last_while_young() -> None:
    rows = [("2026-10-20", "5"), ("2026-10-25", "7"), ("2026-12-01", "99")]
    assert priced("2026-11", 7, *rows) == ("7.00", "carried", 1)
    assert priced("2026-11", 6, *rows) is None
    assert priced("2026-11", 7) is None
