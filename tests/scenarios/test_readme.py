"""The README's blocks, run as they stand, by a new user in an empty folder."""

from __future__ import annotations

import fcntl
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
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


@pytest.fixture
def port_8000() -> Iterator[None]:
    """The port of the README's blocks, for one test at a time, whichever process runs it."""
    with (Path(tempfile.gettempdir()) / "changdan-port-8000.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", 8000)) != 0, "port 8000 is taken; the README's blocks use it"
        yield


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


def test_the_first_line_sets_up_and_shows_the_demonstration(tmp_path: Path, port_8000: None) -> None:
    """A copy of the tracked files, a new environment, the demonstration up to the page it serves."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name, follow_symlinks=False)
    line = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)[0]
    with (tmp_path / "out.txt").open("w+", encoding="utf-8") as out:
        process = subprocess.Popen(
            ["bash", "-c", "exec 2>&1; " + line], cwd=tmp_path, stdout=out, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 1200
            while time.monotonic() < deadline and process.poll() is None:
                time.sleep(1)
                try:
                    with urllib.request.urlopen("http://127.0.0.1:8000/readyz", timeout=5) as answer:
                        assert answer.status == 200
                        break
                except OSError:
                    continue
            out.seek(0)
            told = out.read()
            assert "http://127.0.0.1:8000/api/v1/docs" in told, told
            assert told.count("proposals (prices without tax") == 2
        finally:
            subprocess.run(["pkill", "-s", str(process.pid)], check=False)
            process.wait(timeout=30)
