"""The README's blocks, and those of the page on a first round, run as they stand, by a new user in an empty folder."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README, FIRST_ROUND = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/first-round.md"))
FENCED = r"```bash\n(.*?)```"
BLOCKS = re.findall(r"<!-- runs: ([\w ]+) -->\n" + FENCED, README + FIRST_ROUND, re.DOTALL)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the blocks use curl")


def blocks(*names: str) -> str:
    """All blocks of these names, in the order of the pages, as one script."""
    return "\n".join(text for name, text in BLOCKS if name in names)


def run(script: str, folder: Path, *, seconds: int) -> subprocess.CompletedProcess[str]:
    """A script in a folder whose ``.venv`` is this environment; what it leaves running is ended."""
    (folder / ".venv").symlink_to(sys.prefix)
    ending = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", ending + script], cwd=folder, capture_output=True, text=True, timeout=seconds
    )


def test_every_block_is_run() -> None:
    fenced = re.findall(FENCED, README + FIRST_ROUND, re.DOTALL)
    set_up, test = fenced[:2]
    assert "changdan demo" in set_up
    assert "pytest" in test  # it is what runs this
    assert fenced[2:] == [text for _, text in BLOCKS]


def test_a_first_offer_and_a_first_round_with_curl(tmp_path: Path, port_8000: None) -> None:
    """The offer is posted, the buyer's need too; a round proposes a contract, which both read, accept and confirm."""
    result = run(blocks("server", "first offer", "first round", "first contract"), tmp_path, seconds=240)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Connection refused" not in result.stderr  # it waits in silence
    offer, the_round = result.stdout.split("LC-CN\n")
    assert offer.strip().splitlines()[-1] == "open"
    lines = the_round.strip().splitlines()
    assert lines[:4] == ["1", "verified", "open", "open"]  # quotes, buyer, need, round
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", lines[4])
    assert lines[5:8] == ["solved", "reviewed", "published"]
    of_seller, told_seller, of_buyer, told_buyer, formula, offer_status, need_reasons, contracts = lines[8:16]
    assert of_seller == of_buyer
    volume = ast.literal_eval(of_seller)
    assert 0 < float(volume["minimum"]) < float(volume["expected"]) < float(volume["maximum"])
    for told in (told_seller, told_buyer):  # two messages of the same moment: either may come first
        assert "one long-term contract" in told or "What became of each, and why" in told
    assert formula == "None"  # a fixed limit meets one that moves with the index
    assert offer_status == "partly_matched"
    assert need_reasons
    assert ast.literal_eval(contracts) == {"value": None, "withheld": "fewer-than-five"}
    assert lines[16:] == ["proposed", "concluded", "awaiting_confirmation", "in_force"]
    assert (tmp_path / "contract.pdf").read_bytes().startswith(b"%PDF-")


def test_a_market_goes_through_files(tmp_path: Path) -> None:
    result = run(blocks("solver"), tmp_path, seconds=180)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "accepted" in result.stdout
