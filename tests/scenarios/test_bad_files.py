"""Bad files are refused with their place, in bounded memory, and store nothing; good ones among them are accepted.

``python -m bench badfiles`` does it at length, and holds each to two seconds; here a busy machine is no wrong answer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_bad_file_is_refused_in_bounds() -> None:
    command = [sys.executable, "-m", "bench", "badfiles", "--files", "60", "--seed", "2", "--seconds", "30"]
    result = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("64 files, 0 violations\n")
