"""The README's first line, as it stands: set up, both markets cleared and verified, every order accounted for.

The line's demonstration is the only one that is run here in full; as JSON it is tried on small markets in tests/cli.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MARKETS = ("cell_plants_2023", "retired_batteries_2023")
SECONDS = 1200  # downloads included


@pytest.fixture(scope="module")
def first_line(tmp_path_factory: pytest.TempPathFactory, port_8000: None) -> Iterator[tuple[Path, str]]:
    """A copy of the tracked files in which the line was run until its server answers, and what it said so far."""
    folder = tmp_path_factory.mktemp("clone")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    line = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    said = folder / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(["bash", "-c", "exec 2>&1; " + line], cwd=folder, stdout=out, start_new_session=True)
        try:
            deadline = time.monotonic() + SECONDS
            while time.monotonic() < deadline and process.poll() is None and not ready():
                time.sleep(1)
            yield folder, said.read_text(encoding="utf-8")
        finally:
            subprocess.run(["pkill", "-s", str(process.pid)], check=False)
            process.wait(timeout=30)


def ready() -> bool:
    """Whether the server says so."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:8000/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def files(folder: Path, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A market and its clearing, as the demonstration wrote them."""
    market, clearing = (
        json.loads((folder / "changdan-demo" / f"{name}.{kind}.json").read_text(encoding="utf-8"))
        for kind in ("market", "clearing")
    )
    return market, clearing


def test_it_shows_the_proposals_and_where_to_read_on(first_line: tuple[Path, str]) -> None:
    folder, said = first_line
    assert "http://127.0.0.1:8000/api/v1/docs" in said, said
    assert said.count("proposals (prices without tax)") == 2
    assert {path.name for path in (folder / "changdan-demo").glob("*.json")} == {
        f"{name}.{kind}.json" for name in MARKETS for kind in ("market", "clearing")
    }
    with urllib.request.urlopen("http://127.0.0.1:8000/api/v1/docs", timeout=60) as page:
        assert "长单 Changdan" in page.read().decode()


def test_what_is_installed_has_an_application_for_wsgi_servers(first_line: tuple[Path, str], tmp_path: Path) -> None:
    """Away from the checkout, as a server would import it."""
    code = "from marketplace.wsgi import app; print(app.name)"
    command = [str(first_line[0] / ".venv" / "bin" / "python"), "-c", code]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (result.stdout, result.returncode) == ("marketplace\n", 0), result.stderr


def test_a_demonstration_that_serves_is_not_replaced(first_line: tuple[Path, str]) -> None:
    command = [".venv/bin/changdan", "demo", "--no-serve"]
    result = subprocess.run(command, cwd=first_line[0], capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 1
    assert "changdan.sqlite is in use by another changdan demo or serve" in result.stderr


@pytest.mark.parametrize("name", MARKETS)
def test_the_market_is_cleared_within_one_percent(first_line: tuple[Path, str], name: str) -> None:
    _, clearing = files(first_line[0], name)
    objective, bound = Decimal(clearing["objective"]), Decimal(clearing["bound"])
    assert clearing["status"] in ("optimal", "feasible")
    assert 0 < objective <= bound
    assert bound - objective <= Decimal("0.01") * bound
    assert len(clearing["matches"]) > 200
    assert all(outcome["reasons"] for outcome in clearing["orders"] if outcome["status"] != "matched")
    assert f"{objective:,.2f}" in first_line[1]


@pytest.mark.parametrize("name", MARKETS)
def test_the_verifier_accepts_the_files(first_line: tuple[Path, str], name: str) -> None:
    """With the line's own environment, on the files that it has left."""
    command = [".venv/bin/python", "-m", "solver", "verify"]
    command += [f"changdan-demo/{name}.{kind}.json" for kind in ("market", "clearing")]
    result = subprocess.run(command, cwd=first_line[0], capture_output=True, text=True, check=False, timeout=300)
    assert (result.returncode, "accepted" in result.stdout) == (0, True), result.stdout + result.stderr


def test_every_citys_volume_is_matched_or_has_a_reason(first_line: tuple[Path, str]) -> None:
    """Volumes from the files alone: what an offer states is what its matches carry plus what a reason explains."""
    market, clearing = files(first_line[0], "retired_batteries_2023")
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
