"""``changdan demo --no-serve --json``, on a market small enough to be run in every test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marketplace.samples import cell_plants, demo, load
from marketplace.samples.model import SampleMarket
from tests.cli.conftest import Command
from tests.unit.samples.reducing import reduced

whole = cell_plants.build


def small(year: int) -> SampleMarket:
    """A handful of the sample's orders."""
    return reduced(whole(year), 6)


def test_a_program_reads_every_figure(empty_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_plants, "build", small)  # the logins are of its companies
    monkeypatch.setattr(load, "BUILDERS", {cell_plants.NAME: small})
    monkeypatch.setattr(demo, "BUILDERS", load.BUILDERS)
    result = empty_command("demo", "--no-serve", "--json")
    assert result.exit_code == 0, result.output
    (market,) = json.loads(result.output)["markets"]
    clearing = json.loads((tmp_path / market["clearing"]).read_text(encoding="utf-8"))
    assert (market["name"], market["illustrative"], market["status"]) == (cell_plants.NAME, True, clearing["status"])
    for figure in ("objective", "bound", "gap"):
        assert market[figure] == pytest.approx(float(clearing[figure]))
    assert (market["proposals"], market["orders"]) == (len(clearing["matches"]), len(clearing["orders"]))
    assert market["proposals"] > 0
    assert {each["status"] for each in market["unfilled"]} <= {"partly_matched", "unmatched"}
    assert all(each["reasons"] for each in market["unfilled"])
    assert len(market["unfilled"]) == sum(each["status"] != "matched" for each in clearing["orders"])
