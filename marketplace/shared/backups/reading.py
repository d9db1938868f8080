"""Checking a backup by itself: everything that can be said of it without a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marketplace.shared.audit_anchors import merkle_root
from marketplace.shared.backups.archive import Archive, NotABackup, member_of, opened
from marketplace.shared.backups.kinds import read
from marketplace.shared.backups.manifest import Manifest, TableNote, Tally, differences

Heads = list[list[Any]]


def check_backup(path: Path) -> Manifest:
    """Read all of a file and hold it against its manifest: rows, hashes, totals, values, heads of the audit chains.

    Raises: NotABackup, OSError.
    """
    with opened(path) as archive:
        check(archive)
        return archive.manifest


def check(archive: Archive) -> None:
    """The same of an opened one."""
    heads: Heads = []
    for table in archive.manifest.tables:
        tally = Tally(table.shape)
        for row, _ in values(archive, table):
            tally.line(row)
            if table.name == "audit_heads":
                heads.append(head_of(table, row))
        wrong = differences(table, tally.note())
        if wrong:
            raise NotABackup(f"{member_of(table.name)}: was changed: {wrong[0]}")
    if (len(heads), merkle_root(heads)) != (archive.manifest.audit_chains, archive.manifest.audit_root):
        raise NotABackup("manifest.json: the heads of the audit chains are others than it says")


def values(archive: Archive, table: TableNote) -> Iterator[tuple[list[Any], list[Any]]]:
    """A table's rows as they are written, and as databases take them."""
    shape = table.shape
    for number, row in enumerate(archive.rows(shape), start=1):
        try:
            yield row, [read(kind, value) for (_, kind), value in zip(shape.columns, row, strict=True)]
        except ValueError as error:
            raise NotABackup(f"{member_of(table.name)}: line {number}: {error}") from None


def head_of(table: TableNote, row: list[Any]) -> list[Any]:
    """Organisation, number and hash of a chain's head, from a row of ``audit_heads``."""
    named = dict(zip((name for name, _ in table.columns), row, strict=True))
    return [named["organisation_id"], named["number"], named["hash"]]
