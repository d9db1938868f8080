"""A served platform whose power is cut, and whose database fails in other ways; ``python -m bench powercut`` and
``python -m bench faults`` do it at length.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.deployment.disks import LEFT_OUT
from bench.deployment.harm import HARM
from tests.databases import database_urls

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("database", database_urls())
def test_what_was_acknowledged_survives_power_cuts(database: str) -> None:
    """Eight cuts lose nothing, and a platform that does not flush loses some by the same cuts."""
    told = bench("powercut", "--database", database, "--cuts", "8", "--control", "1", "--longest", "0.8")
    assert '"lost": 0' in told
    assert '"control_lost": 0' not in told


@pytest.mark.parametrize(("database", "fault"), [(d, f) for d in database_urls() for f in HARM if d in HARM[f][1]])
def test_every_answer_of_a_failing_database_says_to_come_again(database: str, fault: str) -> None:
    """Three times each: no bare error, all is well soon after, nothing is lost or stored twice."""
    told = bench("faults", "--database", database, "--faults", fault, "--each", "3")
    assert told.endswith("3 faults, 0 violations\n")


def bench(*words: str) -> str:
    """Run it; what it says.  Where this machine does not allow what it needs the test is left out with its reason."""
    command = [sys.executable, "-m", "bench", *words]
    result = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    if result.returncode == LEFT_OUT:
        pytest.skip(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
