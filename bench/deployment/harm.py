"""What is done to a database while others use it: each function does it once, and says what when it has ended.

``felt``, which each is given, tells whether a client has been refused since this began: what is meant to be felt lasts
until it is.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.deployment.network import Pace
from bench.deployment.server import Server
from bench.deployment.watched import Watched

Felt = Callable[[], bool]
LONGEST_SECONDS = 25.0  # by then somebody must have been refused


class NotFelt(Exception):
    """Nobody was refused: whoever needed what was taken away waits for ever, or did not need it."""


@dataclass
class Place:
    """What there is to harm."""

    folder: Path  # of the database
    server: Server | None  # None: SQLite
    pace: Pace | None
    clients: list[Watched]


def disk_full(place: Place, draw: random.Random, felt: Felt) -> str:
    """A file takes all the space there is; on PostgreSQL every other time its log must have a new segment too."""
    filler = place.folder / "filler"
    switches = place.server is not None and draw.random() < 0.5
    try:
        with filler.open("wb") as file:
            _fill(file.fileno())
            if switches:
                with suppress(psycopg.Error):
                    _on(place).run("SELECT pg_switch_wal()")
            _last(felt, draw.uniform(0.2, 1.5), lambda: _fill(file.fileno()))
    finally:
        filler.unlink()
    ended = place.server is not None and _started_again(place.server)
    return "ended, and was started again" if ended else "lived"


def _fill(file: int) -> None:
    """As much as fits, to the last page."""
    end = os.fstat(file).st_size
    for step in (1 << 24, 1 << 20, 1 << 16, 1 << 12):
        with suppress(OSError):
            while True:
                os.posix_fallocate(file, end, step)
                end += step


def _started_again(server: Server) -> bool:
    """As what watches services does: without space for its log PostgreSQL ends, and recovers once it has some."""
    deadline, ended = time.monotonic() + LONGEST_SECONDS, False
    while not server.alive:
        ended = True
        with suppress(subprocess.SubprocessError):
            server.restart()
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL does not start again")
    return ended


def backend_terminated(place: Place, draw: random.Random, felt: Felt) -> str:
    """Some of the platform's connections are ended by the server, in the middle of whatever they do."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = 'faulty' AND backend_type = 'client backend'"
    with psycopg.connect(_on(place).url("postgres"), autocommit=True) as connection:
        count = 0
        for _ in range(draw.randint(1, 5)):
            pids = sorted(pid for (pid,) in connection.execute(query))
            for pid in draw.sample(pids, draw.randint(min(1, len(pids)), len(pids))):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
                count += 1
            time.sleep(draw.uniform(0.0, 0.3))
    return f"{count} connections"


def busy(place: Place, draw: random.Random, felt: Felt) -> str:
    """Another program holds the lock longer than the platform waits for it."""
    more_s = draw.uniform(0.0, 1.0)
    if place.server is None:
        with closing(sqlite3.connect(place.folder / "faulty.sqlite", timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            _last(felt, more_s)
            other.execute("ROLLBACK")
        return "the file's lock"
    with psycopg.connect(place.server.url("faulty")) as connection:
        connection.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        _last(felt, more_s)
        connection.rollback()
    return "a table's lock"


def deadlock(place: Place, draw: random.Random, felt: Felt) -> str:
    """Another program takes what a request needs last, and then waits for what that request took first.

    A request writes its idempotency key first and its company's audit head last.  PostgreSQL ends whoever finds the
    circle, and this other program looks for it much later than the platform.
    """
    client = draw.choice(place.clients)
    with (
        psycopg.connect(_on(place).url("faulty"), autocommit=True) as looking,
        psycopg.connect(_on(place).url("faulty")) as connection,
    ):
        connection.execute("SET deadlock_timeout = '60s'")
        connection.execute(
            "SELECT 1 FROM audit_heads WHERE organisation_id = %s FOR UPDATE", [client.trader.organisation_id]
        )
        waits = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = 'faulty' AND wait_event_type = 'Lock' AND query LIKE '%audit_heads%'"
        )
        deadline = time.monotonic() + LONGEST_SECONDS
        while looking.execute(waits).fetchone() == (0,):
            if time.monotonic() > deadline:
                raise TimeoutError("no request came to wait for the head of its company's trail")
            time.sleep(0.01)
        member = looking.execute("SELECT id FROM members WHERE organisation_id = %s", [client.trader.organisation_id])
        found = member.fetchone()
        assert found is not None
        connection.execute(
            "INSERT INTO kept_replies (member_id, key, request_hash, moment) VALUES (%s, %s, '', now())"
            " ON CONFLICT DO NOTHING",
            [found[0], client.key],
        )
        connection.rollback()
    return "a circle of two"


def slow_network(place: Place, draw: random.Random, felt: Felt) -> str:
    """Between platform and database everything comes late, or nothing comes for a while."""
    assert place.pace is not None
    stalls, delay_s, seconds = draw.random() < 0.5, draw.uniform(0.02, 0.3), draw.uniform(1.5, 6.0)
    try:
        place.pace.delay_s, place.pace.stalled = 0.0 if stalls else delay_s, stalls
        time.sleep(seconds)
    finally:
        place.pace.delay_s, place.pace.stalled = 0.0, False
    return "stalled" if stalls else f"{delay_s:.2f} s late"


def _last(felt: Felt, more_s: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Until it is felt, and a while longer."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not felt():
        if time.monotonic() > deadline:
            raise NotFelt(f"nobody was refused within {LONGEST_SECONDS:g} s")
        meanwhile()
        time.sleep(0.02)
    time.sleep(more_s)


def _on(place: Place) -> Server:
    assert place.server is not None
    return place.server


BOTH, POSTGRESQL_ALONE = ("sqlite", "postgresql"), ("postgresql",)
HARM = {
    "full": (disk_full, BOTH),
    "terminated": (backend_terminated, POSTGRESQL_ALONE),
    "busy": (busy, BOTH),
    "deadlock": (deadlock, POSTGRESQL_ALONE),
    "slow": (slow_network, POSTGRESQL_ALONE),
}
