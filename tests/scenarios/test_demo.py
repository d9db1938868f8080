"""The demonstration as a program reads it: both markets cleared, verified, every order accounted for."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """The folder of one demonstration, and its markets by name."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", "from marketplace.cli import main; main()", "demo", "--no-serve", "--json"]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=900).stdout
    return folder, {market["name"]: market for market in json.loads(told)["markets"]}


def test_both_markets_are_cleared_within_one_percent(demo: Any) -> None:
    _, markets = demo
    assert sorted(markets) == ["cell_plants_2023", "retired_batteries_2023"]
    for market in markets.values():
        assert market["status"] in ("optimal", "feasible")
        assert 0 < market["objective"] <= market["bound"]
        assert market["gap"] == pytest.approx((market["bound"] - market["objective"]) / market["bound"], abs=1e-6)
        assert market["gap"] <= 0.01
        assert market["proposals"] > 200
        assert all(outcome["reasons"] for outcome in market["unfilled"])


@pytest.mark.parametrize("name", ["cell_plants_2023", "retired_batteries_2023"])
def test_the_verifier_accepts_the_files(demo: Any, name: str) -> None:
    folder, markets = demo
    files = [markets[name]["market"], markets[name]["clearing"]]
    command = [sys.executable, "-m", "solver", "verify", *files]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert (result.returncode, "accepted" in result.stdout) == (0, True), result.stdout + result.stderr


def test_every_citys_volume_is_matched_or_has_a_reason(demo: Any) -> None:
    """Volumes from the files alone: what an offer states is what its matches carry plus what a reason explains."""
    folder, markets = demo
    told = markets["retired_batteries_2023"]
    market, clearing = (
        json.loads((folder / told[kind]).read_text(encoding="utf-8")) for kind in ("market", "clearing")
    )
    stated = {
        order["id"]: sum(map(Decimal, order["volumes"])) for order in market["orders"] if order["side"] == "offer"
    }
    matched = dict.fromkeys(stated, Decimal(0))
    for match in clearing["matches"]:
        matched[match["offer"]] += sum(map(Decimal, match["volumes"]))
    reasons = {outcome["order"]: outcome["reasons"] for outcome in clearing["orders"]}
    assert len(stated) == 364
    assert sum(stated.values()) == pytest.approx(Decimal("441894"), abs=Decimal(1))
    for city, volume in stated.items():
        assert matched[city] <= volume
        assert matched[city] == volume or reasons[city], city
