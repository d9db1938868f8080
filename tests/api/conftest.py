"""Callers that many of these tests play."""

from __future__ import annotations

from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, signed_in


@pytest.fixture
def operator(client: FlaskClient) -> dict[str, str]:
    """Headers of one."""
    return signed_in(client, make_member(roles=[Role.OPERATOR]))


@pytest.fixture
def regulator(client: FlaskClient) -> dict[str, str]:
    """Headers of one."""
    return signed_in(client, make_member(roles=[Role.REGULATOR]))


@pytest.fixture(scope="module", params=database_urls())
def served_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application whose transactions are real, so that threads see what others have committed; with its engine."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True), clock=lambda: NOW)
        with app.app_context():
            flask_migrate.upgrade()
            if engine.uses_engine():
                engine.prepare_engine()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def served_context(served_app: Flask) -> Iterator[None]:
    """A context of that application."""
    with served_app.app_context():
        yield
