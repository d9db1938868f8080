"""What a market file states and the book cannot hold is refused by name, and nothing of the file is stored."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.samples.load import load_file
from marketplace.shared.database import db
from marketplace.shared.errors import Fault, InvalidInput
from tests.conftest import NOW
from tests.unit.samples.many_terms import MANY_TERMS

Document = dict[str, Any]

LANES = {
    "kind": "lanes",
    "cny_per_unit_km": "0.5",
    "lanes": [{"origin": "plant-A", "destination": "x", "distance_km": "1"}],
}
QUARTERS = ["2027-Q1", "2027-Q2", "2027-Q3"]
PAST = ["2026-10", "2026-11", "2026-12"]
HELD = {"certificate": "ISO9001", "valid_from": "2026-01-01", "valid_to": "2029-12-31"}


def put(*steps: Any) -> Callable[[Any], Callable[[Document], None]]:
    """A change: this value at that place."""

    def with_value(value: Any) -> Callable[[Document], None]:
        def change(document: Document) -> None:
            at: Any = document
            for step in steps[:-1]:
                at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
            at[steps[-1]] = value

        return change

    return with_value


CASES: dict[str, tuple[Callable[[Document], object], str, Any, str]] = {
    "grade unknown": (
        put("grades")([*MANY_TERMS["grades"], {"id": "LC-BG", "unit": "t", "quantum": "1"}]),
        "/grades/2/id",
        "LC-BG",
        "a grade of the catalogue",
    ),
    "unit": (put("grades", 0, "unit")("t"), "/grades/0/unit", "t", "TNE"),
    "quantum": (put("grades", 0, "quantum")("0.005"), "/grades/0/quantum", "0.005", "0.001"),
    "contract cost": (put("grades", 0, "contract_cost")("100"), "/grades/0/contract_cost", "100", "left out"),
    "quarters": (put("calendar")(QUARTERS), "/calendar/0", "2027-Q1", "YYYY-MM"),
    "past": (put("calendar")(PAST), "/calendar/0", "2026-10", "from 2026-12"),
    "plane": (put("freight", "kind")("plane"), "/freight/kind", "plane", "none, distance, lanes"),
    "many paths": (
        put("paths")([{"weight": "0.04", "indices": MANY_TERMS["paths"][0]["indices"]}] * 25),
        "/paths",
        "25 paths",
        "1 to 20",
    ),
    "index name": (
        put("paths", 0, "indices", "lc cn")(["1", "1", "1"]),
        "/paths/0/indices/lc cn",
        "lc cn",
        "2 to 40 capitals",
    ),
    "index value": (
        put("paths", 0, "indices", "LC-OTHER")(["1", "1", "1e-15"]),
        "/paths/0/indices/LC-OTHER/2",
        "0.000000000000001",
        "",
    ),
    "seed": (put("policy", "sealed_seed")("secret"), "/policy/sealed_seed", "secret", "left out"),
    "policy": (put("policy", "welfare_tolerance")("0.2"), "/policy/welfare_tolerance", "0.2", "0 to 0.1"),
    "lane to nowhere": (put("freight")(LANES), "/freight/lanes/0/destination", "x", "a place of both"),
    "no region": (put("orders", 1, "site")({"lat": 1, "lon": 1}), "/orders/1/site/region", None, "six digits"),
    "wrong region": (put("orders", 1, "site", "region")("999999"), "/orders/1/site/region", "999999", "11, 12"),
    "half a place": (put("orders", 1, "site")({"region": "430100", "lat": 28.2}), "/orders/1/site/lon", None, ""),
    "plane site": (put("orders", 1, "site", "x_km")("3"), "/orders/1/site/x_km", "3", "lat and lon"),
    "site of two": (put("orders", 1, "site")(MANY_TERMS["orders"][0]["site"]), "/orders/1/site/id", "plant-A", "own"),
    "site elsewhere": (
        put("orders", 2, "site")({**MANY_TERMS["orders"][2]["site"], "lat": 31.5}),
        "/orders/2/site",
        "plant-A",
        "one place",
    ),
    "order name": (put("orders", 1, "id")("o" * 65), "/orders/1/id", "o" * 65, "64"),
    "organisation name": (put("orders", 1, "organisation")("A\u200b"), "/orders/1/organisation", ..., ""),
    "name of a stranger": (
        put("orders", 5, "exclusions")([{"organisation": "x" * 200, "reason": "debts"}]),
        "/orders/5/exclusions/0/organisation",
        ...,
        "200 characters",
    ),
    "name of a group": (
        lambda document: [order.update(group_parent="x" * 200) for order in document["orders"][:3]],
        "/orders/0/group_parent",
        ...,
        "200 characters",
    ),
    "tags differ": (put("orders", 2, "tags")(["green"]), "/orders/2/tags", "['green']", "orders of A"),
    "holds differ": (put("orders", 2, "holds")([]), "/orders/2/holds", "None", "orders of A"),
    "chain of groups": (put("orders", 3, "group_parent")("E"), "/orders/4/group_parent", "B", "names no other"),
    "certificate": (
        put("orders", 1, "holds")([{**HELD, "certificate": "ISO1"}]),
        "/orders/1/holds/0/certificate",
        "ISO1",
        "ISO9001",
    ),
    "certificate over": (
        put("orders", 1, "holds")([{**HELD, "valid_to": "2026-11-30"}]),
        "/orders/1/holds/0/valid_to",
        ...,
        "2026-12-01",
    ),
    "certificate elsewhere": (
        put("orders", 1, "holds")([{**HELD, "sites": ["plant-A"]}]),
        "/orders/1/holds/0/sites/0",
        "plant-A",
        "a site of A2",
    ),
    "approved site": (
        put("orders", 4, "approved", "counterparties", 0, "site")("plant-Z"),
        "/orders/4/approved/counterparties/0/site",
        "plant-Z",
        "a site of the file",
    ),
    "not valid today": (
        put("orders", 0, "validity")({"valid_from": "2026-12-02"}),
        "/orders/0/validity",
        "2026-12-02 to ",
        "2026-12-01",
    ),
    "not valid as of": (put("as_of")("2026-10-31"), "/orders/0/validity", "2026-11-01 to 2026-12-31", "2026-10-31"),
    "term the book refuses": (put("orders", 5, "payment")({"days": 400}), "/orders/5/payment/days", 400, "0 to 365"),
    "specification": (
        put("orders", 0, "specification", "Zn_ppm")("1"),
        "/orders/0/specification/Zn_ppm",
        "1",
        "Li2CO3_pct",
    ),
    "volume of a month": (put("orders", 5, "volumes", 1)("2e9"), "/orders/5/volumes/1", "2000000000", "1000000000"),
    "premium of a month": (
        put("orders", 5, "limit_price", "premium_by_period")(["0", "0", "1e-13"]),
        "/orders/5/limit_price/premium_by_period/2",
        "0.0000000000001",
        "12 digits",
    ),
    "name": (put("name")("x" * 151), "/name", "151 characters", "150 characters"),
    "unknown field": (put("orders", 0, "colour")("red"), "/orders/0/colour", '"red"', ""),
}


def refused(document: Document, folder: Path) -> tuple[Fault, ...]:
    path = folder / "given.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidInput) as refusal:
        load_file(path, now=NOW)
    return refusal.value.faults


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("name", CASES)
def test_what_the_book_cannot_hold_is_refused_by_name(name: str, tmp_path: Path) -> None:
    change, pointer, value, limit = CASES[name]
    document = copy.deepcopy(MANY_TERMS)
    change(document)
    found = [fault for fault in refused(document, tmp_path) if fault.pointer == pointer]
    assert found, [fault.pointer for fault in refused(document, tmp_path)]
    assert value is ... or found[0].value == value
    assert limit in str(found[0].limit or "")
    assert found[0].message
    assert db.session.scalar(sa.select(sa.func.count(Organisation.id))) == 0


@pytest.mark.usefixtures("session")
def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    document = copy.deepcopy(MANY_TERMS)
    for name in ("unit", "plane", "seed", "no region", "approved site"):
        CASES[name][0](document)
    pointers = {fault.pointer for fault in refused(document, tmp_path)}
    assert pointers >= {CASES[name][1] for name in ("unit", "plane", "seed", "no region", "approved site")}


@pytest.mark.usefixtures("session")
def test_faults_of_several_orders_are_told_at_once(tmp_path: Path) -> None:
    document = copy.deepcopy(MANY_TERMS)
    document["orders"][5]["payment"] = {"days": 400}
    document["orders"][0]["payment"] = {"days": 500}
    assert [fault.pointer for fault in refused(document, tmp_path)] == [
        "/orders/0/payment/days",
        "/orders/5/payment/days",
    ]
