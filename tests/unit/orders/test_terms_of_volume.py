"""Quantities: what is refused, where, and by which limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marketplace.orders.rules.rest import rest_faults
from tests.factories.order_terms import faults_of, plain_terms, read

JAN = "/volumes/2027-01"


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ({"2027-01": "-1"}, [(JAN, "below-limit")]),
        ({"2027-01": "1000000000.001"}, [(JAN, "above-limit")]),
        ({"2027-01": "1e400"}, [(JAN, "above-limit")]),
        ({"2027-01": "1e3"}, [(JAN, "not-a-number")]),
        ({"2027-01": "0.0005"}, [(JAN, "not-a-multiple")]),
        ({"2027-01": "NaN"}, [(JAN, "not-a-number")]),
        ({"2027-01": "Infinity"}, [(JAN, "not-a-number")]),
        ({"2027-01": "1_000"}, [(JAN, "not-a-number")]),
        ({"2027-01": "１２"}, [(JAN, "not-a-number")]),
        ({"2027-01": " 12"}, [(JAN, "not-a-number")]),
        ({"2027-01": 120.5}, [(JAN, "not-a-number")]),
        ({"2027-01": True}, [(JAN, "not-a-number")]),
        ({"2027-01": 10**60}, [(JAN, "above-limit")]),
        ({"2027-01": "9" * 5000}, [(JAN, "not-a-number")]),
        ({"2027-01": None}, [(JAN, "wrong-type")]),
        ({"2027-01": ["1"]}, [(JAN, "not-a-number")]),
        ({"2027-13": "1"}, [("/volumes/2027-13", "not-a-month")]),
        ({"2027-1": "1"}, [("/volumes/2027-1", "not-a-month")]),
        ({"2027-Q1": "1"}, [("/volumes/2027-Q1", "not-a-month")]),
        ({"2047-01": "1"}, [("/volumes/2047-01", "above-limit")]),
        ({"2026-11": "1", "2027-01": "1"}, [("/volumes/2026-11", "past")]),
        ({"2027-01": "0"}, [("/volumes", "below-limit")]),
        ({}, [("/volumes", "below-limit")]),
        ([], [("/volumes", "wrong-type")]),
        ({f"20{27 + n // 12}-{n % 12 + 1:02d}": "1" for n in range(121)}, [("/volumes", "above-limit")]),
        ({"2027-01": {"firm": "1"}}, [(f"{JAN}/planned", "missing")]),
        ({"2027-01": {"firm": "-1", "planned": "1", "more": "1"}}, [(f"{JAN}/firm", "below-limit"),
                                                                    (f"{JAN}/more", "unknown-field")]),
    ],
)  # fmt: skip
def test_faulty_volumes(volumes: Any, expected: list[tuple[str, str]]) -> None:
    assert faults_of(plain_terms(volumes=volumes)) == expected


def test_the_present_month_and_empty_months_gone_by_are_right() -> None:
    assert faults_of(plain_terms(volumes={"2026-12": "1", "2026-11": "0"})) == []


def test_a_fault_names_value_and_limit() -> None:
    (fault,) = read(plain_terms(volumes={"2027-01": "-500"})).faults
    assert (fault.pointer, fault.value, fault.limit) == (JAN, Decimal(-500), Decimal(0))


def test_only_offers_split_volumes() -> None:
    split = {"2027-01": {"firm": "1", "planned": "2"}}
    assert faults_of(plain_terms(volumes=split), "offer") == []
    assert faults_of(plain_terms(volumes=split), "need") == [(JAN, "wrong-side")]


def test_every_fault_of_every_month_is_told_at_once() -> None:
    volumes = {"2026-10": "1", "2027-01": "-1", "2027-02": "0.0001", "x": "1"}
    assert faults_of(plain_terms(volumes=volumes)) == [
        ("/volumes/2027-01", "below-limit"),
        ("/volumes/2027-02", "not-a-multiple"),
        ("/volumes/x", "not-a-month"),
        ("/volumes/2026-10", "past"),
    ]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"minimum_contract": "200.001"}, [("/minimum_contract", "contradiction")]),
        ({"minimum_contract": "0"}, [("/minimum_contract", "below-limit")]),
        ({"minimum_contract": {"volume": "201", "pair_fraction": "1"}}, [("/minimum_contract", "contradiction")]),
        ({"minimum_contract": {"volume": "60"}}, [("/minimum_contract/pair_fraction", "missing")]),
        ({"minimum_contract": {"volume": "60", "pair_fraction": "1.1"}},
         [("/minimum_contract/pair_fraction", "above-limit")]),
        ({"minimum_contract": "60", "maximum_contract": "50"}, [("/minimum_contract", "contradiction")]),
        ({"maximum_contract": "0.0001"}, [("/maximum_contract", "not-a-multiple")]),
        ({"minimum_per_period": "121"}, [("/minimum_per_period", "contradiction")]),
        ({"lot": "0.0015"}, [("/lot", "not-a-multiple")]),
        ({"lot": "0"}, [("/lot", "below-limit")]),
        ({"lot": "121"}, [("/lot", "contradiction")]),
        ({"lot": "20", "maximum_contract": "10"}, [("/maximum_contract", "contradiction")]),
        ({"minimum_fill": "0"}, [("/minimum_fill", "below-limit")]),
        ({"minimum_fill": "1.01"}, [("/minimum_fill", "above-limit")]),
        ({"ramp": "-0.1"}, [("/ramp", "below-limit")]),
        ({"ramp": "1.1"}, [("/ramp", "above-limit")]),
        ({"flexibility": {"requires": {"down": "1.1"}}}, [("/flexibility/requires/down", "above-limit")]),
        ({"flexibility": {"grants": {"up": "-0.1"}}}, [("/flexibility/grants/up", "below-limit")]),
        ({"flexibility": {"grants": {"per": "week"}}}, [("/flexibility/grants/per", "not-a-choice")]),
        ({"flexibility": {"grants": {"notice_days": 366}}}, [("/flexibility/grants/notice_days", "above-limit")]),
        ({"flexibility": {"grants": {"notice_days": "30"}}}, [("/flexibility/grants/notice_days", "wrong-type")]),
        ({"flexibility": {"grants": {"notice_days": True}}}, [("/flexibility/grants/notice_days", "wrong-type")]),
        ({"flexibility": {"offers": {}}}, [("/flexibility/offers", "unknown-field")]),
        ({"storage": {"owner": "seller", "place": "仓", "opening": "6", "closing": "0", "capacity": "5", "cost": "1"}},
         [("/storage/opening", "contradiction")]),
        ({"storage": {"owner": "buyer", "place": "仓", "opening": "0", "closing": "0", "capacity": "5", "cost": "1"}},
         [("/storage/owner", "wrong-side")]),
        ({"storage": {"owner": "carrier", "place": "", "opening": "0", "closing": "0", "capacity": "0", "cost": "-1"}},
         [("/storage/owner", "not-a-choice"), ("/storage/place", "wrong-length"), ("/storage/capacity", "below-limit"),
          ("/storage/cost", "below-limit")]),
    ],
)  # fmt: skip
def test_faulty_sizes_and_options(terms: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults_of(plain_terms(**terms)) == expected


def test_amounts_are_kept_in_their_shortest_form_and_nothing_else_is_changed() -> None:
    terms = plain_terms(volumes={"2027-01": "120.500", "2027-02": 80}, lot="0.50")
    kept = read(terms).terms
    assert kept["volumes"] == {"2027-01": "120.5", "2027-02": "80"}
    assert kept["lot"] == "0.5"
    assert terms["volumes"] == {"2027-01": "120.500", "2027-02": 80}


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({"2027-01": "4.001"}, []),
        ({"2027-01": "0", "2027-02": "80"}, []),
        ({"2027-01": "121"}, ["/volumes/2027-01"]),
        ({"2027-03": "1"}, ["/volumes/2027-03"]),
        ({"2027-01": "-1", "2027-02": "2"}, ["/volumes/2027-01"]),
        ({"2027-01": "0.0001"}, ["/volumes/2027-01"]),
        ({"2027-01": "0"}, ["/volumes"]),
    ],
)
def test_what_rests_is_at_most_what_was_stated(rest: dict[str, str], expected: list[str]) -> None:
    faults = rest_faults(
        {"2027-01": "120", "2027-02": "80"}, {month: Decimal(v) for month, v in rest.items()}, Decimal("0.001")
    )
    assert [fault.pointer for fault in faults] == expected
