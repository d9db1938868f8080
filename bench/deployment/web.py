"""Web processes of a benchmark: gunicorn with an application, on a port of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 60


class Web:
    """A server that has answered once; what it says goes to a file."""

    def __init__(
        self,
        environment: dict[str, str],
        log: Path,
        *,
        application: str = "marketplace.wsgi:app",
        ready: str = "/readyz",
        processes: int = 2,
        threads: int = 4,
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment, self._log, self._ready = environment, log, ready
        self._command = [
            str(Path(sys.executable).with_name("gunicorn")),
            *("--workers", str(processes), "--threads", str(threads), "--bind", f"127.0.0.1:{self.port}"),
            application,
        ]
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(self.url + self._ready, timeout=5):
                return process
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start; see {self._log}")

    @property
    def pid(self) -> int:
        """Of its first process, and of its group."""
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL to all of it at once, as if its machine had gone."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Start it anew, on the same port."""
        self._process = self._started()

    def stop(self) -> None:
        """As an operator does."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
