"""Databases of a benchmark, of either kind, and what its platforms have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.deployment.server import postgresql

SECRET = "a key for the benchmark alone, long enough"
UNLIMITED = dict.fromkeys(("CHANGDAN_LIMIT_PER_ADDRESS", "CHANGDAN_LIMIT_PER_ACCOUNT"), "1000000/second")


@contextmanager
def databases(kind: str, folder: Path, *names: str) -> Iterator[list[str]]:
    """Empty ones of these names; their URLs, as CHANGDAN_DATABASE_URL takes them."""
    if kind == "sqlite":
        yield [f"sqlite:///{folder}/{name}.sqlite" for name in names]
        return
    with postgresql() as server:
        for name in names:
            server.create(name)
        yield [server.url(name) for name in names]
