"""The README's blocks, run as they stand, by a new user in an empty folder."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- runs: ([\w ]+) -->\n```bash\n(.*?)```", README, re.DOTALL)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the blocks use curl")


def blocks(*names: str) -> str:
    """All blocks of these names, in the README's order, as one script."""
    return "\n".join(text for name, text in BLOCKS if name in names)


def run(script: str, folder: Path, *, seconds: int) -> subprocess.CompletedProcess[str]:
    """A script in a folder whose ``.venv`` is this environment; what it leaves running is ended."""
    (folder / ".venv").symlink_to(sys.prefix)
    ending = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", ending + script], cwd=folder, capture_output=True, text=True, timeout=seconds
    )


def test_every_block_is_run() -> None:
    fenced = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    set_up, test = fenced[:2]
    assert "changdan demo" in set_up
    assert "pytest" in test  # it is what runs this
    assert fenced[2:] == [text for _, text in BLOCKS]


def test_the_first_own_offer_is_posted_with_curl(tmp_path: Path, port_8000: None) -> None:
    result = run(blocks("server", "first offer"), tmp_path, seconds=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip().splitlines()[-1] == "open"


def test_a_market_goes_through_files(tmp_path: Path) -> None:
    result = run(blocks("solver"), tmp_path, seconds=180)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "accepted" in result.stdout
