"""Any input at all: the rules answer with faults, or with terms that read the same again; never an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.orders.rules.entry import read_entry
from marketplace.orders.rules.honoured import uncleared_faults, uncleared_terms
from marketplace.orders.rules.terms import missing_terms
from tests.factories.order_terms import facts, faults_of, full_terms, plain_terms, read

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=20),
    st.sampled_from(["0", "-1", "1", "120.5", "NaN", "Infinity", "1e5", "", " ", "2027-01", "2027-01-01", "offer"]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a document, itself left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield (*path, key)
        yield from places(below, (*path, key))


SPOTS = [(side, path) for side in ("offer", "need") for path in places(full_terms(side))]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SPOTS), ANYTHING)
def test_anything_in_place_of_anything_is_answered(spot: tuple[str, tuple[Any, ...]], value: Any) -> None:
    side, path = spot
    terms = full_terms(side)
    here: Any = terms
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    reading = read(terms, side)
    if reading.faults:
        assert all(fault.message and fault.code for fault in reading.faults)
        assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in reading.faults)
    else:
        assert read(reading.terms, side).terms == reading.terms
        json.dumps(reading.terms, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
def test_any_document_has_a_head_or_faults(document: Any) -> None:
    entry, faults = read_entry(document)
    assert faults or (entry.side and entry.grade and entry.site)


def test_every_part_of_a_full_order_matters() -> None:
    """Nothing in it is passed over: an object in place of any part is refused at that part, or within it."""
    for side, path in SPOTS:
        terms = full_terms(side)
        here: Any = terms
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = {"nonsense": "x"}
        pointer = "".join("/" + str(key) for key in path)
        assert any(fault.startswith(pointer) for fault, _ in faults_of(terms, side)), pointer


@pytest.mark.parametrize("side", ["offer", "need"])
def test_every_object_refuses_an_unknown_field(side: str) -> None:
    free = ("volumes", "premium_by_period", "specification", "capacity", "priority")  # names are months, attributes ...
    for path in places(full_terms(side)):
        terms = full_terms(side)
        here: Any = terms
        for key in path:
            here = here[key]
        if isinstance(here, dict) and path[-1] not in free:
            here["surprise"] = "x"
            assert ("/" + "/".join(map(str, path)) + "/surprise", "unknown-field") in faults_of(terms, side), path


@pytest.mark.parametrize("side", ["offer", "need"])
def test_every_term_is_cleared(side: str) -> None:
    terms = full_terms(side)
    found = uncleared_terms(terms)
    assert found == ()
    assert not {"/lot", "/priority", "/must_serve", "/approved", "/certificates", "/payment/days"} & set(found)
    assert [(fault.pointer, fault.code) for fault in uncleared_faults(terms)] == [
        (pointer, "term-not-cleared-yet") for pointer in found
    ]


def test_what_says_no_more_than_its_absence_is_cleared() -> None:
    terms = plain_terms(
        flexibility={"grants": {"up": "0.1", "per": "period"}},
        limit_price={"components": [{"fixed": "1"}], "currency": "CNY"},
        must_serve=False,
        contract_wishes={},
        priority={},
    )
    assert faults_of(terms) == []
    assert uncleared_terms(terms) == ()


def test_a_draft_may_lack_what_opening_needs() -> None:
    assert faults_of({}) == []
    assert [(fault.pointer, fault.code) for fault in missing_terms({})] == [
        ("/volumes", "missing"),
        ("/limit_price", "missing"),
    ]
    assert missing_terms(plain_terms()) == ()


def test_a_head_with_faults() -> None:
    def faults(document: Any) -> list[tuple[str, str]]:
        return [(fault.pointer, fault.code) for fault in read_entry(document)[1]]

    right = {"side": "offer", "grade": "g", "site": "s"}
    assert faults(right) == []
    assert faults({}) == [("/side", "missing"), ("/grade", "missing"), ("/site", "missing")]
    assert faults([]) == [("", "wrong-type")]
    assert faults({**right, "side": "Offer"}) == [("/side", "not-a-choice")]
    assert faults({**right, "external_reference": "x" * 65}) == [("/external_reference", "wrong-length")]
    entry, _ = read_entry({**right, "lot": "5"})
    assert entry.terms == {"lot": "5"}
    assert facts().order_id == "ord_self"
