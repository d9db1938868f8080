"""Files that the ``changdan`` command writes whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that all may read; a reader finds the old one or the new one.

    Raises: OSError, upon which nothing has changed.
    """
    with whole_file(path, mode=0o644) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """A file to write into: it lies beside under another name until the end, is on the disk then, and is renamed.

    ``mode``: who may read it, once it is whole; before, its owner alone.
    Raises: OSError, upon which, as upon any error inside, nothing has changed.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(2, os.strerror(2), str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)  # a temporary file is its owner's alone
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the new name outlive a power cut too, where folders can be synchronised."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
