"""Conditions of a contract as they stand in a file: values just inside are read, values just outside are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from solver.form.market import canonical_bytes
from solver.form.reading import MarketError, read_market
from tests.unit.solver.test_reading import changed

TOLLING = {"grade": "ore", "yield_fraction": "0.125", "loss_limit": "0.02", "fee": "18000", "title": "buyer"}
REOPENER = {"trigger": "0.1", "consecutive_months": 2, "negotiation_days": 30, "result_if_none": "index"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/orders/0/volumes/1", {"firm": "0", "planned": "0.001"}),
        ("/orders/0/tolling", TOLLING | {"yield_fraction": "100", "loss_limit": "1", "fee": "1000000000"}),
        ("/orders/0/tolling", TOLLING | {"yield_fraction": "0.000001", "loss_limit": "0", "fee": "0"}),
        ("/orders/0/incumbents", [{"organisation": "B", "switching_cost": "0"}]),
        ("/orders/0/incumbents", [{"organisation": "B", "switching_cost": "1000000000"}]),
        ("/orders/0/contract_wishes", {}),
        ("/orders/0/contract_wishes", {"reservation_fee": "0", "exclusivity": False}),
        ("/orders/0/contract_wishes", {"take_or_pay": {"fraction": "1", "make_up_months": 36}}),
        ("/orders/0/contract_wishes", {"reopener": REOPENER | {"trigger": "1", "consecutive_months": 36}}),
        ("/orders/0/contract_wishes", {"quality_claim": {"objection_days": 365, "assay_split": "100"}}),
        ("/policy/planned_capacity", "not_counted"),
        ("/policy/wish_conflicts", "screen"),
    ],
)
def test_what_lies_just_inside_is_read(path: str, value: Any):
    assert read_market(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value", "pointer", "shown"),
    [
        ("/orders/1/volumes/1", {"firm": "1", "planned": "1"}, "/orders/1/volumes/1", "split volume"),
        ("/orders/0/volumes/1", {"firm": "-0.001", "planned": "1"}, "/orders/0/volumes/1/firm", "-0.001"),
        ("/orders/0/volumes/1", {"firm": "0.0005", "planned": "0.0005"}, "/orders/0/volumes/1/firm", "0.0005"),
        ("/orders/0/volumes/1", {"firm": "1"}, "/orders/0/volumes/1/planned", "missing"),
        ("/orders/0/delivery", {"invoice_form": ""}, "/orders/0/delivery/invoice_form", '""'),
        ("/orders/0/tolling", TOLLING | {"grade": "G"}, "/orders/0/tolling/grade", "G"),
        ("/orders/0/tolling", TOLLING | {"grade": ""}, "/orders/0/tolling/grade", '""'),
        ("/orders/0/tolling", TOLLING | {"yield_fraction": "0"}, "/orders/0/tolling/yield_fraction", "0"),
        ("/orders/0/tolling", TOLLING | {"yield_fraction": "100.1"}, "/orders/0/tolling/yield_fraction", "100.1"),
        ("/orders/0/tolling", TOLLING | {"loss_limit": "1.01"}, "/orders/0/tolling/loss_limit", "1.01"),
        ("/orders/0/tolling", TOLLING | {"fee": "-1"}, "/orders/0/tolling/fee", "-1"),
        ("/orders/0/tolling", TOLLING | {"fee": "1000000001"}, "/orders/0/tolling/fee", "1000000001"),
        ("/orders/0/tolling", TOLLING | {"title": "nobody"}, "/orders/0/tolling/title", '"nobody"'),
        ("/orders/0/incumbents", [{"organisation": "B"}], "/orders/0/incumbents/0", "organisation alone"),
        (
            "/orders/0/incumbents",
            [{"organisation": "A", "switching_cost": "1"}],
            "/orders/0/incumbents/0/organisation",
            "A",
        ),
        (
            "/orders/0/incumbents",
            [{"organisation": "B", "switching_cost": "1"}, {"organisation": "B", "switching_cost": "2"}],
            "/orders/0/incumbents/1/organisation",
            "B",
        ),
        (
            "/orders/0/incumbents",
            [{"organisation": "B", "switching_cost": "-0.01"}],
            "/orders/0/incumbents/0/switching_cost",
            "-0.01",
        ),
        ("/orders/0/contract_wishes", {"wish": True}, "/orders/0/contract_wishes/wish", "true"),
        ("/orders/0/contract_wishes", {"exclusivity": "yes"}, "/orders/0/contract_wishes/exclusivity", '"yes"'),
        ("/orders/0/contract_wishes", {"reservation_fee": "-1"}, "/orders/0/contract_wishes/reservation_fee", "-1"),
        (
            "/orders/0/contract_wishes",
            {"ship_or_pay": {"fraction": "0"}},
            "/orders/0/contract_wishes/ship_or_pay/fraction",
            "0",
        ),
        (
            "/orders/0/contract_wishes",
            {"take_or_pay": {"fraction": "1", "make_up_months": 37}},
            "/orders/0/contract_wishes/take_or_pay/make_up_months",
            "37",
        ),
        (
            "/orders/0/contract_wishes",
            {"reopener": REOPENER | {"negotiation_days": 0}},
            "/orders/0/contract_wishes/reopener/negotiation_days",
            "0",
        ),
        (
            "/orders/0/contract_wishes",
            {"reopener": REOPENER | {"result_if_none": "war"}},
            "/orders/0/contract_wishes/reopener/result_if_none",
            '"war"',
        ),
        (
            "/orders/0/contract_wishes",
            {"quality_claim": {"weighing_tolerance": "1.001"}},
            "/orders/0/contract_wishes/quality_claim/weighing_tolerance",
            "1.001",
        ),
        (
            "/orders/0/contract_wishes",
            {"quality_claim": {"umpire_laboratory": ""}},
            "/orders/0/contract_wishes/quality_claim/umpire_laboratory",
            '""',
        ),
        ("/policy/planned_capacity", "some", "/policy/planned_capacity", '"some"'),
        ("/policy/wish_conflicts", "hide", "/policy/wish_conflicts", '"hide"'),
    ],
)
def test_what_lies_just_outside_is_refused_with_its_place(path: str, value: Any, pointer: str, shown: str):
    with pytest.raises(MarketError) as refused:
        read_market(changed(path, value))
    assert (pointer, shown) in [(fault.pointer, fault.value) for fault in refused.value.faults]


def test_a_market_that_states_none_of_it_is_written_as_before():
    text = json.loads(changed("/name", "plain"))
    written = json.loads(canonical_bytes(read_market(json.dumps(text))))
    assert written["policy"] == text["policy"]
    assert all("contract_wishes" not in order and "tolling" not in order for order in written["orders"])
