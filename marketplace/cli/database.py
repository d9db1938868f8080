"""The database as the command tells of it: which one it is, how far it is migrated, what it holds."""

from __future__ import annotations

import os
from pathlib import Path

import click
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from marketplace.config import migrations_folder
from marketplace.shared.database import db

COUNTED = ("organisations", "members", "orders", "rounds", "proposals")


def name() -> str:
    """The application's database, without its password."""
    return db.engine.url.render_as_string(hide_password=True)


def sqlite_file() -> Path | None:
    """Where it lies, if it is a SQLite file."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def present_revision() -> str | None:
    """The revision it is at; None without tables.  A SQLite file that is missing stays so."""
    file = sqlite_file()
    if file is not None and not file.exists() and file.parent.is_dir():
        return None
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision that this version of the program works with."""
    newest = _scripts().get_current_head()
    assert newest is not None
    return newest


def must_be_migrated() -> None:
    """Refuse a database on which every request would fail.

    Refused, not warned of: a server that can only answer 503 looks alive to whoever has started it, and by waiting
    no table comes.  Raises: ClickException; OperationalError when the database does not answer.
    """
    present, newest = present_revision(), newest_revision()
    if present == newest:
        return
    if present is None:
        raise click.ClickException(f"{name()} has no tables; changdan db upgrade makes them")
    if present not in {script.revision for script in _scripts().walk_revisions()}:
        raise click.ClickException(f"{name()} is at revision {present}, which this version ({newest}) does not know")
    raise click.ClickException(f"{name()} is at revision {present}, not {newest}; changdan db upgrade brings it there")


def must_take_changes() -> None:
    """Refuse a database that only reads, as a replica does: nothing could be done on it.

    Raises: ClickException.
    """
    file = sqlite_file()
    if file is not None:
        only_reads = not os.access(file, os.W_OK)
    else:
        with db.engine.connect() as connection:
            only_reads = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
    if only_reads:
        raise click.ClickException(f"{name()} only reads: give it one that takes changes")


def told_upgrade(before: str | None) -> str:
    """What an upgrade from ``before`` came to."""
    present = present_revision()
    if present == before:
        return f"{name()}: at revision {present} already; nothing to do"
    return f"{name()}: from {before or 'no tables'} to revision {present}"


def told_present() -> str:
    """How far it is migrated."""
    present, newest = present_revision(), newest_revision()
    if present is None:
        return f"{name()}: no revision, it has no tables; changdan db upgrade makes them"
    return f"{name()}: {present} " + ("(head)" if present == newest else f"(head is {newest})")


def told_loss(revision: str) -> str:
    """What a step back to ``revision`` drops."""
    present = set(sa.inspect(db.engine).get_table_names())
    with db.engine.connect() as connection:
        counts = [
            f"{connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))} {table}"
            for table in COUNTED
            if table in present
        ]
    to = "one step" if revision == "-1" else f"to {revision}"
    return (
        f"{name()} goes from revision {present_revision()} back {to}: the tables and columns made since are "
        f"dropped with all that is in them. It holds {', '.join(counts)}."
    )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(migrations_folder()))
