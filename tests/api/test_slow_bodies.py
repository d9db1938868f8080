"""Whoever sends slowly holds up nobody: a body has arrived before its request takes any lock."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared.actor import Role
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of

USUAL, LONG = 20_000, 60_000  # the longest bodies, bytes


@pytest.fixture
def app_of_file(tmp_path: Path) -> Iterator[Flask]:
    """An application on a SQLite file of its own."""
    url = f"sqlite:///{tmp_path}/slow.sqlite"
    settings = Settings(database_url=url, testing=True, max_body_bytes=USUAL, max_upload_bytes=LONG)
    app = create_app(settings, clock=lambda: NOW)
    with app.app_context():
        flask_migrate.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


class Slow(io.BytesIO):
    """A body; while it is read another writer comes, who does not wait at all."""

    def __init__(self, body: bytes, database: Path) -> None:
        super().__init__(body)
        self._database, self.reads = database, 0

    def readinto(self, buffer: Any) -> int:
        """Some of it; "database is locked" if the request has begun to write."""
        other = sqlite3.connect(self._database, timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        self.reads += 1
        return super().readinto(buffer)


@pytest.mark.parametrize(("path", "media_type"), [("", "application/json"), ("/uploads", "application/x-ndjson")])
def test_a_body_has_arrived_before_a_lock_is_taken(
    app_of_file: Flask, tmp_path: Path, path: str, media_type: str
) -> None:
    with app_of_file.app_context(), unit_of_work():
        member = make_member(roles=[Role.SELLER])
        body = json.dumps(entry_of(member, "offer")).encode()
        headers = signed_in(app_of_file.test_client(), member)
    stream = Slow(body, tmp_path / "slow.sqlite")
    client = app_of_file.test_client()
    answer = client.post(
        f"/api/v1/orders{path}", headers=headers, content_type=media_type, content_length=len(body), input_stream=stream
    )
    assert answer.status_code in (200, 201), answer.text
    assert stream.reads


def test_long_bodies_are_taken_from_those_alone_who_may_send_them(app_of_file: Flask, tmp_path: Path) -> None:
    with app_of_file.app_context(), unit_of_work():
        seller = make_member(roles=[Role.SELLER])
        signatory = make_member(organisation=seller.organisation, roles=[Role.SIGNATORY])
        allowed, others = (signed_in(app_of_file.test_client(), each) for each in (seller, signatory))
    long, too_long = b" " * (USUAL + 1), b" " * (LONG + 1)

    def sent(path: str, body: bytes, headers: dict[str, str]) -> tuple[int, int]:
        stream = Slow(body, tmp_path / "slow.sqlite")
        answer = app_of_file.test_client().post(
            path, headers=headers, content_type="text/csv", content_length=len(body), input_stream=stream
        )
        return answer.status_code, stream.reads

    uploads = "/api/v1/orders/uploads?wait=false"
    for path in (uploads, "/api/v1/orders"):
        assert sent(path, long, {}) == (401, 0)
        assert sent(path, long, others) == (403, 0)
        assert sent(path, too_long, allowed) == (413, 0)
    assert sent("/api/v1/orders", long, allowed) == (413, 0)
    assert sent("/api/v1/orders/uploads", long, allowed) == (413, 0)
    assert sent(uploads, long, allowed)[0] == 422  # read, and it has no row


@pytest.mark.parametrize("path", ["", "/uploads", "/uploads?wait=false"])
def test_a_body_that_broke_off_is_not_taken_for_a_whole_one(app_of_file: Flask, path: str) -> None:
    with app_of_file.app_context(), unit_of_work():
        member = make_member(roles=[Role.SELLER])
        line = json.dumps(entry_of(member, "offer")).encode() + b"\n"
        headers = signed_in(app_of_file.test_client(), member)
    whole = line if path == "" else line * 3
    media_type = "application/json" if path == "" else "application/x-ndjson"
    came = whole[: -len(line)] or whole[:-1]  # it would be read as a file of two rows, or as the whole order
    answer = app_of_file.test_client().post(
        f"/api/v1/orders{path}",
        headers=headers,
        content_type=media_type,
        input_stream=io.BytesIO(came),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(whole))},  # as gunicorn has it
    )
    assert answer.status_code == 400, answer.text
    assert answer.json["detail"] == f"the body broke off after {len(came)} of {len(whole)} bytes"
    listed = app_of_file.test_client().get("/api/v1/orders", headers=headers)
    assert listed.json["items"] == []


@pytest.mark.parametrize(("path", "most"), [("/uploads", USUAL), ("/uploads?wait=false", LONG)])
def test_a_body_without_length_is_not_cut_at_the_limit(app_of_file: Flask, path: str, most: int) -> None:
    with app_of_file.app_context(), unit_of_work():
        member = make_member(roles=[Role.SELLER])
        line = json.dumps(entry_of(member, "offer")).encode() + b"\n"
        headers = signed_in(app_of_file.test_client(), member)

    def sent(count: int) -> Any:
        body = line * (count // len(line))
        body += b"\n" * (count - len(body))
        return app_of_file.test_client().post(
            f"/api/v1/orders{path}",
            headers=headers,
            content_type="application/x-ndjson",
            input_stream=io.BytesIO(body),
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )

    refused = sent(most + 1)
    assert (refused.status_code, refused.json["limit"]) == (413, most)
    assert sent(most).status_code in (200, 202)
