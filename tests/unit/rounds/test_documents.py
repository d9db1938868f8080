"""What an operator may state of a round: documents are written out whole, and every fault is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from marketplace.rounds.rules.calendar import check_calendar, check_deadlines
from marketplace.rounds.rules.freight import normal_freight
from marketplace.rounds.rules.paths import index_of, normal_index_paths, paths_of
from marketplace.rounds.rules.policy import FIELDS, normal_policy
from marketplace.shared.errors import InvalidInput
from solver.form.market import Freight, Policy

TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
LANE = {"origin": "1", "destination": "2", "cny_per_unit": "1"}


def pointers(error: pytest.ExceptionInfo[InvalidInput]) -> set[str]:
    """Where the faults are; each says what was given, as JSON writes it, and what is allowed."""
    for fault in error.value.faults:
        assert fault.limit
        assert "Decimal(" not in str(fault.value) + fault.message
        assert not str(fault.value).startswith(("['", "{'", "None", "True"))
    return {fault.pointer for fault in error.value.faults}


def test_an_empty_policy_is_the_solvers_default() -> None:
    """But for the days of small suppliers: a regulation, which a round follows and a file states."""
    assert msgspec.convert(normal_policy({"small_supplier_days": None}), Policy, strict=False) == Policy()
    assert normal_policy({})["small_supplier_days"] == 60


def test_the_policy_has_every_field_of_the_solvers_but_the_sealed_seed() -> None:
    assert {*FIELDS, "sealed_seed"} == {field.name for field in msgspec.structs.fields(Policy)}


def test_a_policy_normalised_twice_stays_the_same() -> None:
    once = normal_policy({"price_tick": "50.00", "formula_coefficients": ["0.80"], "price_split": {"low": "0.10"}})
    assert normal_policy(once) == once
    assert once["price_split"] == {"low": "0.1", "high": "1"}


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("contract_cost", "-1", "/policy/contract_cost"),
        ("contract_cost", "1e12", "/policy/contract_cost"),
        ("contract_cost", "NaN", "/policy/contract_cost"),
        ("contract_cost", 0.5, "/policy/contract_cost"),
        ("contract_cost", None, "/policy/contract_cost"),
        ("welfare_tolerance", "0.11", "/policy/welfare_tolerance"),
        ("concentration_target", "1.01", "/policy/concentration_target"),
        ("paths_required", "1.01", "/policy/paths_required"),
        ("refused_instruments", ["transfer"], "/policy/refused_instruments/0"),
        ("refused_instruments", ["bank_acceptance"] * 2, "/policy/refused_instruments/1"),
        ("small_supplier_share", {"priority": "hard"}, "/policy/small_supplier_share"),
        ("small_supplier_share", {"fraction": "1.01"}, "/policy/small_supplier_share/fraction"),
        ("small_supplier_share", {"fraction": "0.1", "priority": "soft"}, "/policy/small_supplier_share/priority"),
        ("small_supplier_days", -1, "/policy/small_supplier_days"),
        ("small_supplier_days", "60", "/policy/small_supplier_days"),
        ("exchange_rates", {"CNY": "1"}, "/policy/exchange_rates/CNY"),
        ("exchange_rates", {"USD": "0"}, "/policy/exchange_rates/USD"),
        ("exchange_rates", {"USD": "100.01"}, "/policy/exchange_rates/USD"),
        ("price_tick", "0", "/policy/price_tick"),
        ("price_band", "1", "/policy/price_band"),
        ("price_split", {"low": "0.6", "high": "0.4"}, "/policy/price_split"),
        ("price_split", {"middle": "0.5"}, "/policy/price_split"),
        ("price_split", {"low": "-0.1"}, "/policy/price_split/low"),
        ("exceptions", "ignore", "/policy/exceptions"),
        ("exceptions", ["drop"], "/policy/exceptions"),
        ("exceptions", None, "/policy/exceptions"),
        ("price_tick", Decimal(0), "/policy/price_tick"),
        ("price_split", {"low": Decimal("0.6"), "middle": Decimal(1)}, "/policy/price_split"),
        ("formula_coefficients", ["1", "1.0"], "/policy/formula_coefficients/1"),
        ("formula_coefficients", ["0"], "/policy/formula_coefficients/0"),
        ("formula_coefficients", "1", "/policy/formula_coefficients"),
        ("payment_terms_of", "both", "/policy/payment_terms_of"),
        ("financing_rate_per_year", "1.1", "/policy/financing_rate_per_year"),
        ("incoterm_order", ["EXW", "DDU"], "/policy/incoterm_order/1"),
        ("incoterm_order", [], "/policy/incoterm_order"),
        ("planned_capacity", "some", "/policy/planned_capacity"),
        ("planned_capacity", None, "/policy/planned_capacity"),
        ("wish_conflicts", "hide", "/policy/wish_conflicts"),
        ("sealed_seed", "mine", "/policy/sealed_seed"),
    ],
)
def test_a_bad_policy_field_is_named(field: str, value: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as error:
        normal_policy({field: value})
    assert pointers(error) == {pointer}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("0"), "0"), (["x"], '["x"]'), (None, "null"), (True, "true"), ({"a": Decimal("0.5")}, '{"a": "0.5"}')],
)
def test_a_refused_value_is_shown_as_json_writes_it(value: Any, shown: str) -> None:
    with pytest.raises(InvalidInput) as error:
        normal_policy({"price_tick": value})
    (fault,) = error.value.faults
    assert (fault.value, fault.limit is None) == (shown, False)


def test_a_bad_choice_is_told_the_choices() -> None:
    with pytest.raises(InvalidInput) as error:
        normal_policy({"exceptions": "none"})
    (fault,) = error.value.faults
    assert (fault.message, fault.limit) == ("must be one of propose, drop", "propose, drop")


def test_all_faults_of_a_policy_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        normal_policy({"price_tick": "0", "secret": "1", "exceptions": "none"})
    assert pointers(error) == {"/policy/price_tick", "/policy/secret", "/policy/exceptions"}


def test_lanes_are_written_out_and_read_by_the_solver() -> None:
    freight = normal_freight(
        {"kind": "lanes", "cny_per_unit_km": "0.60", "lanes": [{"origin": "1", "destination": "2", "distance_km": 10}]}
    )
    assert freight["lanes"] == [{"origin": "1", "destination": "2", "distance_km": "10"}]
    assert msgspec.convert(freight, Freight, strict=False).lanes[0].distance_km == Decimal(10)


@pytest.mark.parametrize(
    ("freight", "pointer"),
    [
        ({"kind": "plane"}, "/freight/kind"),
        ({"kind": "distance", "cny_per_unit_km": "-0.1"}, "/freight/cny_per_unit_km"),
        ({"kind": "distance", "cny_per_unit_km": "1", "circuity": "0.9"}, "/freight/circuity"),
        ({"kind": "distance", "circuity": "1.2"}, "/freight/cny_per_unit_km"),
        ({"kind": "lanes", "cny_per_unit_km": "1"}, "/freight/lanes"),
        ({"kind": "none", "cny_per_unit_km": "1"}, "/freight/cny_per_unit_km"),
        ({"kind": "distance", "cny_per_unit_km": "1", "lanes": [LANE]}, "/freight/lanes"),
        ({"kind": "lanes", "lanes": [{"origin": "1", "destination": "2"}]}, "/freight/lanes/0"),
        ({"kind": "lanes", "lanes": [{"origin": "1", "destination": "2", "distance_km": "5"}]}, "/freight/lanes/0"),
        ({"kind": "lanes", "lanes": [{"destination": "2", "cny_per_unit": "5"}]}, "/freight/lanes/0/origin"),
        ({"kind": "lanes", "lanes": ["1-2"]}, "/freight/lanes/0"),
        ({"kind": "lanes", "lanes": [{**LANE, "origin": "999999"}]}, "/freight/lanes/0/origin"),
        ({"kind": "lanes", "lanes": {"1": "2"}}, "/freight/lanes"),
        ({"kind": "lanes", "lanes": [{**LANE, "toll": None}]}, "/freight/lanes/0/toll"),
        (
            {"kind": "lanes", "lanes": [{"origin": "1", "destination": "2", "cny_per_unit": "1"}] * 2},
            "/freight/lanes/1",
        ),
        ({"kind": "none", "rate": "1"}, "/freight/rate"),
    ],
)
def test_bad_freight_is_named(freight: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as error:
        normal_freight(freight)
    assert pointers(error) == {pointer}


def test_free_distances_are_meant_when_they_are_written() -> None:
    assert normal_freight({"kind": "distance", "cny_per_unit_km": "0"})["cny_per_unit_km"] == "0"


@pytest.mark.parametrize(
    ("months", "pointer"),
    [
        ([], "/calendar"),
        (["2026-11"], "/calendar/0"),
        (["2027-13"], "/calendar/0"),
        (["2027-02", "2027-01"], "/calendar/1"),
        (["2027-01", "2027-01"], "/calendar/1"),
        ([f"20{30 + n // 12}-{n % 12 + 1:02d}" for n in range(61)], "/calendar"),
    ],
)
def test_a_bad_calendar_is_named(months: list[str], pointer: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_calendar(months, today=TODAY)
    assert pointers(error) == {pointer}


def test_the_present_month_may_be_delivered() -> None:
    check_calendar(["2026-12"], today=TODAY)


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        (["98000"], "/index_paths/X"),
        ("98000", "/index_paths/X"),
        (["1", "-1"], "/index_paths/X/1"),
        (["10000000", "10000000.01"], "/index_paths/X/1"),
    ],
)
def test_index_paths_have_one_value_per_month(values: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as error:
        normal_index_paths({"X": values}, ["2027-01", "2027-02"])
    assert pointers(error) == {pointer}


def test_deadlines_follow_each_other_and_lie_ahead() -> None:
    day = timedelta(days=1)
    check_deadlines(NOW - day, NOW, NOW, now=NOW)
    check_deadlines(None, None, None, now=NOW)
    with pytest.raises(InvalidInput) as error:
        check_deadlines(NOW + 2 * day, NOW + day, None, now=NOW)
    assert pointers(error) == {"/freezes_at"}
    with pytest.raises(InvalidInput) as error:
        check_deadlines(NOW + 2 * day, None, NOW + day, now=NOW)
    assert pointers(error) == {"/publishes_by"}
    with pytest.raises(InvalidInput) as error:
        check_deadlines(None, NOW - day, None, now=NOW)
    assert pointers(error) == {"/freezes_at"}


def test_a_deadline_lies_in_this_century() -> None:
    with pytest.raises(InvalidInput) as error:
        check_deadlines(datetime(1, 1, 1, tzinfo=UTC), NOW, datetime(2100, 1, 1, tzinfo=UTC), now=NOW)
    assert pointers(error) == {"/opens_at", "/publishes_by"}


ONE = {"weight": "1", "indices": {"X": ["1", "2"]}}


@pytest.mark.parametrize(
    ("paths", "pointer"),
    [
        ([{**ONE, "weight": "0.9"}], "/index_paths"),
        ([{**ONE, "weight": "0"}, ONE], "/index_paths/0/weight"),
        ([{**ONE, "weight": "1.1"}], "/index_paths/0/weight"),
        ([{"weight": "1"}], "/index_paths/0/indices"),
        ([{**ONE, "indices": {"X": ["1"]}}], "/index_paths/0/indices/X"),
        ([{**ONE, "indices": {"X": ["1", "10000000.1"]}}], "/index_paths/0/indices/X/1"),
        ([{**ONE, "before": {"Y": "1"}}], "/index_paths/0/before/Y"),
        ([{**ONE, "after": {"X": "-1"}}], "/index_paths/0/after/X"),
        ([{**ONE, "name": "low"}], "/index_paths/0/name"),
        (["low"], "/index_paths/0"),
        ([], "/index_paths"),
        ("low", "/index_paths"),
    ],
)
def test_faulty_price_paths(paths: Any, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normal_index_paths(paths, ["2027-01", "2027-02"])
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


def test_price_paths_normalised_twice_stay_the_same() -> None:
    stated = [
        {"weight": "0.50", "indices": {"X": ["1.0", "2"], "X@settlement": ["3", "4"]}, "after": {"X": "5.0"}},
        {"weight": "0.5", "indices": {"X": ["1", "2"]}},
    ]
    once = normal_index_paths(stated, ["2027-01", "2027-02"])
    assert normal_index_paths(once, ["2027-01", "2027-02"]) == once
    assert once[0] == {"weight": "0.5", "indices": {"X": ["1", "2"], "X@settlement": ["3", "4"]}, "after": {"X": "5"}}
    assert paths_of(once) == once


@pytest.mark.parametrize(
    ("series", "index"),
    [
        ("LC", "LC"),
        ("LC@settlement", "LC"),
        ("LC@2027-01-05", "LC"),
        ("LC@futures,2027-01-05,2027-01-12", "LC"),
        ("LC@mean", None),
        ("LC@", None),
        ("LC@2027-01-12,2027-01-05", None),
        ("LC@2027-02-30", None),
    ],
)
def test_the_index_of_a_series(series: str, index: str | None) -> None:
    assert index_of(series) == index
