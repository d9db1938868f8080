"""Files written as a whole or not at all, so that no failure leaves half of one in place of the earlier."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")  # what they lead to is open already, and not replaced


def write_whole(data: bytes, path: Path) -> None:
    """Write beside the file, then put in its place; streams and devices are written to.

    Raises: OSError naming the path; what was there before is still there.
    """
    try:
        if _is_stream(path):
            path.write_bytes(data)
        else:
            _replace(data, _replaceable(path))
    except OSError as error:  # a full disk names no file, and what stands beside it was not asked for
        raise OSError(error.errno, error.strerror, str(path)) from error


def try_to_write(path: Path) -> None:
    """Notice before any work what would keep a file from being written.  Raises: OSError naming the path."""
    try:
        if not _is_stream(path):
            spare = _beside(_replaceable(path))
            spare.touch(exist_ok=False)
            spare.unlink()
        elif not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, there already or not; streams and devices keep nothing that could be lost."""
    first, second = (Path(os.path.realpath(each)) for each in (one, other))
    if first.exists() and second.exists():
        return first.is_file() and first.samefile(second)
    return first == second


def _is_stream(path: Path) -> bool:
    kept = path.is_file() or path.is_dir() or not path.exists()
    return not kept or str(path.absolute()).startswith(STREAMS)


def _replaceable(path: Path) -> Path:
    """The file itself behind links, which stay.  Raises: OSError where it must not be replaced."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _beside(target: Path) -> Path:
    return target.with_name(f".{secrets.token_hex(8)}.tmp")


def _replace(data: bytes, target: Path) -> None:
    spare = _beside(target)
    try:
        with spare.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, spare)
        spare.replace(target)
    except BaseException:
        spare.unlink(missing_ok=True)
        raise
