"""Whatever can be read as a clearing is judged: the verifier finds violations, and never ends in an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.faults import MarketError
from solver.form.market import canonical_bytes
from solver.form.reading import read_clearing, read_market
from solver.verify import verify

KNOWN = Path(__file__).parents[2] / "known_answers"
FILES = (
    *("discount-on-all-units", "discount-on-further-units", "alternate-lots", "formula", "price-paths"),
    *("credit-over-months", "input-with-lead-and-stock", "counterparties-of-a-group", "firm-and-planned"),
    *("stock-of-a-buyer", "ramp-of-both-sides", "exclusive-profiles"),
)
CHANGES = 300  # of each clearing
INSTEAD: tuple[Any, ...] = ("-1", "0", "1e60", "0.0000001", "nobody", "", -1, 10**15, [], ["-1"], {}, None)


def places(raw: Any, *place: str | int) -> Iterator[tuple[str | int, ...]]:
    for key in list(raw) if isinstance(raw, dict) else range(len(raw)) if isinstance(raw, list) else ():
        yield (*place, key)
        yield from places(raw[key], *place, key)


def changed(random: Random, raw: Any, at: list[tuple[str | int, ...]]) -> Any:
    """One value left out, given twice, turned round, exchanged for another's or for one of no sense."""
    document = deepcopy(raw)

    def around(place: tuple[str | int, ...]) -> Any:
        found = document
        for key in place[:-1]:
            found = found[key]
        return found

    place, other = random.choice(at), random.choice(at)
    parent, key = around(place), place[-1]
    how = random.choice(["out", "twice", "round", "other", "instead", "instead"])
    if how == "out":
        del parent[key]
    elif how == "twice" and isinstance(parent, list):
        parent.insert(int(key), deepcopy(parent[int(key)]))
    elif how == "round" and isinstance(parent[key], list):
        parent[key].reverse()
    elif how == "other":
        parent[key] = deepcopy(around(other)[other[-1]])
    else:
        parent[key] = deepcopy(random.choice(INSTEAD))
    return document


@pytest.mark.parametrize("name", FILES)
def test_no_clearing_that_can_be_read_ends_in_an_error(name: str):
    market = read_market(KNOWN / f"{name}.market.json")
    raw = json.loads(canonical_bytes(clear(market, WorkLimits(gap=0.0))))
    at, random, judged = list(places(raw)), Random(name), 0
    for _ in range(CHANGES):
        try:
            false = read_clearing(json.dumps(changed(random, raw, at)))
        except MarketError:
            continue
        assert isinstance(verify(market, false), list)
        judged += 1
    assert judged > CHANGES // 10


@pytest.mark.parametrize("name", FILES)
def test_a_negative_volume_is_named(name: str):
    market = read_market(KNOWN / f"{name}.market.json")
    clearing = clear(market, WorkLimits(gap=0.0))
    for number, match in enumerate(clearing.matches):
        negative = replace(match, volumes=(*match.volumes[:-1], Decimal(-1)))
        matches = (*clearing.matches[:number], negative, *clearing.matches[number + 1 :])
        (found,) = (each for each in verify(market, replace(clearing, matches=matches)) if each.term == "3 volume")
        assert found.pointer == f"/matches/{number}/volumes/{len(match.volumes) - 1}"
        assert found.message == "-1 is negative"
