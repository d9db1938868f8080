"""A machine whose power can be cut: a disk, the database on it, and the platform that is served from it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from bench.deployment.databases import SECRET, UNLIMITED
from bench.deployment.disks import Disk
from bench.deployment.marked import Compared, Marked, compare
from bench.deployment.server import Server, postgresql
from bench.deployment.traders import Trader, admit_traders
from bench.deployment.web import Web
from marketplace.app import create_app
from marketplace.config import Settings

TRADERS = 6
DISK_MB = 2000
PLATFORM, CARELESS = "marketplace.wsgi:app", "bench.deployment.careless:app"
QUICK = ("--preload",)  # so that processes of the platform start in half the time


class Machine:
    """A disk, the database on it, and the platform that it serves."""

    def __init__(self, folder: Path, disk: Disk, server: Server | None, environment: dict[str, str]) -> None:
        self.folder, self.disk, self.server = folder, disk, server
        self._environment = environment
        self._web: dict[str, Web] = {}
        self.settings = Settings.from_environment(environment)
        self.app = create_app(self.settings)
        self.traders: list[Trader] = []

    def serve(self, application: str = PLATFORM) -> int:
        """Start its platform; the port, which remains the same."""
        if application in self._web:
            self._web[application].restart()
        else:
            log = self.folder / "web.log"
            self._web[application] = Web(self._environment, log, application=application, options=QUICK)
        return self._web[application].port

    def power_off(self) -> None:
        """Now, whatever is being written; then nothing of it runs any more."""
        self.disk.cut()
        self.kill()
        self.disk.unmount()

    def power_on(self) -> float:
        """Mount the disk and start the database, which recovers; seconds until it answers."""
        began = time.monotonic()
        self.disk.mount()
        if self.server is not None:
            self.server.restart_after_power()
        else:
            with closing(sqlite3.connect(self.disk.mounted / "cut.sqlite")) as connection:
                connection.execute("SELECT count(*) FROM orders").fetchone()
        return time.monotonic() - began

    def compare(self, clients: list[Marked]) -> Compared:
        """What is on the disk against what was acknowledged; SQLite's own check of the file besides."""
        found = compare(self.app, clients)
        if self.server is None:
            with closing(sqlite3.connect(self.disk.mounted / "cut.sqlite")) as connection:
                for check in ("integrity_check", "foreign_key_check"):
                    rows = connection.execute(f"PRAGMA {check}").fetchall()
                    found.wrong += [f"{check}: {row}" for row in rows if row != ("ok",)]
        return found

    def clients(self, port: int) -> list[Marked]:
        """One of each trader."""
        return [Marked(port, trader, number, of=TRADERS) for number, trader in enumerate(self.traders)]

    def flush_no_more(self) -> str:
        """From now on what is committed is not flushed; the platform to serve then."""
        if self.server is None:
            return CARELESS
        self.server.run("ALTER SYSTEM SET fsync = off")
        self.server.run("SELECT pg_reload_conf()")
        return PLATFORM

    def kill(self) -> None:
        """All its processes."""
        for web in self._web.values():
            web.kill()
        if self.server is not None:
            self.server.kill()


@contextmanager
def prepared(database: str, folder: Path) -> Iterator[Machine]:
    """A machine that is off, with traders admitted; its disk was taken out properly."""
    folder.chmod(0o755)
    disk = Disk(folder / "disk.img", folder)
    with ExitStack() as open_:
        open_.callback(disk.unmount)
        disk.make(DISK_MB)
        server = open_.enter_context(postgresql(disk.mounted)) if database == "postgresql" else None
        if server is not None:
            server.create("cut")
        url = f"sqlite:///{disk.mounted}/cut.sqlite" if server is None else server.url("cut")
        environment = {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, **UNLIMITED}
        machine = Machine(folder, disk, server, environment)
        open_.callback(machine.kill)
        machine.traders = admit_traders(machine.settings, TRADERS)
        if server is not None:
            server.stop()
        disk.unmount()
        yield machine
