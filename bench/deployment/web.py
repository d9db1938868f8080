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
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from click.testing import CliRunner

from marketplace.cli import main

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


class Command(Protocol):
    """What runs ``changdan``."""

    def __call__(self, *words: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """With these words, and this environment beside the process's own."""


@contextmanager
def served(environment: Mapping[str, str], log: Path, *, workers: int = 2, threads: int = 4) -> Iterator[int]:
    """A running server; its port.  What it says goes to a file."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--threads", str(threads)]
    command += ["--bind", f"127.0.0.1:{port}", "marketplace.wsgi:app"]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=file, stderr=file, start_new_session=True
        )
    try:
        _until_ready(port, process, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def call(
    connection: http.client.HTTPConnection, method: str, path: str, *, token: str, document: Any = None
) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """One request of an account with its token; status, document and headers of the answer."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, f"/api/v1{path}", None if document is None else json.dumps(document), headers)
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


def _until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
