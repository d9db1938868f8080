"""A lock that another program does not give back: who waits for it is refused soon, and served once it is free."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared import sqlite
from marketplace.shared.actor import Role
from marketplace.shared.database import db, unit_of_work
from tests.conftest import SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of


def test_who_waits_is_refused_and_served_later_under_the_same_key(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with the time to come again, on either database, and nothing is stored until the lock is free."""
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.3)
    own_app.config["PROPAGATE_EXCEPTIONS"] = False
    with own_app.app_context():
        with unit_of_work():
            member = make_member(roles=[Role.SELLER])
            headers, order = signed_in(own_app.test_client(), member), entry_of(member, "offer")
        db.engine.dispose()  # what connects from now on waits no longer than that
        url = db.engine.url
    headers = {**headers, "Idempotency-Key": "held"}
    with _held(url):
        refused = own_app.test_client().post("/api/v1/orders", json=order, headers=headers)
    assert (refused.status_code, refused.json["type"]) == (503, "urn:changdan:problem:busy")
    assert refused.headers["Retry-After"] == "1"
    posted = own_app.test_client().post("/api/v1/orders", json=order, headers=headers)
    assert posted.status_code == 201
    assert "Idempotency-Replayed" not in posted.headers
    listed = own_app.test_client().get("/api/v1/orders", headers=headers)
    assert [each["id"] for each in listed.json["items"]] == [posted.json["id"]]


@contextmanager
def _held(url: sa.URL) -> Iterator[None]:
    if url.drivername == "sqlite":
        with closing(sqlite3.connect(str(url.database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.mark.parametrize("kind", [each for each in database_urls() if each != "sqlite"])
@pytest.mark.parametrize(("options", "expected"), [("", "10s"), ("-c lock_timeout=3s", "3s")])
def test_the_limit_of_an_address_stands(
    kind: str, options: str, expected: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """PostgreSQL: ten seconds, unless whoever runs it has said otherwise."""
    with prepare(kind, tmp_path_factory) as url:
        given = sa.make_url(url).update_query_dict({"options": options} if options else {})
        settings = Settings(
            database_url=given.render_as_string(hide_password=False),
            secret_key=SECRET_KEY,
            testing=True,
        )
        with create_app(settings).app_context():
            with unit_of_work(writes=False):
                found = db.session.scalar(sa.text("SELECT current_setting('lock_timeout')"))
            db.engine.dispose()
        assert found == expected
