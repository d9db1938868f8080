"""The example of docs/market-format.md, run as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from solver.clear import clear
from solver.form.clearing import Clearing
from solver.form.market import Market, Policy
from solver.form.reading import read_clearing, read_market
from solver.verify import verify

PAGE = (Path(__file__).parents[3] / "docs" / "market-format.md").read_text(encoding="utf-8")
MARKET, CLEARING = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
NOT_COMPARED = ("solver", "multipliers", "support")  # versions; one of many equal duals


def test_clearing_of_the_page_is_the_market_s() -> None:
    found = json.loads(msgspec.json.encode(clear(read_market(MARKET))))
    stated = json.loads(CLEARING)
    assert {k: v for k, v in found.items() if k not in NOT_COMPARED} == {
        k: v for k, v in stated.items() if k not in NOT_COMPARED
    }


def test_clearing_of_the_page_verifies() -> None:
    assert verify(read_market(MARKET), read_clearing(CLEARING)) == []


@pytest.mark.parametrize("of", [Market, Policy, Clearing])
def test_every_field_stands_on_the_page(of: type) -> None:
    for field in msgspec.structs.fields(of):
        assert f"`{field.name}`" in PAGE
