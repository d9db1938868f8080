"""What contracts come to along a path: months, floors and caps, sums and refusals, worked by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.exposure import (
    MOST_PATHS,
    ContractToPrice,
    GivenPath,
    MonthToPrice,
    Path,
    Quote,
    exposed,
    historical_months,
    missing_faults,
    priced,
    quotes_needed,
    read_paths,
)
from marketplace.contracts.rules.exposure.pricing import Priced
from marketplace.shared.errors import InvalidInput

MONTHS = ("2026-12", "2027-01")  # over the year's end
KNOWN = {"LC-CN", "NI-LME"}


def period(
    month: str, *, expected: str = "10", reference: str = "97000", floor: str = "90000", cap: str = "99000"
) -> dict[str, Any]:
    """A month of 9 / 10 / 12 tenths of what is expected."""
    volume = {
        "minimum": str(Decimal(expected) * 9 / 10),
        "expected": expected,
        "maximum": str(Decimal(expected) * 12 / 10),
    }
    return {"period": month, "volume": volume, "reference": reference, "floor": floor, "cap": cap}


def contract(
    name: str, *periods: dict[str, Any], grade: str = "LC", index: str | None = "LC-CN", **formula: Any
) -> ContractToPrice:
    """price = 0.98 x index - 500, unless said otherwise; without index at the reference."""
    quotation = {"month": formula.pop("month", "M"), "basis": "mean", "dates": None, **formula.pop("quotation", {})}
    stated = {"index": index, "coefficient": "0.98", "premium_cny_per_unit": "-500", "quotation": quotation, **formula}
    terms = {"periods": list(periods), "price": {"formula": None if index is None else stated}, "unit_code": "TNE"}
    return ContractToPrice(name, name, "in_force", grade, tuple(MonthToPrice(each, terms) for each in periods))


def path(**prices: dict[str, str]) -> Path:
    quotes = {
        Quote(index.replace("_", "-"), month): Decimal(price)
        for index, by_month in prices.items()
        for month, price in by_month.items()
    }
    return Path("test", None, quotes)


def test_two_contracts_along_a_path_by_hand() -> None:
    """December: 0.98 x 98 000 - 500 = 95 540.  January: at 103 000 100 440, held at 99 000; at 92 000 89 660, held at
    90 000.  The second contract is fixed at 50 000 and moves with nothing."""
    two = [
        contract("a", period("2026-12"), period("2027-01")),
        contract("b", period("2027-01", reference="50000", floor="45000", cap="55000"), grade="NI", index=None),
    ]
    up = exposed(two, MONTHS, path(LC_CN={"2026-12": "98000", "2027-01": "103000"}))
    first, second = up.contracts[0].months
    assert (first.price, first.limited_by, first.price_difference) == (Decimal(95540), None, Decimal(-1460))
    assert (second.price, second.limited_by, second.price_difference) == (Decimal(99000), "cap", Decimal(2000))
    assert [str(each) for each in vars(first.value).values()] == ["859860.00", "955400.00", "1146480.00"]
    assert (first.reference_value, first.difference) == (Decimal(970000), Decimal(-14600))
    assert (up.contracts[0].total.value.expected, up.contracts[0].total.difference) == (Decimal(1945400), Decimal(5400))
    assert {grade: each.value.expected for grade, each in up.by_grade.items()} == {
        "LC": Decimal(1945400),
        "NI": Decimal(500000),
    }
    assert {month: each.value.expected for month, each in up.by_month.items()} == {
        "2026-12": Decimal(955400),
        "2027-01": Decimal(1490000),
    }
    assert [str(each) for each in vars(up.total.value).values()] == ["2200860.00", "2445400.00", "2934480.00"]
    assert (up.total.reference_value, up.total.difference) == (Decimal(2440000), Decimal(5400))
    down = exposed(two, MONTHS, path(LC_CN={"2026-12": "98000", "2027-01": "92000"}))
    assert (down.contracts[0].months[1].price, down.contracts[0].months[1].limited_by) == (Decimal(90000), "floor")
    assert down.total.difference == Decimal(-14600 - 70000)


@pytest.mark.parametrize(
    ("index", "limited"), [("101530.61", None), ("101530.62", "cap"), ("92346.94", None), ("92346.93", "floor")]
)
def test_where_floor_and_cap_begin_to_hold(index: str, limited: str | None) -> None:
    """0.98 x 101 530.61 - 500 = 98 999.9978, which is 99 000.00 as well, but of itself; a cent more is above it."""
    given = contract("a", period("2027-01"))
    found = priced(given.months[0].terms, "2027-01", {Quote("LC-CN", "2027-01"): Decimal(index)})
    assert found.limited_by == limited
    assert found.price == (Decimal(99000) if index.startswith("101") else Decimal(90000))


@pytest.mark.parametrize(("month", "quoted"), [("M-1", "2026-12"), ("M", "2027-01"), ("M+1", "2027-02")])
def test_the_quotation_month_shifts_what_a_month_follows_over_the_years_end(month: str, quoted: str) -> None:
    given = contract("a", period("2027-01"), month=month)
    assert quotes_needed(given.months[0].terms, "2027-01") == (Quote("LC-CN", quoted),)
    found = exposed([given], MONTHS, path(LC_CN={quoted: "98000"}))
    assert found.total.value.expected == Decimal(955400)


def test_what_settles_by_days_or_another_basis_is_said() -> None:
    month = period("2027-01")
    assert not contract("a", month).as_monthly_mean
    assert not contract("a", month, index=None).as_monthly_mean
    assert contract("a", month, quotation={"basis": "settlement"}).as_monthly_mean
    assert contract("a", month, quotation={"dates": ["2027-01-05"]}).as_monthly_mean


def test_nothing_signed_comes_to_nothing() -> None:
    found = exposed([], MONTHS, path())
    assert (found.total.value.expected, found.by_grade, list(found.by_month)) == (Decimal(0), {}, list(MONTHS))


def test_history_is_played_again_month_by_month_across_years() -> None:
    needed = [Quote("LC-CN", month) for month in ("2026-11", "2026-12", "2029-12")]
    assert list(historical_months("2021-01", "2026-12", needed).values()) == ["2020-12", "2021-01", "2024-01"]


def test_paths_are_read() -> None:
    prices = {"LC-CN": {"2026-11": "98000", "2027-02": "1"}, "NI-LME": {}}
    read = read_paths([{"name": "涨", "indices": prices}, {"history_from": "2021-07"}], MONTHS, KNOWN)
    assert read == [
        GivenPath("涨", None, {Quote("LC-CN", "2026-11"): Decimal(98000), Quote("LC-CN", "2027-02"): Decimal(1)}),
        GivenPath(None, "2021-07"),
    ]


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({}, "/paths/1", "contradiction"),
        ({"history_from": "2021-01", "indices": {}}, "/paths/1", "contradiction"),
        ({"history_from": "2021-13"}, "/paths/1/history_from", "not-a-month"),
        ({"name": " ", "indices": {}}, "/paths/1/name", "wrong-length"),
        ({"indices": {"XX": {}}}, "/paths/1/indices/XX", "unknown-reference"),
        ({"indices": {"a/b~c": {}}}, "/paths/1/indices/a~1b~0c", "unknown-reference"),
        ({"indices": {"LC-CN": ["1"]}}, "/paths/1/indices/LC-CN", "wrong-type"),
        ({"indices": {"LC-CN": {"2027": "1"}}}, "/paths/1/indices/LC-CN/2027", "not-a-month"),
        ({"indices": {"LC-CN": {"2026-10": "1"}}}, "/paths/1/indices/LC-CN/2026-10", "out-of-range"),
        ({"indices": {"LC-CN": {"2027-03": "1"}}}, "/paths/1/indices/LC-CN/2027-03", "out-of-range"),
        ({"indices": {"LC-CN": {"2027-01": "0"}}}, "/paths/1/indices/LC-CN/2027-01", "out-of-range"),
        ({"indices": {"LC-CN": {"2027-01": "10000000.1"}}}, "/paths/1/indices/LC-CN/2027-01", "out-of-range"),
        ({"indices": {"LC-CN": {"2027-01": "1e9999"}}}, "/paths/1/indices/LC-CN/2027-01", "not-a-number"),
        ({"indices": {"LC-CN": {"2027-01": 1.5}}}, "/paths/1/indices/LC-CN/2027-01", "not-a-number"),
        ({"indices": {"LC-CN": {"2027-01": None}}}, "/paths/1/indices/LC-CN/2027-01", "not-a-number"),
        ({"indices": {"LC-CN": {str(n): "1" for n in range(5)}}}, "/paths/1/indices/LC-CN", "too-many"),
        ({"indices": {str(n): {} for n in range(51)}}, "/paths/1/indices", "too-many"),
    ],
)
def test_bad_paths_are_refused_with_their_place(given: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_paths([{"indices": {}}, given], MONTHS, KNOWN)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


@pytest.mark.parametrize("count", [0, MOST_PATHS + 1])
def test_as_many_paths_as_are_allowed(count: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_paths([{"indices": {}}] * count, MONTHS, KNOWN)
    assert [(fault.pointer, fault.limit) for fault in refused.value.faults] == [("/paths", "1 to 20")]


def test_what_a_path_lacks_is_named() -> None:
    lacking = [Quote("LC-CN", "2027-01"), Quote("LC-CN", "2026-12"), Quote("NI-LME", "2026-12")]
    stated = list(missing_faults(3, GivenPath(None), lacking, {}))
    assert [fault.pointer for fault in stated] == [
        "/paths/3/indices/LC-CN/2026-12",
        "/paths/3/indices/LC-CN/2027-01",
        "/paths/3/indices/NI-LME/2026-12",
    ]
    months = historical_months("2021-07", "2026-12", lacking)
    history = list(missing_faults(3, GivenPath(None, "2021-07"), lacking, months))
    assert [(fault.pointer, fault.code) for fault in history] == [("/paths/3/history_from", "no-price")] * 2
    assert "LC-CN in 2021-07, which would stand for 2026-12" in history[0].message


cents = st.integers(1, 10**10).map(lambda count: Decimal(count) / 100)
periods = st.builds(
    lambda expected, low, mid, high: period(
        "2027-01",
        expected=str(expected),
        **dict(zip(("floor", "reference", "cap"), map(str, sorted((low, mid, high))), strict=True)),
    ),
    st.integers(1, 10**7).map(lambda count: Decimal(count) / 1000),
    *(cents, cents, cents),
)


@given(of_month=periods, index=st.integers(1, 10**9).map(lambda count: Decimal(count) / 100))
def test_a_month_recomputed_in_fractions(of_month: dict[str, Any], index: Decimal) -> None:
    found = exposed([contract("a", of_month)], ["2027-01"], path(LC_CN={"2027-01": str(index)})).contracts[0].months[0]
    raw = Fraction(98, 100) * Fraction(index) - 500
    floor, cap = Fraction(of_month["floor"]), Fraction(of_month["cap"])
    held = min(max(raw, floor), cap)
    assert abs(Fraction(found.price) - held) <= Fraction(1, 200)
    assert found.limited_by == ("floor" if raw < floor else "cap" if raw > cap else None)
    for name in ("minimum", "expected", "maximum"):
        exact = Decimal(of_month["volume"][name]) * found.price
        assert getattr(found.value, name) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert found.value.minimum <= found.value.expected <= found.value.maximum


def test_a_price_by_metal_content_follows_each_index_at_what_is_guaranteed() -> None:
    components = [
        {"index": "NI", "content_attribute": "Ni_pct", "coefficient": "0.8"},
        {"index": "CO", "content": "0.05", "coefficient": "0.7"},
    ]
    quotation = {"month": "M-1", "basis": "mean", "dates": None}
    formula = {"components": components, "processing_fee_cny_per_unit": "900", "premium_cny_per_unit": "-100"}
    terms = {
        "periods": [{"period": "2027-01", "reference": "20000", "floor": "10000", "cap": "30000"}],
        "price": {"formula": {**formula, "quotation": quotation}},
        "specification": [{"attribute": "Ni_pct", "guaranteed": "15"}],
    }
    needed = quotes_needed(terms, "2027-01")
    assert needed == (Quote("NI", "2026-12"), Quote("CO", "2026-12"))
    # 120,000 × 15 % × 0.8 + 200,000 × 5 % × 0.7 + 900 - 100 = 14,400 + 7,000 + 800
    prices = dict(zip(needed, (Decimal(120_000), Decimal(200_000)), strict=True))
    assert priced(terms, "2027-01", prices) == Priced(Decimal("22200.00"), None)
