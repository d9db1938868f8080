"""Reading of market and clearing files: every fault with its place and value, and nothing repaired."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from solver.clear import clear
from solver.form import calendar
from solver.form.market import canonical_bytes, content_hash
from solver.form.reading import MarketError, read_clearing, read_market, write_json

MARKET: dict[str, Any] = {
    "format": "changdan-market/1",
    "grades": [{"id": "G", "unit": "t", "quantum": "0.001"}],
    "calendar": ["2027-01", "2027-02"],
    "paths": [{"weight": "1", "indices": {"I": ["98000", "99000"]}}],
    "freight": {
        "kind": "lanes",
        "cny_per_unit_km": "0.5",
        "lanes": [{"origin": "A", "destination": "B", "cny_per_unit": "7"}],
    },
    "policy": {"contract_cost": "2000"},
    "orders": [
        {
            "id": "o1",
            "side": "offer",
            "organisation": "A",
            "grade": "G",
            "site": {"id": "A", "lat": 30.1, "lon": 103.9},
            "specification": {"purity": "99.6"},
            "volumes": ["120", "120"],
            "limit_price": {
                "components": [{"index": "I", "coefficient": "0.9"}],
                "collar": {"floor": "70000", "cap": "90000"},
            },
            "minimum_contract": {"volume": "60", "pair_fraction": "0.9"},
            "lot": "10",
            "counterparties": {"least": 1, "most": 4},
            "delivery": {"incoterms": ["DAP"]},
        },
        {
            "id": "n1",
            "side": "need",
            "organisation": "B",
            "grade": "G",
            "site": {"id": "B"},
            "specification": {"purity": {"at_least": "99.5", "target": "99.5", "above_cny_per_unit": "10"}},
            "volumes": ["100", "100"],
            "limit_price": {"components": [{"fixed": "104000"}]},
            "minimum_fill": "0.5",
            "maximum_share": {"fraction": "0.6"},
            "flexibility": {"grants": {"up": "0.1"}},
            "payment": {"days": 30},
            "holds": [{"certificate": "c", "valid_from": "2026-01-01", "valid_to": "2028-01-01"}],
            "validity": {"valid_from": "2026-01-01", "valid_to": "2026-12-31"},
        },
    ],
}


def changed(path: str, value: Any) -> str:
    """The market with the value at a pointer replaced, or added."""
    raw: Any = deepcopy(MARKET)
    *parents, last = path.strip("/").split("/")
    at = raw
    for step in parents:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value
    return json.dumps(raw)


def faults_of(text: str | bytes) -> list[tuple[str, str, str]]:
    with pytest.raises(MarketError) as refused:
        read_market(text)
    return [(fault.pointer, fault.value, fault.message) for fault in refused.value.faults]


def test_a_right_market_is_read_exactly():
    market = read_market(json.dumps(MARKET))
    assert market.orders[0].limit_price.components[0].coefficient == Decimal("0.9")
    assert market.orders[1].volumes == (Decimal(100), Decimal(100))


@pytest.mark.parametrize(
    ("path", "value", "pointer", "shown"),
    [
        ("/orders/0/volumes/1", 120, "/orders/0/volumes/1", "120"),
        ("/orders/0/volumes/1", "1_20", "/orders/0/volumes/1", "1_20"),
        ("/orders/0/volumes/1", "１２０", "/orders/0/volumes/1", "１２０"),
        ("/orders/0/volumes/1", "NaN", "/orders/0/volumes/1", "NaN"),
        ("/orders/0/volumes/1", "Infinity", "/orders/0/volumes/1", "Infinity"),
        ("/orders/0/volumes/1", "1e13", "/orders/0/volumes/1", "1e13"),
        ("/orders/0/volumes/1", "1e-21", "/orders/0/volumes/1", "1e-21"),
        ("/orders/0/volumes/1", "-1", "/orders/0/volumes/1", "-1"),
        ("/orders/0/volumes/1", "0.0005", "/orders/0/volumes/1", "0.0005"),
        ("/orders/0/volumes/1", {"firm": "1", "planned": "x"}, "/orders/0/volumes/1/planned", "x"),
        ("/orders/0/volumes", ["1"], "/orders/0/volumes", "1 volumes"),
        ("/orders/0/volumse", ["1"], "/orders/0/volumse", '["1"]'),
        ("/orders/0/side", "seller", "/orders/0/side", '"seller"'),
        ("/orders/0/grade", "H", "/orders/0/grade", "H"),
        ("/orders/1/id", "o1", "/orders/0/id", "o1"),
        ("/orders/0/lot", "0", "/orders/0/lot", "0"),
        ("/orders/0/lot", "0.0015", "/orders/0/lot", "0.0015"),
        ("/orders/0/minimum_contract", "5e-1x", "/orders/0/minimum_contract", "5e-1x"),
        ("/orders/0/minimum_contract/pair_fraction", "1.5", "/orders/0/minimum_contract/pair_fraction", "1.5"),
        ("/orders/0/counterparties/least", 5, "/orders/0/counterparties/least", "5"),
        ("/orders/0/counterparties/most", 0, "/orders/0/counterparties/most", "0"),
        ("/orders/0/limit_price/components/0/index", "J", "/orders/0/limit_price/components/0/index", "J"),
        ("/orders/0/limit_price/components/0/fixed", "1", "/orders/0/limit_price/components/0", "component"),
        ("/orders/0/limit_price/components", [], "/orders/0/limit_price/components", "[]"),
        ("/orders/0/limit_price/collar/floor", "90001", "/orders/0/limit_price/collar", "floor 90001, cap 90000"),
        ("/orders/0/limit_price/components/0/coefficient", "1e6", "/orders/0/limit_price", "1.000e+13"),
        ("/orders/0/limit_price/premium_by_period", ["1"], "/orders/0/limit_price/premium_by_period", "1 premiums"),
        ("/orders/0/limit_price/tax", {"rate": "13"}, "/orders/0/limit_price/tax/rate", "13"),
        ("/orders/0/site/lat", 91, "/orders/0/site/lat", "91.0"),
        ("/orders/0/delivery/incoterms", [], "/orders/0/delivery/incoterms", "[]"),
        ("/orders/0/delivery/incoterms/0", "送到", "/orders/0/delivery/incoterms/0", "送到"),
        ("/orders/0/specification/purity", {"at_least": "1"}, "/orders/0/specification/purity", "range"),
        ("/orders/1/specification/purity", "99", "/orders/1/specification/purity", "99"),
        ("/orders/1/specification/purity/at_most", "99", "/orders/1/specification/purity/at_least", "99.5"),
        ("/orders/1/specification/purity/target", None, "/orders/1/specification/purity", "adjustment"),
        ("/orders/1/minimum_fill", "1.1", "/orders/1/minimum_fill", "1.1"),
        ("/orders/1/maximum_share/fraction", "0", "/orders/1/maximum_share/fraction", "0"),
        ("/orders/1/counterparties", {"most": 1}, "/orders/1/maximum_share/fraction", "0.6"),
        ("/orders/1/flexibility/grants/up", "1.1", "/orders/1/flexibility/grants/up", "1.1"),
        ("/orders/1/flexibility/grants/notice_days", -1, "/orders/1/flexibility/grants/notice_days", "-1"),
        ("/orders/1/payment/days", -1, "/orders/1/payment/days", "-1"),
        ("/orders/1/holds/0/valid_to", "2025-01-01", "/orders/1/holds/0/valid_to", "2025-01-01"),
        ("/orders/1/holds/0/valid_from", "2026-1-1", "/orders/1/holds/0/valid_from", "2026-1-1"),
        ("/orders/1/validity/valid_to", "2026-02-30", "/orders/1/validity/valid_to", "2026-02-30"),
        ("/orders/1/group_parent", 5, "/orders/1/group_parent", "5"),
        ("/calendar/1", "2027-01", "/calendar/1", "2027-01"),
        ("/calendar/1", "2027-Q2", "/calendar/1", "2027-Q2"),
        ("/calendar/1", "2027-13", "/calendar/1", "2027-13"),
        ("/calendar/1", "0000", "/calendar/1", "0000"),
        ("/calendar/1", "9999-12", "/calendar/1", "9999-12"),
        ("/as_of", "soon", "/as_of", "soon"),
        ("/paths/0/weight", "0.9", "/paths", "0.9"),
        ("/paths/0/indices/I", ["1"], "/paths/0/indices/I", "1 values"),
        ("/paths/0/indices/I/0", "-1", "/paths/0/indices/I/0", "-1"),
        ("/paths/0/indices/I/0", "10000000.1", "/paths/0/indices/I/0", "10000000.1"),
        ("/grades/0/quantum", "0", "/grades/0/quantum", "0"),
        ("/freight/kind", "distance", "/freight/kind", "distance"),
        ("/freight/lanes/0/cny_per_unit", "-7", "/freight/lanes/0/cny_per_unit", "-7"),
        ("/freight/lanes/0/cny_per_unit", None, "/freight/lanes/0", "no freight"),
        ("/policy/price_tick", "0", "/policy/price_tick", "0"),
        ("/policy/price_split", {"low": "0.7", "high": "0.3"}, "/policy/price_split/high", "0.3"),
        ("/format", "changdan-market/2", "/format", '"changdan-market/2"'),
    ],
)
def test_a_fault_is_named_with_its_place_and_value(path: str, value: Any, pointer: str, shown: str):
    found = faults_of(changed(path, value))
    assert (pointer, shown) in [(each[0], each[1]) for each in found], found
    assert all(message for _, _, message in found)


def test_every_fault_is_collected():
    raw = deepcopy(MARKET)
    raw["orders"][0]["volumes"][0] = "x"
    raw["orders"][1]["minimum_fil"] = "0.5"
    raw["calendar"] = 3
    assert [each[0] for each in faults_of(json.dumps(raw))] == [
        "/orders/0/volumes/0",
        "/orders/1/minimum_fil",
        "/calendar",
    ]


def test_all_faults_of_meaning_are_collected():
    raw = deepcopy(MARKET)
    raw["orders"][0]["lot"] = "-10"
    raw["orders"][1]["minimum_fill"] = "2"
    raw["calendar"] = ["2027-02", "2027-01"]
    assert [each[0] for each in faults_of(json.dumps(raw))] == [
        "/calendar/1",
        "/orders/0/lot",
        "/orders/1/minimum_fill",
    ]


def test_one_organisation_has_one_group():
    raw = deepcopy(MARKET)
    raw["orders"].append(raw["orders"][1] | {"id": "n2", "group_parent": "P"})
    assert ("/orders/2/group_parent", "P") in [each[:2] for each in faults_of(json.dumps(raw))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"", "malformed JSON"),
        (b"[1, 2", "malformed JSON"),
        (b'{"format": NaN}', "malformed JSON"),
        (b'{"name": "\xff"}', "byte 10"),
        (b"[" * 100_000, "malformed JSON"),
        (b"[]", "[]"),
    ],
)
def test_what_is_no_json_object_is_refused(text: bytes, value: str):
    found = faults_of(text)
    assert found[0][:2] == ("", value)


def test_write_and_read_give_the_same_market(tmp_path: Path):
    market = read_market(json.dumps(MARKET))
    write_json(market, tmp_path / "market.json")
    again = read_market(tmp_path / "market.json")
    assert again == market
    assert content_hash(again) == content_hash(market)
    assert canonical_bytes(market) == canonical_bytes(read_market(canonical_bytes(market)))


def test_a_clearing_is_read_as_written_and_refused_as_a_whole(tmp_path: Path):
    clearing = clear(read_market(json.dumps(MARKET)))
    write_json(clearing, tmp_path / "clearing.json")
    assert read_clearing(tmp_path / "clearing.json") == clearing
    with pytest.raises(MarketError, match="/objectiv"):
        read_clearing((tmp_path / "clearing.json").read_text().replace('"objective"', '"objectiv"', 1))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2027-12", date(2027, 12, 1), date(2027, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2027-Q4", date(2027, 10, 1), date(2027, 12, 31)),
        ("2027", date(2027, 1, 1), date(2027, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_days_of_periods(period: str, first: date, last: date):
    assert (calendar.first_day(period), calendar.last_day(period)) == (first, last)


@pytest.mark.parametrize("period", ["2027-00", "2027-Q5", "27", "2027-1", "20270", "2027-01-01", "٢٠٢٧"])
def test_other_texts_are_no_periods(period: str):
    with pytest.raises(ValueError, match="is no month"):
        calendar.kind(period)


def test_all_faults_of_form_are_told_together():
    market = deepcopy(MARKET)
    market["orders"][0] |= {"lots": "5", "side": "buy", "volumes": "120", "counterparties": {"most": "4"}}
    del market["orders"][1]["limit_price"]
    market["policy"] = {"price_tick": 0, "exceptions": "none"}
    with pytest.raises(MarketError) as caught:
        read_market(json.dumps(market))
    faults = {fault.pointer: fault.message for fault in caught.value.faults}
    assert faults["/orders/0/side"] == "must be one of need, offer"
    assert faults["/orders/0/volumes"] == "must be a list"
    assert faults["/orders/0/counterparties/most"] == "must be a whole number"
    assert faults["/orders/0/lots"].startswith("unknown field; known are id, side, organisation")
    assert faults["/orders/1/limit_price"] == "is required"
    assert faults["/policy/price_tick"].startswith("must be a decimal number")
    assert faults["/policy/exceptions"] == "must be one of drop, propose"
    assert len(faults) == 7


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"format": "changdan-market/1", "grades": [], "grades": []}', "the name 'grades' is given twice"),
        ('{"format": "changdan-market/1", "orders": [{"id": "a", "id": "b"}]}', "the name 'id' is given twice"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": ' + "9" * 21 + "}", "a number of 21 digits"),
        ('{"a": 1,}', "line 1"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_is_none_or_could_be_read_in_two_ways(text: str, told: str):
    with pytest.raises(MarketError, match=told):
        read_market(text)


def test_a_file_of_another_form_is_not_looked_into():
    with pytest.raises(MarketError) as caught:
        read_market('{"format": "changdan-clearing/1", "orders": [{"filled": "1"}]}')
    assert [(fault.pointer, fault.message) for fault in caught.value.faults] == [
        ("/format", "must be changdan-market/1")
    ]
