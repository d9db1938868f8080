"""Reading of the other grades that a need accepts: each check with a value just inside and just outside."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from solver.form.reading import MarketError, read_market


def order(name: str, grade: str, **terms: Any) -> dict[str, Any]:
    side = "offer" if name.startswith("o") else "need"
    limit = {"components": [{"fixed": "100" if side == "offer" else "120"}]}
    basis = {"id": name, "side": side, "organisation": name, "grade": grade, "volumes": ["9"]}
    return {**basis, "limit_price": limit, **terms}


MARKET: dict[str, Any] = {
    "format": "changdan-market/1",
    "grades": [{"id": "G", "unit": "t", "quantum": "1"}, {"id": "H", "unit": "t", "quantum": "0.001"}],
    "calendar": ["2027-01"],
    "orders": [order("o0", "H", specification={"purity": "99"}), order("n1", "G")],
}


def alternates(*given: tuple[str, str], adjustment: str = "0") -> dict[str, Any]:
    return {"alternates": [{"grade": grade, "ratio": ratio, "adjustment": adjustment} for grade, ratio in given]}


def half(**terms: Any) -> dict[str, Any]:
    """Two of the other grade for one: every price is halved; and a half for one: it is doubled."""
    return {**alternates(("H", "0.5")), **terms}


def purity(slope: str) -> dict[str, Any]:
    return {"specification": {"purity": {"target": "100", "below_cny_per_unit": slope}}}


def tolling(fee: str) -> dict[str, Any]:
    return {"tolling": {"grade": "X", "yield_fraction": "1", "loss_limit": "0", "title": "buyer", "fee": fee}}


def switching(cost: str) -> dict[str, Any]:
    return {"incumbents": [{"organisation": "o0", "switching_cost": cost}]}


def fixed(price: str, **terms: Any) -> dict[str, Any]:
    return {"limit_price": {"components": [{"fixed": price}], **terms}}


# name: what is accepted, what is refused (of the need, or the offer where its id stands first), where, and why
OTHER = "must be another grade of the market, named once"
CHECKS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str], str]] = {
    "a known grade": (alternates(("H", "1")), alternates(("I", "1")), ["0/grade"], OTHER),
    "another grade": (alternates(("H", "1")), alternates(("G", "1")), ["0/grade"], OTHER),
    "once": (alternates(("H", "1")), alternates(("H", "1"), ("H", "2")), ["0/grade", "1/grade"], OTHER),
    "above zero": (alternates(("H", "0.000001")) | fixed("1"), alternates(("H", "0")), ["0/ratio"], "above 0"),
    "a positive ratio": (alternates(("H", "1")), alternates(("H", "-1")), ["0/ratio"], "above 0"),
    "at most a hundred": (alternates(("H", "100")), alternates(("H", "100.1")), ["0/ratio"], "at most 100"),
    "six decimals": (alternates(("H", "1.0000010")), alternates(("H", "1.0000001")), ["0/ratio"], "6 decimals"),
    "adjustment": (
        alternates(("H", "100"), adjustment="-1000000000"),
        alternates(("H", "100"), adjustment="-1000000000.01"),
        ["0/adjustment"],
        "must be",
    ),
    "limit": (half(**fixed("500000000")), half(**fixed("500000000.01")), ["0/ratio"], "limit"),
    "limit and adjustment": (
        {**alternates(("H", "1"), adjustment="-5"), **fixed("999999995")},
        {**alternates(("H", "1"), adjustment="-5"), **fixed("999999995.01")},
        ["0/ratio"],
        "limit",
    ),
    "collar": (
        half(**fixed("1", collar={"cap": "500000000"})),
        half(**fixed("1", collar={"cap": "500000000.01"})),
        ["0/ratio"],
        "limit",
    ),
    "fee": (half(**tolling("500000000")), half(**tolling("500000000.01")), ["0/ratio"], "fee"),
    "switching cost": (half(**switching("500000000")), half(**switching("500000000.01")), ["0/ratio"], "switching"),
    "loss consent": (
        half(loss_consent={"most_cny_per_unit": "500000000"}),
        half(loss_consent={"most_cny_per_unit": "500000000.01"}),
        ["0/ratio"],
        "loss consent",
    ),
    "quality": (half(**purity("-500000000")), half(**purity("-500000000.01")), ["0/ratio"], "purity"),
    "volume": (
        {**alternates(("H", "100")), "volumes": ["10000000000"]},
        {**alternates(("H", "100")), "volumes": ["10000000001"]},
        ["0/ratio"],
        "quanta",
    ),
}


def faults(of_need: dict[str, Any], of_offer: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    document = deepcopy(MARKET)
    document["orders"][1].update(of_need)
    document["orders"][0].update(of_offer or {})
    try:
        read_market(json.dumps(document).encode())
    except MarketError as error:
        return [(fault.pointer, fault.message) for fault in error.faults]
    return []


@pytest.mark.parametrize("name", CHECKS)
def test_just_inside_is_read_and_just_outside_refused(name: str):
    inside, outside, places, why = CHECKS[name]
    assert faults(inside) == []
    found = faults(outside)
    assert [pointer for pointer, _ in found] == [f"/orders/1/alternates/{place}" for place in places]
    assert all(why in message for _, message in found)


def test_an_offer_has_none():
    assert faults({}, alternates(("G", "1"))) == [("/orders/0/alternates", "only a need accepts other grades")]
