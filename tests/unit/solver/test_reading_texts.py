"""Texts of a file are lines that can be seen, written again, and read by people."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from solver.clear import clear
from solver.form.faults import MarketError
from solver.form.market import canonical_bytes
from solver.form.reading import read_clearing, read_market
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.test_reading import MARKET

HALF, LINE, LONG = "half of a surrogate pair", "one line of visible characters", "at most 1000 characters"


def refused(raw: Any) -> list[str]:
    """What is said of a market, line by line."""
    with pytest.raises(MarketError) as caught:
        read_market(json.dumps(raw))
    return str(caught.value).split("\n")


@pytest.mark.parametrize("place", ["id", "organisation", "group_parent", "family", "grade"])
@pytest.mark.parametrize(
    ("text", "shown", "rule"),
    [
        ("a\ud800", r"a\ud800", HALF),
        ("\udc00\ud83d", r"\udc00\ud83d", HALF),
        ("a\x00", r"a\x00", LINE),
        ("a\nb", r"a\nb", LINE),
        ("\x1b[31m", r"\x1b[31m", LINE),
        ("a\u202eb", r"a\u202eb", LINE),
        ("a\u2028b", r"a\u2028b", LINE),
        ("x" * 1001, "x" * 57 + "...", LONG),
    ],
)
def test_a_text_that_is_no_visible_line_is_refused_in_one(place: str, text: str, shown: str, rule: str):
    raw: Any = deepcopy(MARKET)
    raw["orders"][1][place] = text
    (line,) = refused(raw)
    assert line.startswith(f"/orders/1/{place}: {shown}: must ")
    assert rule in line
    assert line.isprintable()


@pytest.mark.parametrize("name", ["\ud800", "a\nb", "\x00", "x" * 10**6])
def test_names_of_fields_and_attributes_are_texts_too(name: str):
    raw: Any = deepcopy(MARKET)
    raw["orders"][0][name] = raw["orders"][0]["specification"][name] = "1"
    lines = refused(raw)
    assert len(lines) == 2
    assert all(line.isprintable() and len(line) < 1500 for line in lines)


def test_half_a_pair_is_refused_in_lists_the_seed_and_the_format():
    raw: Any = deepcopy(MARKET)
    raw["orders"][0]["tags"] = ["a", "\ud800"]
    raw["policy"] = {"sealed_seed": "\udfff"}
    raw["format"] = "\ud800"
    assert {line.split(":")[0] for line in refused(raw)} == {"/orders/0/tags/1", "/policy/sealed_seed", "/format"}


@pytest.mark.parametrize("text", ["碳酸锂　甲级（样例）", "\U0001f600", "a\\ud800", "é", "x" * 1000])
def test_any_other_text_is_read(text: str):
    raw: Any = deepcopy(MARKET)
    raw["orders"][0]["organisation"] = text
    assert read_market(json.dumps(raw)).orders[0].organisation == text


@pytest.mark.parametrize(("field", "text"), [("note", "\ud800"), ("note", "a\nb"), ("market_hash", "\x00")])
def test_texts_of_a_clearing_are_judged_alike(field: str, text: str):
    clearing = json.loads(canonical_bytes(clear(market(offer("o1", [10], 100), need("n1", [8], 200)))))
    with pytest.raises(MarketError, match=f"/{field}: "):
        read_clearing(json.dumps(clearing | {field: text}))


def test_a_note_may_be_longer_than_what_people_state():
    clearing = json.loads(canonical_bytes(clear(market(offer("o1", [10], 100), need("n1", [8], 200)))))
    assert read_clearing(json.dumps(clearing | {"note": "x" * 5000})).note == "x" * 5000
