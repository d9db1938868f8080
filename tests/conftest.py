"""What every test of the marketplace stands on: one migrated database, each test rolled back by savepoint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import flask_migrate
import hypothesis
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.services import passwords
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs import heartbeat
from marketplace.notifications import services as notifications
from marketplace.notifications.feed import TOLD, event_type
from marketplace.shared import audit
from marketplace.shared.database import db
from marketplace.shared.event_types import EVENT_TYPES
from tests.databases import database_urls, prepare

# A busy machine is no wrong answer.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

SECRET_KEY = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)  # a Tuesday morning in Beijing


class Caller(FlaskClient):
    """Keeps requests apart although they share the test's application context, and with it session and ``g``.

    What the test has made is committed first (inside its outer transaction), since a request that reads or
    fails rolls back; afterwards nobody remembers who called.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """One request."""
        db.session.commit()
        g.pop("_login_user", None)
        try:
            return super().open(*args, **kwargs)
        finally:
            g.pop("_login_user", None)


@pytest.hookimpl(trylast=True)  # after pytest has put together what shares a database
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, so that side by side nobody waits for them at the end."""
    items.sort(key=lambda item: (item.path.name != "test_first_line.py", "scenarios" not in item.path.parts))


@pytest.fixture
def now() -> datetime:
    """The moment at which every test takes place."""
    return NOW


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> None:
    """The least work that argon2 allows, so that tests stay quick."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True, scope="session")
def known_events() -> Iterator[None]:
    """Whatever a test has written to a chain is of a type that docs/event-types.md names."""

    def record(action: str, subject_id: str, **given: Any) -> None:
        kind = (given.get("payload") or {}).get("kind") if action == TOLD else None
        if not (kind or action).startswith("test"):
            assert event_type(action, kind) in EVENT_TYPES, f"{action} {kind or ''} is not in shared/event_types.py"
        write(action, subject_id, **given)

    write = audit.record
    with pytest.MonkeyPatch.context() as patch:
        for module in (audit, notifications):
            patch.setattr(module, "record", record)
        yield


@pytest.fixture(scope="session", params=database_urls())
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a migrated database of each kind."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True), clock=lambda: NOW)
        app.test_client_class = Caller
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(params=database_urls())
def own_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a database of its own, at the tests' moment."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True), clock=lambda: NOW)
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An application context whose changes, commits included, are undone after the test.

    Its one connection is not for other threads, so that runs give no sign of life beside it.
    """
    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS_SECONDS", 3600)
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        engines = db._app_engines[app]
        engine, engines[None] = engines[None], connection  # type: ignore[assignment]
        db.session.configure(join_transaction_mode="create_savepoint")
        try:
            yield
        finally:
            db.session.remove()
            engines[None] = engine
            outer.rollback()
            connection.close()


@pytest.fixture
def committed(app: Flask) -> Iterator[None]:
    """What these tests make is really committed; afterwards everything is deleted."""
    yield
    with app.app_context():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(sa.delete(table))
        db.session.commit()


@pytest.fixture
def client(app: Flask, session: None) -> FlaskClient:
    """A caller without cookie or token."""
    return app.test_client()
