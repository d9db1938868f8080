"""Transactions that meet on PostgreSQL wait for each other in one order: none is ever sacrificed to a deadlock.

SQLite has one writer at a time, so there is nothing to test there.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm.exc import StaleDataError

from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.rounds import services as rounds
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW
from tests.databases import database_urls
from tests.factories.accounts import make_member, make_token
from tests.factories.rounds import make_market, make_open_order, make_round, make_trader

pytestmark = pytest.mark.parametrize(
    "app", [kind for kind in database_urls() if kind == "postgresql"], indirect=True, scope="session"
)

SECONDS = 10  # after which a test gives up waiting


def begin_chains(*organisation_ids: str) -> None:
    """An entry in each, as every organisation at work has: so its head is there to be locked."""
    for organisation_id in organisation_ids:
        audit.record("tests:thing:done", "x", actor=SYSTEM, now=NOW, organisation_id=organisation_id)


def intact(organisation_id: str) -> int:
    """How many entries a chain has; none is broken."""
    assert list(audit.broken_entries(organisation_id)) == []
    return len(db.session.scalars(sa.select(AuditEntry).filter_by(organisation_id=organisation_id)).all())


@pytest.mark.usefixtures("committed")
def test_chains_are_held_in_one_order_whatever_order_they_are_written_in(app: Flask) -> None:
    meeting = threading.Barrier(2)

    def write(*organisations: str) -> None:
        with app.app_context(), unit_of_work():
            for organisation in organisations:
                audit.record("tests:thing:done", "x", actor=SYSTEM, now=NOW, organisation_id=organisation)
                db.session.flush()
                meeting.wait(SECONDS)

    with ThreadPoolExecutor(2) as hands:
        for written in [hands.submit(write, "org_a", "org_b"), hands.submit(write, "org_b", "org_a")]:
            written.result(SECONDS)
    with app.app_context():
        assert [intact(organisation) for organisation in ("org_a", "org_b")] == [2, 2]


@pytest.mark.usefixtures("committed")
def test_an_order_is_withdrawn_while_a_round_freezes_it(app: Flask) -> None:
    """The withdrawal is about to write when the round locks the order: it waits, and finds the order changed."""
    with app.app_context():
        trader = make_trader()
        actor, order = trader.actor, make_open_order(trader, "offer", _grade(), price="96000")
        order_id, round_id = order.id, make_round(order.grade, until="open").id
        begin_chains(actor.organisation_id)
        db.session.commit()
    about_to_write, frozen = threading.Event(), threading.Event()

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("UPDATE orders") and threading.current_thread() is not threading.main_thread():
            about_to_write.set()
            frozen.wait(SECONDS)

    def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM orders" in statement and "UPDATE" in statement:
            frozen.set()

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)
    try:
        with ThreadPoolExecutor(1) as hands:
            withdrawn = hands.submit(_withdraw, app, order_id, actor)
            assert about_to_write.wait(SECONDS)
            with app.app_context(), unit_of_work():
                rounds.freeze_round(round_id, actor=SYSTEM, now=NOW)
            assert isinstance(withdrawn.exception(SECONDS), StaleDataError)
    finally:
        sa.event.remove(engine, "before_cursor_execute", before)
        sa.event.remove(engine, "after_cursor_execute", after)
    with app.app_context():
        assert db.session.get_one(Order, order_id).status == "frozen"
        assert intact(actor.organisation_id) == 2


def _grade() -> Any:
    return make_market(offers=(), needs=()).grade


def _withdraw(app: Flask, order_id: str, actor: Actor) -> None:
    with app.app_context(), unit_of_work():
        orders.withdraw_order(order_id, actor=actor, now=NOW)


@pytest.mark.usefixtures("committed")
def test_rounds_of_one_grade_freeze_while_its_orders_are_withdrawn(app: Flask) -> None:
    """Whoever comes second is told so; nobody is told to try again because the database gave up."""
    with app.app_context():
        market = make_market()
        operator = make_token(make_member(roles=[Role.OPERATOR]))
        token_of = {order.id: make_token(trader.member) for trader in market.traders for order in trader.orders}
        freezings = [f"/rounds/{make_round(market.grade, until='open').id}/freezing" for _ in range(3)]
        organisations = [trader.organisation.id for trader in market.traders]
        begin_chains(*organisations)
        db.session.commit()

    def post(path: str, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return FlaskClient(app, app.response_class).post(f"/api/v1{path}", headers=headers).status_code

    with ThreadPoolExecutor(8) as hands:
        sent: list[Future[int]] = []
        for order_id, token in token_of.items():
            sent.append(hands.submit(post, f"/orders/{order_id}/withdrawal", token))
            sent += [hands.submit(post, path, operator) for path in freezings]
        assert {each.result(60) for each in sent} <= {200, 409, 412}
    with app.app_context():
        statuses = {db.session.get_one(Order, order_id).status for order_id in token_of}
        assert statuses <= {"frozen", "withdrawn"}
        for organisation_id in organisations:
            intact(organisation_id)
