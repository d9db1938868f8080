"""Wall time, processor time and peak memory of one command with all the processes that it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bench.memory import largest_mb, processes_of, tree_mb

PAUSE_S = 0.05  # between two looks at the memory
SHARE = 20  # looking takes at most this part of the time


@dataclass(frozen=True)
class Measured:
    """What one command cost."""

    wall_s: float
    cpu_s: float  # of the processes that have ended and been waited for
    peak_mb: float  # of all processes together, shared pages counted once; 0 where there is no /proc to look into
    exit_status: int | None  # None: it had not returned and was ended from outside
    said: str = ""  # the last of its standard error


def measured(command: Sequence[str], seconds: float | None = None) -> Measured:
    """Run a command to its end, or end it and all its processes after so many seconds.

    The command has a session of its own, so that what it starts can be found, weighed and ended with it.
    """
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
        watch = _Watch(process.pid, None if seconds is None else began + seconds)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _end(process.pid)
            raise
        finally:
            watch.stop()
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        _end(process.pid)  # what it may have left behind
        errors.seek(0, os.SEEK_END)
        errors.seek(max(0, errors.tell() - 2000))
        said = errors.read().decode("utf-8", errors="replace")
    return Measured(
        wall_s,
        usage.ru_utime + usage.ru_stime,
        watch.peak_mb,
        None if watch.ended_it else process.returncode,
        said,
    )


class _Watch(threading.Thread):
    """Looks at the memory while the command runs, and ends the command when its time is over."""

    def __init__(self, session: int, deadline: float | None) -> None:
        super().__init__(daemon=True)
        self._session, self._deadline = session, deadline
        self._over = threading.Event()
        self.peak_mb, self.ended_it = 0.0, False
        self.start()

    def run(self) -> None:
        pause = PAUSE_S
        while not self._over.wait(pause):
            looked = time.perf_counter()
            self.peak_mb = max(self.peak_mb, tree_mb(self._session), largest_mb(self._session))
            now = time.perf_counter()
            if self._deadline is not None and now > self._deadline and not self.ended_it:
                self.ended_it = True
                _end(self._session)
            pause = max(PAUSE_S, SHARE * (now - looked))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _end(session: int) -> None:
    """End all processes of a session that the race itself began."""
    for number in processes_of(session):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
