"""The ZIP file that a backup is, read with distrust: whatever is wrong with it is said with its place."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from marketplace.shared.backups.kinds import Written
from marketplace.shared.backups.manifest import FORMAT, Manifest
from marketplace.shared.backups.shapes import Shape

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 16_000_000
LONGEST_LINE = 2_000_000_000  # no database keeps a longer value

_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class NotABackup(ValueError):
    """A file cannot be restored from; says where and what is wrong."""


def member_of(table: str) -> str:
    """The name under which a table's rows are in the file.

    >>> member_of("orders")
    'tables/orders.jsonl'
    """
    return f"tables/{table}.jsonl"


class Archive:
    """An opened backup whose manifest is read and whose members are those that it lists, no others."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest = self._read_manifest()
        listed = {MANIFEST, *(member_of(table.name) for table in self.manifest.tables)}
        names = archive.namelist()
        for name in sorted(listed.difference(names)):
            raise NotABackup(f"{name}: is missing")
        if len(names) != len(listed) or len(self.manifest.tables) != len(listed) - 1:
            raise NotABackup("it holds other members than its manifest lists, or one twice")

    def _read_manifest(self) -> Manifest:
        try:
            with self._archive.open(MANIFEST) as stream:
                text = stream.read(LARGEST_MANIFEST + 1)
        except KeyError:
            raise NotABackup(f"no backup of Changdan: it has no {MANIFEST}") from None
        except _UNREADABLE as error:
            raise NotABackup(f"{MANIFEST}: {error}") from None
        if len(text) > LARGEST_MANIFEST:
            raise NotABackup(f"{MANIFEST}: is longer than {LARGEST_MANIFEST} bytes")
        try:
            format_ = msgspec.json.decode(text).get("format")
            if format_ != FORMAT:
                raise NotABackup(f"{MANIFEST}: its format is {format_!r}; this version reads {FORMAT!r}")
            manifest = msgspec.json.decode(text, type=Manifest)
        except (msgspec.MsgspecError, AttributeError, UnicodeDecodeError) as error:
            raise NotABackup(f"{MANIFEST}: {error}") from None
        for table in manifest.tables:
            named = [name for name, _ in table.columns]
            if len(set(named)) != len(named) or not table.key or not set(table.key) <= set(named):
                raise NotABackup(f"{MANIFEST}: table {table.name}: its key or its columns cannot be")
        return manifest

    def rows(self, shape: Shape) -> Iterator[list[Written]]:
        """A table's rows as they are written."""
        place, number = member_of(shape.name), 0
        try:
            with self._archive.open(place) as stream, io.BufferedReader(stream, 1 << 20) as lines:  # type: ignore[type-var]
                while line := lines.readline(LONGEST_LINE):
                    number += 1
                    row = json.loads(line)
                    if not isinstance(row, list) or len(row) != len(shape.columns) or not line.endswith(b"\n"):
                        raise NotABackup(f"{place}: line {number}: is no list of {len(shape.columns)} values")
                    yield row
        except NotABackup:
            raise
        except _UNREADABLE as error:
            raise NotABackup(f"{place}: after line {number}: {error}") from None


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A backup to be read; raises NotABackup, OSError."""
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise NotABackup(f"cut off, or no backup of Changdan: {error}") from None
    with archive:
        yield Archive(archive)
