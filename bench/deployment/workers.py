"""Processes of the platform that a benchmark starts, holds to a core, and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


class Worker:
    """A ``changdan worker`` with all that it starts, on one core; what it says goes to a file."""

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        *,
        core: int,
        options: tuple[str, ...] = (),
        prefix: Sequence[str] = (),
    ) -> None:
        self._environment, self._log, self._core, self._options, self._prefix = environment, log, core, options, prefix
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [*self._prefix, str(Path(sys.executable).with_name("changdan")), "worker", *self._options]
        core = {self._core % (os.cpu_count() or 1)}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, core),
            )

    @property
    def pid(self) -> int:
        """Of its first process."""
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
        """SIGTERM, as an operator does; its exit status."""
        self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
