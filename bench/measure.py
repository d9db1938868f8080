"""Wall time and peak memory of one finished command, by the operating system's own accounting."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What one command cost."""

    wall_s: float
    cpu_s: float
    peak_mb: float  # of the largest single process
    exit_status: int


def measured(command: Sequence[str]) -> Measured:
    """Run a command to its end; its output goes nowhere."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began
    return Measured(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)
