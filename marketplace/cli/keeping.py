"""Backup and restore: all that the platform knows, in one file and out of it again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from marketplace.cli import application
from marketplace.cli.files import whole_file

FILE = click.Path(dir_okay=False, path_type=Path)
PRESENT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only check a backup that is there; needs no database.")
def backup(file: Path, check: bool) -> None:
    """Write all that the platform holds, as of one moment, to FILE, while others go on working.

    FILE holds secrets, limit prices among them: only its owner may read it.  It is written whole or not at all, and
    never over another.  The task engine's tables are left out.
    """
    from marketplace.shared import backups

    if check:
        try:
            manifest = backups.check_backup(file)
        except backups.NotABackup as error:
            raise click.ClickException(f"{file}: {error}") from None
        click.echo(_told(file, manifest) + "; sound")
        return
    from marketplace.cli import database
    from marketplace.shared.clock import utc_now
    from marketplace.shared.database import db

    if file.exists():
        raise click.ClickException(f"{file} is there already; a backup is not written over another file")
    with application.application().app_context():
        database.must_be_migrated()
        with whole_file(file, mode=0o600) as stream:
            manifest = backups.write_backup(stream, now=utc_now())
        db.engine.dispose()
    click.echo(_told(file, manifest))


@click.command()
@click.argument("file", type=PRESENT)
def restore(file: Path) -> None:
    """Restore FILE, a backup of either kind of database, into the present database, which must be empty.

    Everything is checked before and after; if anything is amiss, nothing is stored.  A backup of an older version is
    brought to this one's tables.
    """
    from marketplace.jobs import engine
    from marketplace.shared import backups
    from marketplace.shared.database import db

    with application.application().app_context():
        try:
            restored = backups.restore_backup(file)
        except (backups.NotABackup, backups.NotRestored) as error:
            raise click.ClickException(f"{file}: {error}; nothing was stored") from None
        if engine.uses_engine():
            engine.prepare_engine()
        db.session.remove()
        db.engine.dispose()
        was, now = restored.manifest.revision, restored.revision
        click.echo(_told(file, restored.manifest) + (f"; brought to revision {now}" if was != now else ""))
        click.echo("restored: rows, totals and audit chains are those of the backup")


def _told(file: Path, manifest: object) -> str:
    from marketplace.shared.backups import Manifest

    assert isinstance(manifest, Manifest)
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return (
        f"{file}: of {manifest.moment.isoformat(timespec='seconds')}, {manifest.dialect}, "
        f"revision {manifest.revision}; rows: {manifest.rows}; audit chains: {manifest.audit_chains}; "
        f"audit root: {manifest.audit_root}; SHA-256 of the file: {digest}"
    )
