"""Files that the ``changdan`` command writes whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, then rename it: a reader finds the old one or the new one.

    Raises: OSError, upon which nothing has changed.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(2, os.strerror(2), str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # a temporary file is its owner's alone
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
