"""Memory of a whole tree of processes, and an end from outside that leaves nobody behind."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from bench.measure import measured
from bench.memory import PROC

linux = pytest.mark.skipif(not PROC.is_dir(), reason="only /proc tells of other processes")


def test_the_exit_status_and_the_last_words_are_told():
    found = measured([sys.executable, "-c", "import sys; sys.stderr.write('no such thing'); sys.exit(3)"])
    assert (found.exit_status, found.said) == (3, "no such thing")
    assert found.wall_s > 0


@linux
def test_processes_that_it_starts_count_in_its_memory():
    hold = "import time; held = b'x' * 80_000_000; time.sleep(1)"
    both = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', \"{hold}\"]); {hold}; child.wait()"
    found = measured([sys.executable, "-c", both])
    assert found.exit_status == 0
    assert 160 < found.peak_mb < 320


@linux
def test_a_command_that_does_not_return_is_ended_with_what_it_started(tmp_path: Path):
    note = tmp_path / "child"
    sleep = "import time; time.sleep(600)"
    waiting = (
        f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {sleep!r}]);"
        f"open({str(note)!r}, 'w').write(str(child.pid)); {sleep}"
    )
    found = measured([sys.executable, "-c", waiting], seconds=5)
    assert found.exit_status is None
    child = PROC / note.read_text()
    for _ in range(100):  # whoever inherits it has to collect it
        if not child.exists() or child.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the child runs on")


@linux
def test_what_the_caller_holds_does_not_count():
    held = b"x" * 300_000_000
    found = measured([sys.executable, "-c", "import time; time.sleep(0.3)"])
    assert 1 < found.peak_mb < len(held) / 1e6 / 2
