"""One Idempotency-Key is one effect: sent by 32 hands at once, and sent again to a server that was killed.

``CHANGDAN_TEST_KEYS`` sets how many keys are played each way: 1,000 take some ten minutes on each database.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Site
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.orders.models import Order
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.kept_replies import KeptReply
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, make_token
from tests.factories.orders import entry_of
from tests.scenarios.dying_server import MOMENTS

KEYS = int(os.environ.get("CHANGDAN_TEST_KEYS", "30"))
HANDS = 32
PATIENCE_SECONDS = 120.0
ROOT = Path(__file__).parents[2]


@dataclass
class Place:
    """A database with a member that may enter sites and orders."""

    url: str
    app: Flask
    headers: dict[str, str]
    order: dict[str, Any]
    folder: Path

    def request(self, number: int) -> tuple[str, dict[str, Any]]:
        """Path and document number so and so: sites and orders in turns, no two of them alike."""
        if number % 2:
            return "/api/v1/orders", {**self.order, "external_reference": f"number-{number}"}
        return "/api/v1/sites", {"name": f"number-{number}", "address": "四川省成都市", "region_code": "510100"}

    def check(self, replies: dict[str, tuple[int, bytes]]) -> None:
        """Of every key one site or order, one audit entry, and the reply that was kept first."""
        with self.app.app_context():
            made = Counter(db.session.scalars(sa.select(Site.name).where(Site.name.startswith("number-"))))
            made += Counter(db.session.scalars(sa.select(Order.external_reference)))
            kept = {row.key: (row.status, row.body) for row in db.session.scalars(sa.select(KeptReply))}
            ids = [json.loads(body)["id"] for _, body in replies.values()]
            audited = Counter(
                db.session.scalars(sa.select(AuditEntry.subject_id).where(AuditEntry.subject_id.in_(ids)))
            )
        assert made == Counter({f"number-{number}": 1 for number in range(len(replies))})
        assert kept == replies
        assert audited == Counter(ids)


@pytest.fixture(params=database_urls())
def place(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Of each kind, with everything as in service."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, limits_store="none"), clock=lambda: NOW)
        with app.app_context():
            flask_migrate.upgrade()
            member = make_member()
            headers = {"Authorization": f"Bearer {make_token(member)}"}
            order = entry_of(member)
            db.session.commit()
        yield Place(url, app, headers, order, tmp_path)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def test_thirty_two_hands_at_once(place: Place) -> None:
    """All get the same reply; who is told to come again gets it then."""
    replies: dict[str, tuple[int, bytes]] = {}
    barrier = threading.Barrier(HANDS)
    told: Counter[int] = Counter()

    def hand(key: str, path: str, document: dict[str, Any]) -> tuple[int, bytes]:
        client = FlaskClient(place.app, place.app.response_class)
        barrier.wait()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            reply = client.post(path, json=document, headers={**place.headers, "Idempotency-Key": key})
            told[reply.status_code] += 1
            if reply.status_code != 503 or time.monotonic() > deadline:
                return reply.status_code, reply.data
            time.sleep(0.05)

    with ThreadPoolExecutor(HANDS) as hands:
        for number in range(KEYS):
            path, document = place.request(number)
            done = [hands.submit(hand, f"key-{number}", path, document) for _ in range(HANDS)]
            seen = {each.result() for each in done}
            assert len(seen) == 1, (seen, told)
            replies[f"key-{number}"] = seen.pop()
    assert {status for status, _ in replies.values()} == {201}
    assert set(told) <= {201, 503}
    place.check(replies)


class Server:
    """gunicorn with the dying application, one request to a process; for one that is killed comes a new one."""

    def __init__(self, place: Place) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._said = (place.folder / "said.txt").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--preload", "--workers", "8"),
                *("--config", "/dev/null", "--bind", f"127.0.0.1:{self.port}", "tests.scenarios.dying_server:app"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT) + os.pathsep + os.environ.get("PYTHONPATH", ""),
                "CHANGDAN_DATABASE_URL": place.url,
                "CHANGDAN_SECRET_KEY": SECRET_KEY,
                "CHANGDAN_LIMITS_STORE": "none",
            },
            stdout=self._said,
            stderr=self._said,
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        self._said.close()

    def post(self, path: str, document: dict[str, Any], headers: dict[str, str]) -> http.client.HTTPResponse | None:
        """One request; None if no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, json.dumps(document), {"Content-Type": "application/json", **headers})
            reply = connection.getresponse()
            reply.data = reply.read()  # type: ignore[attr-defined]
            return reply
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def test_killed_before_it_replies(place: Place) -> None:
    """Whenever it dies, the request sent again has had one effect, and gets the first reply if there was one."""

    def play(number: int) -> tuple[str, tuple[int, bytes]]:
        path, document = place.request(number)
        headers, moment = {**place.headers, "Idempotency-Key": f"key-{number}"}, MOMENTS[number // 2 % len(MOMENTS)]
        assert server.post(path, document, {**headers, "X-Dies": moment}) is None
        reply = insist(path, document, headers)
        replayed = reply.headers.get("Idempotency-Replayed") == "true"
        assert (reply.status, replayed) == (201, moment != "before-commit"), (number, moment, reply.data)
        again = insist(path, document, headers)
        assert (again.status, again.data, again.headers["Idempotency-Replayed"]) == (201, reply.data, "true")
        return f"key-{number}", (reply.status, reply.data)

    def insist(path: str, document: dict[str, Any], headers: dict[str, str]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (reply := server.post(path, document, headers)) is None or reply.status == 503:
            assert time.monotonic() < deadline, "it does not come back"
            time.sleep(0.02)
        return reply

    with Server(place) as server, ThreadPoolExecutor(4) as hands:
        insist("/nowhere", {}, {})
        replies = dict(hands.map(play, range(KEYS)))
    place.check(replies)
