"""Being told to stop: SIGTERM ends a command's work as Ctrl-C does, so that it can still put back what it holds."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn


class Terminated(SystemExit):
    """SIGTERM arrived; ``status`` is what a shell reports of a process that it has ended."""

    status = 128 + signal.SIGTERM


@contextmanager
def terminable() -> Iterator[None]:
    """Have SIGTERM raise Terminated in the main thread; in any other, where Python allows no handler, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def leave(status: int) -> NoReturn:
    """End the process now.  Python's own end waits for the threads of a solve, and none of those can be interrupted."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads it any more
            stream.flush()
    os._exit(status)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Terminated(Terminated.status)
