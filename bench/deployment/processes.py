"""A process of a benchmark with all that it starts: killed as a machine goes, started anew, told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from contextlib import suppress

STOP_SECONDS = 30


def end_cleanly_when_told() -> None:
    """SIGTERM ends this process as an error does, so that what it has started and mounted goes with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


class Started(ABC):
    """Begun when it is made; the first of its own session, so that a signal reaches its children too."""

    def __init__(self) -> None:
        self._process = self._started()

    @abstractmethod
    def _started(self) -> subprocess.Popen[bytes]:
        """Start it."""

    @property
    def pid(self) -> int:
        """Of its first process, and of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL to it and its children at once, as if its machine had gone."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Start it anew."""
        self._process = self._started()

    def stop(self) -> int:
        """SIGTERM, as an operator does, and SIGKILL if that is not heard; its exit status."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()
