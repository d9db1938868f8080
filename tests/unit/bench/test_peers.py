"""Every installed peer finds the optimum of a small market; the race runs from end to end with those there are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.pairs import NO_LIMIT, read_pairs
from bench.peers import PEERS
from bench.recount import Recount
from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.reading import write_json
from solver.generate import generate

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "divisible"])
def solved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bool, Path, float]:
    """A market in which every row of the model binds somewhere, and its optimum."""
    market = generate(30, 30, 3, 8, "ramped", divisible=request.param)
    path = tmp_path_factory.mktemp("solved") / "market.json"
    write_json(market, path)
    clearing = clear(market, WorkLimits(gap=0))
    assert clearing.gap <= 1e-5
    return request.param, path, float(clearing.objective)


def test_the_rows_of_the_market_are_there_to_be_kept(solved):
    divisible, path, _ = solved
    given = read_pairs(path)
    assert given.divisible == divisible
    assert len(given) > 20
    if not divisible:
        assert (given.need_parties < NO_LIMIT).any()
        assert (given.greatest < given.most.sum(axis=1)).any()


@pytest.mark.parametrize("links", ["term", "period"])
@pytest.mark.parametrize("name", PEERS)
def test_a_peer_finds_the_optimum(name, links, solved, tmp_path):
    divisible, market, optimum = solved
    peer = PEERS[name]
    if peer.missing():
        pytest.skip(f"not installed: {', '.join(peer.missing())}")
    if peer.linear and (links == "period" or not divisible):
        pytest.skip("a linear model has no contracts")
    answer = tmp_path / "answer.json"
    limits = ["--seconds", "120", "--gap", "1e-6", "--links", links]
    subprocess.run(
        [sys.executable, "-m", "bench.peers", name, str(market), str(answer), *limits],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    told = json.loads(answer.read_text(encoding="utf-8"))
    found = Recount(market).of(told["contracts"])
    assert found.broken == []
    slack = float(found.quantum_worth) + 1e-5 * optimum  # whole quanta, and both gaps
    assert float(found.objective) == pytest.approx(optimum, abs=slack)
    assert told["bound"] >= optimum - slack
    assert told["objective"] == pytest.approx(float(found.objective), abs=slack)


def test_a_linear_peer_takes_no_market_with_whole_contracts(solved, tmp_path):
    divisible, market, _ = solved
    command = [
        sys.executable,
        "-m",
        "bench.peers",
        "highs-ipm",
        str(market),
        str(tmp_path / "a.json"),
        "--seconds",
        "9",
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == divisible


def test_the_short_race_runs_with_the_peers_that_are_there(tmp_path):
    command = [sys.executable, "-m", "bench", "solver", "--short", "--grace", "120", "-o", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    entries = json.loads((tmp_path / "race.json").read_text(encoding="utf-8"))["entries"]
    seen = {(entry["case"]["law"], entry["participant"]) for entry in entries}
    whole = {peer.title for peer in PEERS.values() if not peer.linear}
    assert seen >= {(law, title) for law in ("flat", "ramped") for title in whole | {"this solver"}}
    for entry in entries:
        assert not entry["broken"], entry
        assert not entry["outcome"].startswith(("failed", "had not returned")), entry
        missing = [peer.missing() for peer in PEERS.values() if peer.title == entry["participant"]]
        assert entry["outcome"].startswith("not installed") == bool(missing and missing[0])
