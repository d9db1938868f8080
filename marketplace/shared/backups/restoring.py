"""Restoring a backup: into an empty database, in one transaction, and only what then proves to be the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from marketplace.config import migrations_folder
from marketplace.shared import audit_verification
from marketplace.shared.audit import AuditHead
from marketplace.shared.audit_anchors import merkle_root
from marketplace.shared.backups import reading
from marketplace.shared.backups.archive import Archive, opened
from marketplace.shared.backups.manifest import Manifest, TableNote, Tally, differences
from marketplace.shared.backups.shapes import LEFT_OUT, load, number_on, rows
from marketplace.shared.database import db, unit_of_work

_NOT_OURS = ("alembic_version", "procrastinate_")  # the last: the task engine's, which finds its work by looking
_MOST_TOLD = 20


class NotRestored(ValueError):
    """A backup was not restored, and nothing was stored; says what stands against it, a line each."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and the revision that the database is at now."""

    manifest: Manifest
    revision: str


def restore_backup(path: Path) -> Restored:
    """Restore a file into the application's database, which must be empty, and compare it with the file row by row.

    A backup of an older revision is loaded as it was, then migrated.  All in one transaction: on any difference the
    database stays as it was.  Raises: NotABackup, NotRestored, OSError.
    """
    with opened(path) as archive:
        _must_be_known(archive.manifest)
        reading.check(archive)  # before anything is written
        with _references_checked_at_the_end(), unit_of_work():
            connection = db.session.connection()
            _must_be_empty(connection, archive.manifest)
            _migrate(connection, archive.manifest.revision)
            _load(connection, archive)
            _migrate(connection, "head")
            _must_be_whole(connection, archive.manifest)
            revision = MigrationContext.configure(connection).get_current_revision()
            assert revision is not None
    return Restored(archive.manifest, revision)


def _must_be_known(manifest: Manifest) -> None:
    scripts = ScriptDirectory(str(migrations_folder()))
    if manifest.revision not in {script.revision for script in scripts.walk_revisions()}:
        raise NotRestored(
            f"it was made at revision {manifest.revision} by version {manifest.program} of the program; this version "
            f"knows revisions up to {scripts.get_current_head()}: take that version or a later one"
        )


def _must_be_empty(connection: sa.Connection, manifest: Manifest) -> None:
    tables = _tables(connection)
    counts = {
        name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0 for name in sorted(tables)
    }
    found = [f"{name} ({count})" for name, count in counts.items() if count]
    if found:
        raise NotRestored(f"the database is not empty; rows in {', '.join(found)}")
    present = MigrationContext.configure(connection).get_current_revision()
    if tables and present != manifest.revision:
        raise NotRestored(
            f"the database has tables of revision {present}, the backup is of {manifest.revision}: "
            "restore into a database without tables"
        )


def _tables(connection: sa.Connection) -> set[str]:
    return {name for name in sa.inspect(connection).get_table_names() if not name.startswith(_NOT_OURS)}


def _migrate(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _load(connection: sa.Connection, archive: Archive) -> None:
    wrong: list[str] = []
    for table in _in_order(connection, archive.manifest):
        shape = table.shape
        try:
            load(connection, shape, (row for _, row in reading.values(archive, table)))
        except (sa.exc.DBAPIError, connection.dialect.loaded_dbapi.Error) as error:
            reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise NotRestored(f"table {table.name}: the database does not take it: {reason}") from None
        number_on(connection, shape)
        tally = Tally(shape)
        for row in rows(connection, shape):
            tally.line(row)
        wrong += differences(table, tally.note())
    if wrong:
        raise NotRestored("\n".join(wrong[:_MOST_TOLD]))


def _in_order(connection: sa.Connection, manifest: Manifest) -> list[TableNote]:
    """The backup's tables, those referred to first; refused unless they are those of its revision."""
    metadata = sa.MetaData()
    metadata.reflect(connection, only=sorted(_tables(connection)))
    notes = {table.name: table for table in manifest.tables}
    expected = {table.name: {column.name for column in table.columns} for table in metadata.sorted_tables}
    told = {table.name: {name for name, _ in table.columns} for table in manifest.tables}
    for name in LEFT_OUT - set(told):
        expected.pop(name, None)
    if told != expected:
        names = sorted(name for name in told.keys() | expected.keys() if told.get(name) != expected.get(name))
        raise NotRestored(f"its tables are not those of revision {manifest.revision}: {', '.join(names)}")
    return [notes[table.name] for table in metadata.sorted_tables if table.name in notes]


def _must_be_whole(connection: sa.Connection, manifest: Manifest) -> None:
    wrong = list(audit_verification.findings())
    found = db.session.execute(sa.select(AuditHead.organisation_id, AuditHead.number, AuditHead.hash))
    if merkle_root(sorted([owner, number, hash_] for owner, number, hash_ in found)) != manifest.audit_root:
        wrong.append("the heads of the audit chains are others than the backup's")
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST_TOLD)
        wrong += [f"table {row[0]}: a row refers to {row[2]} that is not there" for row in lost]
    if wrong:
        raise NotRestored("\n".join(wrong[:_MOST_TOLD]))


@contextmanager
def _unchecked() -> Iterator[None]:
    """SQLite looks at references when all is in place: it must, for migrations that make a table anew."""

    def prepare(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")  # does nothing within a transaction, so before it

    engine = db.engine
    event.listen(engine, "checkout", prepare)
    try:
        yield
    finally:
        event.remove(engine, "checkout", prepare)
        db.session.remove()
        engine.dispose()  # the next connection checks again


def _references_checked_at_the_end() -> Any:
    return _unchecked() if db.engine.dialect.name == "sqlite" else nullcontext()
