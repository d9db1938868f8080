"""The platform served by gunicorn in processes of its own, as ``docs/operations.md`` has it, and calls to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from click.testing import CliRunner

from bench.deployment.processes import Started
from marketplace.cli import main

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


class Command(Protocol):
    """What runs ``changdan``."""

    def __call__(self, *words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """With these words, and this environment beside the process's own."""


class Web(Started):
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
        options: tuple[str, ...] = (),
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment, self._log, self._ready = environment, log, ready
        self._command = [
            str(Path(sys.executable).with_name("gunicorn")),
            *("--workers", str(processes), "--threads", str(threads), "--bind", f"127.0.0.1:{self.port}", *options),
            application,
        ]
        super().__init__()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(process)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        return process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(self.url + self._ready, timeout=5):
                return
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start; see {self._log}")


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[int]:
    """A running server; its port."""
    web = Web(environment, log)
    try:
        yield web.port
    finally:
        web.stop()


def call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    *,
    token: str,
    document: Any = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """One request of an account with its token; status, document and headers of the answer."""
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **(headers or {})}
    connection.request(method, f"/api/v1{path}", None if document is None else json.dumps(document), sent)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else {}, dict(answer.headers)


def changdan(*words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The ``changdan`` command, in a process of its own."""
    command = [sys.executable, "-c", "from marketplace.cli import main; main()", *words]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)


def changdan_here(*words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same in this process, which spares its start."""
    result = CliRunner().invoke(main, words, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(words, result.exit_code, result.output, result.output)
