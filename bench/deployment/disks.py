"""Disks of a benchmark whose power can be cut, or that can be full; mounted by root, in a mount namespace of its own.

A disk is an ext4 file system in a file on another ext4 file system in a file, each on a loop device.  The inner one is
what a database sees.  What it writes lies in the cache of the outer one until the kernel or a flush (which every fsync
of the inner one ends with) brings it to the outer device: as in a drive with a cache that forgets without power.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEFT_OUT = 3  # exit status: nothing was shown, as this machine does not allow it

_NEW_MOUNT_NAMESPACE = 0x00020000
_SHUT_DOWN, _WITHOUT_FLUSHING_THE_LOG = 0x8004587D, 2  # EXT4_IOC_SHUTDOWN, which file systems are tested with
_PATIENCE_SECONDS = 10.0


class LeftOut(Exception):
    """This machine does not allow what is needed; says what."""


class Disk:
    """A file that holds a disk; mounted under a folder, always at the same place."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.image, self._outer, self.mounted = image, folder / "device", folder / "disk"
        self._inner = self._outer / "disk.img"
        for place in (self._outer, self.mounted):
            place.mkdir(exist_ok=True)

    def make(self, megabytes: int) -> None:
        """Make it anew, empty, and mount it.  The file grows as it is written to."""
        _make(self.image, megabytes + megabytes // 8)
        _run("mount", "-o", "loop", str(self.image), str(self._outer))
        _make(self._inner, megabytes)
        _run("mount", "-o", "loop", str(self._inner), str(self.mounted))

    def mount(self) -> None:
        """Power on: each file system replays its journal."""
        _run("mount", "-o", "loop", str(self.image), str(self._outer))
        _run("mount", "-o", "loop", str(self._inner), str(self.mounted))

    def cut(self) -> None:
        """Power off, in the middle of whatever is being written: from now on nothing reaches the image."""
        there = os.open(self._outer, os.O_RDONLY)
        try:
            fcntl.ioctl(there, _SHUT_DOWN, struct.pack("I", _WITHOUT_FLUSHING_THE_LOG))
        finally:
            os.close(there)

    def unmount(self) -> None:
        """Take it out; who has just been killed may hold it a moment longer."""
        for place in (self.mounted, self._outer):
            if os.path.ismount(place):
                _unmount(place)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system in memory that can be filled; raises LeftOut."""
    folder.mkdir()
    _allowed("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "changdan", str(folder))
    try:
        yield folder
    finally:
        _unmount(folder)


def private_mounts() -> None:
    """From now on what is mounted is this process's own and its children's, and gone with them, however they end.

    Raises LeftOut.
    """
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_MOUNT_NAMESPACE):
        raise LeftOut(f"no mount namespace of its own: {os.strerror(ctypes.get_errno())}")
    _allowed("mount", "--make-rprivate", "/")


def try_disk() -> None:
    """See whether disks can be mounted here and cut off; raises LeftOut."""
    with tempfile.TemporaryDirectory(prefix="changdan-bench-") as name:
        disk = Disk(Path(name, "try.img"), Path(name))
        try:
            disk.make(32)
            disk.cut()
        except (OSError, subprocess.CalledProcessError) as error:
            raise LeftOut(f"no disk that can be cut off: {_words(error)}") from error
        finally:
            disk.unmount()


def in_memory() -> str | None:
    """A folder for images where writing costs nothing, if there is one; None: the usual temporary one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _make(image: Path, megabytes: int) -> None:
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    _run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))


def _unmount(place: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            _run("umount", str(place))
            return
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _allowed(*words: str) -> None:
    try:
        _run(*words)
    except (OSError, subprocess.CalledProcessError) as error:
        raise LeftOut(f"{' '.join(words)}: {_words(error)}") from error


def _words(error: Exception) -> str:
    return str(getattr(error, "stderr", None) or error).strip()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)
