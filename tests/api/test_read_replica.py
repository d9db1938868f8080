"""A server beside a read replica: what reads is answered, what changes something is sent elsewhere."""

from __future__ import annotations

import flask_migrate
import pytest
import sqlalchemy as sa

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared.actor import Role
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of

POSTGRESQL = [url for url in database_urls() if url != "sqlite"]


@pytest.mark.parametrize("kind", POSTGRESQL)
def test_what_reads_is_answered_and_what_writes_is_refused(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with prepare(kind, tmp_path_factory) as url:
        main, replica = (create_app(_settings(each), clock=lambda: NOW) for each in (url, _only_reading(url)))
        with main.app_context():
            flask_migrate.upgrade()
            with unit_of_work():
                member = make_member(roles=[Role.SELLER])
                headers, order = signed_in(main.test_client(), member), entry_of(member, "offer")
        client = replica.test_client()
        first = client.get("/api/v1/orders", headers=headers)  # the token's first use cannot be noted here
        assert (first.status_code, first.json["items"]) == (200, [])
        posted = main.test_client().post("/api/v1/orders", json=order, headers=headers)
        assert posted.status_code == 201
        read = client.get("/api/v1/orders", headers=headers)
        assert [each["id"] for each in read.json["items"]] == [posted.json["id"]]
        refused = client.post("/api/v1/orders", json=order, headers=headers)
        assert (refused.status_code, refused.json["type"]) == (503, "urn:changdan:problem:read-only")
        for app in (main, replica):
            with app.app_context():
                db.engine.dispose()


def _settings(url: str) -> Settings:
    return Settings(database_url=url, secret_key=SECRET_KEY, testing=True)


def _only_reading(url: str) -> str:
    read_only = sa.make_url(url).update_query_dict({"options": "-c default_transaction_read_only=on"})
    return read_only.render_as_string(hide_password=False)
