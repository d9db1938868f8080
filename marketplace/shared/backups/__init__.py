"""Backups: all rows of one moment in one file that either database can be restored from.

A file is a ZIP: one member of JSON lines per table, then ``manifest.json``, which says of what program, revision and
moment it is and, per table, how many rows there are, their SHA-256 and totals.  The same rows give the same members
on SQLite and on PostgreSQL, so that what was restored is compared byte for byte with what was written.
"""

from marketplace.shared.backups.archive import NotABackup
from marketplace.shared.backups.manifest import FORMAT, Manifest
from marketplace.shared.backups.reading import check_backup
from marketplace.shared.backups.restoring import NotRestored, Restored, restore_backup
from marketplace.shared.backups.shapes import LEFT_OUT
from marketplace.shared.backups.writing import write_backup

__all__ = [
    "FORMAT",
    "LEFT_OUT",
    "Manifest",
    "NotABackup",
    "NotRestored",
    "Restored",
    "check_backup",
    "restore_backup",
    "write_backup",
]
