"""Limits that processes share: counted in a Redis of the test's own, by two applications."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.watching.checks.settings import answers
from tests.conftest import NOW

PATIENCE_SECONDS = 20.0


class Store:
    """A Redis server, which can be ended."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        words = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder))
        self._process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(self.url):
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.05)

    def end(self) -> None:
        """At once."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One that answers."""
    if shutil.which("redis-server") is None:
        pytest.skip("left out: there is no redis-server here")
    pytest.importorskip("redis")
    made = Store(tmp_path)
    yield made
    made.end()


def serving(store: Store) -> FlaskClient:
    """A process of its own, as far as counting goes; it lets an address call three times an hour."""
    settings = Settings(
        database_url="sqlite:///:memory:", testing=True, limits_store=store.url, limit_per_address="3/hour"
    )
    return create_app(settings, clock=lambda: NOW).test_client()


def statuses(client: FlaskClient, times: int) -> list[int]:
    """What so many calls get."""
    return [client.get("/api/v1/openapi.json").status_code for _ in range(times)]


def test_two_processes_count_together(store: Store) -> None:
    one, other = serving(store), serving(store)
    assert statuses(one, 2) == [200, 200]
    assert statuses(other, 2) == [200, 429]
    refused = one.get("/api/v1/openapi.json")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 3601  # a part of a second counts as one


def test_a_store_that_ends_refuses_nobody_and_each_counts_for_itself(store: Store) -> None:
    one, other = serving(store), serving(store)
    assert statuses(one, 3) == [200, 200, 200]
    store.end()
    assert not answers(store.url)
    assert statuses(one, 4) == [200, 200, 200, 429]
    assert statuses(other, 4) == [200, 200, 200, 429]
