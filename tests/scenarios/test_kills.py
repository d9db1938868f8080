"""A few kills of web, worker and database under load; ``python -m bench kill`` does five hundred."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import database_urls

KILLS = 4


@pytest.mark.parametrize("database", database_urls())
def test_what_was_acknowledged_survives_kills(database: str, tmp_path: Path) -> None:
    log = tmp_path / "kill.jsonl"
    words = ("kill", "--database", database, "--kills", str(KILLS), "--seed", "2", "--output", str(log))
    ended = subprocess.run([sys.executable, "-m", "bench", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert (sum(told["kills"].values()), told["violations"], told["answers_500"]) == (KILLS, [], 0)
    assert told["acknowledged"] > 0
    assert told["rounds"] > 0
