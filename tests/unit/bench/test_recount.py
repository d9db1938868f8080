"""The recount against figures worked out by hand, and rows just kept and just broken."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bench.recount import Recount, UnknownTerms


def order(name: str, side: str, volumes: list[str], **terms: Any) -> dict[str, Any]:
    return {
        "id": name,
        "side": side,
        "organisation": f"of {name}",
        "grade": "G",
        "site": {"x_km": "0", "y_km": "0"},
        "volumes": volumes,
        "limit_price": {"components": [{"fixed": "100"}]},
        **terms,
    }


def market() -> dict[str, Any]:
    """One offer, two needs: the first 5 km away, the second one's limit following an index."""
    least = {"volume": "6", "pair_fraction": "0.9"}
    there = {"x_km": "3", "y_km": "4"}
    bid = {"components": [{"fixed": "160"}]}
    indexed = {"components": [{"index": "I"}], "premium": "30"}
    return {
        "format": "changdan-market/1",
        "calendar": ["2027-01", "2027-02"],
        "grades": [{"id": "G", "unit": "t", "quantum": "0.001", "contract_cost": "100"}],
        "paths": [{"weight": "1", "indices": {"I": ["100", "60"]}}],
        "freight": {"kind": "plane", "cny_per_unit_km": "0.35"},
        "policy": {"sealed_seed": "x"},
        "orders": [
            order("o", "offer", ["10", "10"], minimum_contract=least, counterparties={"most": 1}),
            order("n", "need", ["8", "12"], site=there, limit_price=bid, maximum_share={"fraction": "0.5"}),
            order("m", "need", ["7", "7"], limit_price=indexed),
        ],
    }


def recount(tmp_path: Path, raw: dict[str, Any] | None = None) -> Recount:
    path = tmp_path / "market.json"
    path.write_text(json.dumps(market() if raw is None else raw), encoding="utf-8")
    return Recount(path)


def test_welfare_is_gains_less_freight_less_the_cost_of_contracts(tmp_path):
    found = recount(tmp_path).of([("o", "n", ["4", 4.0])])
    assert found.objective == 8 * Fraction("58.25") - 100  # 160 - 100 - 5 km x 0.35
    assert (found.contracts, found.broken) == (1, [])
    assert found.quantum_worth == 2 * Fraction("0.05825")


def test_a_limit_may_follow_the_index(tmp_path):
    found = recount(tmp_path).of([("o", "m", ["7", "0"])])
    assert found.objective == 7 * 30 - 100
    assert found.broken == []


def test_nothing_traded_is_no_contract(tmp_path):
    found = recount(tmp_path).of([("o", "n", ["0", "0"])])
    assert (found.objective, found.contracts, found.broken) == (0, 0, [])


@pytest.mark.parametrize(
    ("need", "kept", "broken", "says"),
    [
        ("n", ["2", "4"], ["2", "3.9999"], "least contract"),  # the stated 6
        ("n", ["2", "8"], ["2", "8.0002"], "greatest share"),  # half of 20
        ("n", ["8", "2"], ["8.0001", "1.9"], "n trades 8.0001 of 8 in period 0"),
        ("m", ["7", "0"], ["7", "0.0001"], "at a loss in period 1"),  # 60 + 30 is below 100
        ("n", ["0", "6"], ["-0.0001", "6"], "less than nothing"),
    ],
)
def test_a_row_is_kept_up_to_the_tolerance(tmp_path, need, kept, broken, says):
    counted = recount(tmp_path)
    assert counted.of([("o", need, kept)]).broken == []
    assert any(says in row for row in counted.of([("o", need, broken)]).broken)


def test_the_tolerance_is_a_hundred_thousandth_of_the_limit(tmp_path):
    counted = recount(tmp_path)
    assert counted.of([("o", "n", ["0", "5.99995"])]).broken == []
    assert counted.of([("o", "n", ["0", "5.99993"])]).broken


def test_a_minimum_is_no_more_than_what_the_pair_could_trade(tmp_path):
    raw = market()
    raw["orders"][0]["minimum_contract"]["volume"] = "50"
    counted = recount(tmp_path, raw)  # 0.9 of the share of 10, not of the 18 that both have
    assert counted.of([("o", "n", ["0", "9"])]).broken == []
    assert counted.of([("o", "n", ["0", "8.999"])]).broken


def test_counterparties_capacity_and_second_contracts_are_counted_over_the_pairs(tmp_path):
    counted = recount(tmp_path)
    both = counted.of([("o", "n", ["5", "1"]), ("o", "m", ["6", "0"])]).broken
    assert both == ["o trades 11 of 10 in period 0", "o has 2 counterparties of 1 at most"]
    assert "o and n have two contracts" in counted.of([("o", "n", ["0", "6"])] * 2).broken


@pytest.mark.parametrize(
    ("of", "key", "value"),
    [
        ("order", "lot", "1"),
        ("order", "tiers", {}),
        ("market", "as_of", "2027-01-01"),
        ("policy", "exceptions", "drop"),
    ],
)
def test_a_term_that_is_not_known_is_refused(tmp_path, of, key, value):
    raw = market()
    {"order": raw["orders"][1], "market": raw, "policy": raw["policy"]}[of][key] = value
    with pytest.raises(UnknownTerms, match=key):
        recount(tmp_path, raw)


def test_two_orders_of_one_organisation_are_refused(tmp_path):
    raw = market()
    raw["orders"][2]["organisation"] = raw["orders"][1]["organisation"]
    with pytest.raises(UnknownTerms, match="organisation"):
        recount(tmp_path, raw)
