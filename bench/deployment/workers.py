"""Processes of the platform that a benchmark starts, holds to a core, and kills."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.deployment.processes import Started


class Worker(Started):
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
        super().__init__()

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
