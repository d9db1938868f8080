"""Reading of terms over several contracts: each check with a value just inside and just outside."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from solver.form.reading import MarketError, read_market


def order(name: str, organisation: str, **terms: Any) -> dict[str, Any]:
    side = "offer" if name.startswith("o") else "need"
    limit = {"components": [{"fixed": "100" if side == "offer" else "120"}]}
    basis = {"id": name, "side": side, "organisation": organisation, "grade": "G", "volumes": ["9", "9"]}
    return {**basis, "limit_price": limit, **terms}


MARKET: dict[str, Any] = {
    "format": "changdan-market/1",
    "grades": [{"id": "G", "unit": "t", "quantum": "1"}, {"id": "H", "unit": "t", "quantum": "1"}],
    "calendar": ["2027-01", "2027-02"],
    "orders": [
        order("o0", "A"),
        order("o1", "A"),
        order("n2", "A"),
        order("n3", "B"),
        order("n4", "B"),
        order("o5", "C"),
    ],
}

Terms = dict[int, dict[str, Any]]  # order's place -> terms


def faults(terms: Terms) -> list[tuple[str, str, str]]:
    document = deepcopy(MARKET)
    for place, own in terms.items():
        document["orders"][place].update(own)
    try:
        read_market(json.dumps(document).encode())
    except MarketError as error:
        return [(fault.pointer, fault.value, fault.message) for fault in error.faults]
    return []


def line(*capacity: str, site: str = "mine") -> dict[str, Any]:
    return {"source": {"site": site, "line": "1", "capacity": list(capacity)}}


def made_of(*needs: str, **terms: Any) -> dict[str, Any]:
    return {"inputs": [{"need": need, "units_per_unit": "1", "cost_in_limit": True, **terms} for need in needs]}


def incumbents(*shares: str | None, names: str = "XYZ") -> dict[str, Any]:
    of = zip(names, shares, strict=False)
    return {"incumbents": [{"organisation": name} | ({"least_share": s} if s else {}) for name, s in of]}


def group(rule: str, measure: str, value: str, **terms: str) -> dict[str, Any]:
    return {"groups": [{"tag": "t", "rule": rule, "measure": measure, "value": value, **terms}]}


PLANTS = {"family": "plants"}
ALIKE = "must be stated alike by all orders of family plants, for it counts over all of them"
POSITIVE = "must be greater than 0"
# name: what is accepted, what is refused, where, which value, and what would be right
CHECKS: dict[str, tuple[Terms, Terms, str, str, str]] = {
    "source of a need": (
        {0: line("1", "1")},
        {2: line("1", "1")},
        "/orders/2/source", "need", "only an offer has a producer's line behind it",
    ),
    "a capacity for each period": (
        {0: line("1", "1")},
        {0: line("1")},
        "/orders/0/source/capacity", "1 capacities", "must have 2, one a period of the calendar",
    ),
    "a capacity too many": (
        {0: line("1", "1")},
        {0: line("1", "1", "1")},
        "/orders/0/source/capacity", "3 capacities", "must have 2, one a period of the calendar",
    ),
    "least capacity": (
        {0: line("1", "0")},
        {0: line("1", "-0.001")},
        "/orders/0/source/capacity/1", "-0.001", "must be at least 0",
    ),
    "one capacity of a line": (
        {0: line("1", "1"), 5: line("1", "1.0")},
        {0: line("1", "1"), 5: line("1", "1.001")},
        "/orders/5/source/capacity", "another capacity", "must be the same in all offers of line 1 at mine",
    ),
    "lines of two sites are two": (
        {0: line("1", "1"), 5: line("2", "2", site="pit")},
        {0: line("1", "1"), 5: line("2", "2")},
        "/orders/5/source/capacity", "another capacity", "must be the same in all offers of line 1 at mine",
    ),
    "one grade of a line": (
        {0: line("1", "1"), 5: line("1", "1")},
        {0: line("1", "1"), 5: {**line("1", "1"), "grade": "H"}},
        "/orders/5/grade", "H", "must be G for all offers of one line",
    ),
    "one side of a family": (
        {0: PLANTS, 1: PLANTS},
        {0: PLANTS, 2: PLANTS},
        "/orders/2/side", "need", "must be offer like the rest of family plants",
    ),
    "one grade of a family": (
        {0: PLANTS, 1: PLANTS},
        {0: PLANTS, 1: {**PLANTS, "grade": "H"}},
        "/orders/1/grade", "H", "must be G like the rest of family plants",
    ),
    "families of two organisations are two": (
        {0: PLANTS, 3: {**PLANTS, "minimum_fill": "1"}},
        {3: PLANTS, 4: {**PLANTS, "minimum_fill": "1"}},
        "/orders/4/minimum_fill", "another value", ALIKE,
    ),
    "linked to an order of the market": (
        {0: {"linked_to": "o1"}},
        {0: {"linked_to": "o9"}},
        "/orders/0/linked_to", "o9", "must be an order of the market",
    ),
    "linked to one's own": (
        {0: {"linked_to": "n2"}},
        {0: {"linked_to": "n3"}},
        "/orders/0/linked_to", "n3", "must be an order of organisation A",
    ),
    "linked to another": (
        {0: {"linked_to": "o1"}, 1: {"linked_to": "o0"}},
        {0: {"linked_to": "o0"}},
        "/orders/0/linked_to", "o0", "must be another order",
    ),
    "inputs of an offer": (
        {0: made_of("n2")},
        {3: made_of("n4")},
        "/orders/3/inputs", "need", "only an offer has inputs",
    ),
    "input of the market": (
        {0: made_of("n2")},
        {0: made_of("n9")},
        "/orders/0/inputs/0/need", "n9", "must be an order of the market",
    ),
    "input of one's own": (
        {0: made_of("n2")},
        {0: made_of("n3")},
        "/orders/0/inputs/0/need", "n3", "must be an order of organisation A",
    ),
    "input is a need": ({0: made_of("n2")}, {0: made_of("o1")}, "/orders/0/inputs/0/need", "o1", "must be a need"),
    "units of an input": (
        {0: made_of("n2", units_per_unit="0.001")},
        {0: made_of("n2", units_per_unit="0")},
        "/orders/0/inputs/0/units_per_unit", "0", POSITIVE,
    ),
    "lead of an input": (
        {0: made_of("n2", lead_periods=0)},
        {0: made_of("n2", lead_periods=-1)},
        "/orders/0/inputs/0/lead_periods", "-1", "must be at least 0",
    ),
    "stock of an input": (
        {0: made_of("n2", stocked="0")},
        {0: made_of("n2", stocked="-0.001")},
        "/orders/0/inputs/0/stocked", "-0.001", "must be at least 0",
    ),
    "least share of an incumbent": (
        {0: incumbents("0")},
        {0: incumbents("-0.001")},
        "/orders/0/incumbents/0/least_share", "-0.001", "must be at least 0",
    ),
    "shares of all incumbents": (
        {0: incumbents("0.5", "0.25", "0.25")},
        {0: incumbents("0.5", "0.25", "0.251")},
        "/orders/0/incumbents", "1.001", "the least shares must be at most 1 together",
    ),
    "least value of a group": (
        {0: group("at_most", "volume", "0")},
        {0: group("at_most", "volume", "-1")},
        "/orders/0/groups/0/value", "-1", "must be at least 0",
    ),
    "greatest share of a group": (
        {0: group("at_least", "share", "1")},
        {0: group("at_least", "share", "1.001")},
        "/orders/0/groups/0/value", "1.001", "must be at most 1",
    ),
    "a volume may be above one": (
        {0: group("at_least", "volume", "1.001")},
        {0: group("at_least", "share", "1.001")},
        "/orders/0/groups/0/value", "1.001", "must be at most 1",
    ),
    "whole parties": (
        {0: group("at_least", "count", "2.0")},
        {0: group("at_least", "count", "1.5")},
        "/orders/0/groups/0/value", "1.5", "must be a whole number of counterparties",
    ),
    "exactly a volume": (
        {0: group("exactly", "count", "2")},
        {0: group("exactly", "volume", "2")},
        "/orders/0/groups/0/rule", "exactly", "must be at_least or at_most for a volume",
    ),
    "tolerance of a count": (
        {0: group("exactly", "share", "0.5", tolerance="0.1")},
        {0: group("exactly", "count", "1", tolerance="0.1")},
        "/orders/0/groups/0/tolerance", "0.1", "belongs to exactly a share alone",
    ),
    "tolerance of at least": (
        {0: group("exactly", "share", "0.5", tolerance="0.1")},
        {0: group("at_least", "share", "0.5", tolerance="0.1")},
        "/orders/0/groups/0/tolerance", "0.1", "belongs to exactly a share alone",
    ),
    "tolerance needed": (
        {0: group("exactly", "share", "0.5", tolerance="0.001")},
        {0: group("exactly", "share", "0.5")},
        "/orders/0/groups/0/tolerance", "None", "must be greater than 0 for exactly a share",
    ),
    "least tolerance": (
        {0: group("exactly", "share", "0.5", tolerance="0.001")},
        {0: group("exactly", "share", "0.5", tolerance="0")},
        "/orders/0/groups/0/tolerance", "0", "must be greater than 0 for exactly a share",
    ),
    "greatest tolerance": (
        {0: group("exactly", "share", "0.5", tolerance="1")},
        {0: group("exactly", "share", "0.5", tolerance="1.001")},
        "/orders/0/groups/0/tolerance", "1.001", "must be at most 1",
    ),
    "least ramp": ({0: {"ramp": "0"}}, {0: {"ramp": "-0.001"}}, "/orders/0/ramp", "-0.001", "must be at least 0"),
    "greatest ramp": ({0: {"ramp": "1"}}, {0: {"ramp": "1.001"}}, "/orders/0/ramp", "1.001", "must be at most 1"),
    "exposure": (
        {0: {"credit_limit": {"exposure_cny": "0.01"}}},
        {0: {"credit_limit": {"exposure_cny": "0"}}},
        "/orders/0/credit_limit/exposure_cny", "0", POSITIVE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_just_inside_is_read_and_just_outside_is_refused(name: str):
    inside, outside, where, value, message = CHECKS[name]
    assert faults(inside) == []
    assert faults(outside) == [(where, value, message)]


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("counterparties", {"most": 2}),
        ("maximum_share", {"fraction": "0.5"}),
        ("minimum_fill", "0.5"),
        ("groups", group("at_least", "count", "1")["groups"]),
        ("incumbents", incumbents("0.5")["incumbents"]),
        ("credit_limit", {"exposure_cny": "1"}),
    ],
)
def test_what_counts_over_a_family_is_stated_alike(term: str, value: Any):
    assert faults({0: {**PLANTS, term: value}, 1: {**PLANTS, term: value}}) == []
    assert faults({0: {**PLANTS, term: value}, 1: PLANTS}) == [(f"/orders/1/{term}", "another value", ALIKE)]


@pytest.mark.parametrize("term", ["minimum_contract", "maximum_contract", "lot", "ramp", "minimum_per_period"])
def test_what_counts_by_order_may_differ_within_a_family(term: str):
    assert faults({0: {**PLANTS, term: "1"}, 1: PLANTS}) == []


def test_named_twice_is_said_of_both():
    twice = "must be named once"
    assert faults({0: made_of("n2", "n2")}) == [(f"/orders/0/inputs/{i}/need", "n2", twice) for i in (0, 1)]
    once = "must be another organisation than the order's own, named once"
    named = [(f"/orders/0/incumbents/{i}/organisation", "X", once) for i in (0, 1)]
    assert faults({0: incumbents("0.1", "0.2", names="XX")}) == named


def test_the_share_of_one_incumbent_is_at_most_all():
    together = ("/orders/0/incumbents", "1.001", "the least shares must be at most 1 together")
    assert faults({0: incumbents("1", "0")}) == []
    assert faults({0: incumbents("1.001", "0")}) == [
        ("/orders/0/incumbents/0/least_share", "1.001", "must be at most 1"),
        together,
    ]


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_and_never_compared(number: str):
    for terms in (
        {"ramp": number},
        {"minimum_per_period": number},
        {"credit_limit": {"exposure_cny": number}},
        incumbents(number, "0.1"),
        made_of("n2", units_per_unit=number),
        made_of("n2", stocked=number),
        line("1", number),
        group("at_least", "count", number),
        group("at_least", "volume", number),
        group("exactly", "share", "0.5", tolerance=number),
    ):
        found = faults({0: terms})
        assert found, terms
        assert {value for _, value, _ in found} == {number}, terms
