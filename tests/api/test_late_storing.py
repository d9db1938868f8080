"""An order is stored when its reply is written: until then its request holds nothing that others wait for."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.api.v1.orders import stored
from marketplace.orders.models import Order, OrderRevision
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db, unit_of_work
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of, make_trader


def count(model: Any) -> int:
    """How many rows are committed."""
    with unit_of_work(writes=False):
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_another_may_write_while_the_reply_is_written(served_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_app.app_context(), unit_of_work():
        trader = make_trader()
        document, headers = entry_of(trader), signed_in(served_app.test_client(), trader)
    dump, others, waited = stored.StoredTermsSchema.dump, list[str](), list[bool]()

    def meanwhile() -> None:
        with served_app.app_context(), unit_of_work():
            others.append(make_member().id)

    def slowly(self: Any, *given: Any, **named: Any) -> Any:
        thread = threading.Thread(target=meanwhile)
        thread.start()
        thread.join(5)  # who had the lock would be waited for ten seconds, and in vain
        waited.append(thread.is_alive())
        return dump(self, *given, **named)

    monkeypatch.setattr(stored.StoredTermsSchema, "dump", slowly)
    reply = served_app.test_client().post("/api/v1/orders", json=document, headers=headers)
    assert (reply.status_code, len(others), waited) == (201, 1, [False])
    with served_app.app_context(), unit_of_work(writes=False):
        order = db.session.get_one(Order, reply.json["id"])
        assert (order.terms, order.status, order.version) == (
            {name: reply.json[name] for name in order.terms},
            "draft",
            reply.json["version"],
        )
        revision = db.session.get_one(OrderRevision, (order.id, 1))
        assert (revision.terms, revision.status, revision.site_id) == (order.terms, "draft", order.site_id)


def test_nothing_is_stored_of_an_order_whose_reply_cannot_be_written(
    served_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_app.app_context(), unit_of_work():
        trader = make_trader()
        document, headers = entry_of(trader), signed_in(served_app.test_client(), trader)

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(stored.StoredTermsSchema, "dump", fail)
    served_app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        with served_app.app_context():
            before = [count(model) for model in (Order, OrderRevision, AuditEntry)]
        reply = served_app.test_client().post("/api/v1/orders", json=document, headers=headers)
        assert reply.status_code == 500
        with served_app.app_context():
            assert [count(model) for model in (Order, OrderRevision, AuditEntry)] == before
    finally:
        served_app.config["PROPAGATE_EXCEPTIONS"] = None
