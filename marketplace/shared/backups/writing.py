"""Writing a backup: one moment of the database, however much others write meanwhile."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from marketplace import __version__
from marketplace.shared.audit_anchors import merkle_root
from marketplace.shared.backups.archive import MANIFEST, member_of
from marketplace.shared.backups.manifest import FORMAT, Manifest, Tally
from marketplace.shared.backups.reading import Heads, head_of
from marketplace.shared.backups.shapes import Shape, present_shapes, rows
from marketplace.shared.database import db

_WRITTEN_AT_ONCE = 1 << 20


def write_backup(file: BinaryIO, *, now: datetime) -> Manifest:
    """Write all tables as of one moment; memory does not grow with them.  ``now`` is what the manifest says.

    Raises: RuntimeError for a database without tables.
    """
    shapes, notes, heads = present_shapes(), [], Heads()
    with (
        _one_moment(shapes) as connection,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            raise RuntimeError("the database has no tables")
        for shape in shapes:
            tally = Tally(shape)
            with archive.open(_member(member_of(shape.name), now), "w", force_zip64=True) as stream:
                gathered = bytearray()
                for row in rows(connection, shape):
                    gathered += tally.line(row)
                    if len(gathered) >= _WRITTEN_AT_ONCE:
                        stream.write(gathered)
                        gathered.clear()
                    if shape.name == "audit_heads":
                        heads.append(row)
                stream.write(gathered)
            notes.append(tally.note())
            if shape.name == "audit_heads":
                heads = [head_of(notes[-1], row) for row in heads]
        manifest = Manifest(
            format=FORMAT,
            program=__version__,
            revision=revision,
            dialect=connection.dialect.name,
            moment=now.astimezone(UTC),
            audit_chains=len(heads),
            audit_root=merkle_root(heads),
            tables=notes,
        )
        archive.writestr(_member(MANIFEST, now), manifest.encoded())
    return manifest


@contextmanager
def _one_moment(shapes: list[Shape]) -> Iterator[sa.Connection]:
    """A connection that sees the database as it is now, and waits for no writer, nor any for it.

    On SQLite a read transaction (its write-ahead log grows until this ends); on PostgreSQL a snapshot, under the lock
    by which pg_dump keeps tables from being altered.
    """
    connection = db.engine.connect()
    with connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            quoted = connection.dialect.identifier_preparer.quote
            names = ", ".join(quoted(shape.name) for shape in shapes)
            connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS SHARE MODE")
        yield connection
        connection.rollback()


def _member(name: str, now: datetime) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, now.astimezone(UTC).timetuple()[:6])
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    return member
