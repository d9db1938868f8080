"""What the scenarios share."""

from __future__ import annotations

import fcntl
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def port_8000() -> Iterator[None]:
    """The port of the README's blocks, for one module at a time, whichever process runs it."""
    with (Path(tempfile.gettempdir()) / "changdan-port-8000.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        deadline = time.monotonic() + 20  # for a server that was told to end
        while taken() and time.monotonic() < deadline:
            time.sleep(0.5)
        assert not taken(), "port 8000 is taken; the README's blocks use it"
        yield


def taken() -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 8000)) == 0
