"""What the scenarios share."""

from __future__ import annotations

import fcntl
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def port_8000() -> Iterator[None]:
    """The port of the README's blocks, for one test at a time, whichever process runs it."""
    with (Path(tempfile.gettempdir()) / "changdan-port-8000.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", 8000)) != 0, "port 8000 is taken; the README's blocks use it"
        yield
