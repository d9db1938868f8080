"""Deliveries and statements that meet: each counts once, nothing is shipped, paid back or answered twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask

from marketplace.contracts import services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.shared.actor import Actor
from marketplace.shared.database import db, unit_of_work
from marketplace.shared.errors import DomainError
from tests.conftest import NOW
from tests.factories.contracts import make_contract_in_force, trader_of
from tests.services.test_deliveries import JANUARY, ship

pytestmark = pytest.mark.usefixtures("committed")

TIMES = 6


def at_once(app: Flask, acts: list[Callable[[], object]]) -> list[Exception | None]:
    """Each act in a session of its own, all begun together; what each was refused with."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> Exception | None:
        with app.app_context():
            ready.wait()
            try:
                with unit_of_work():
                    act()
            except DomainError as refused:
                return refused
            finally:
                db.session.remove()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def made(app: Flask) -> tuple[str, dict[str, Actor]]:
    """A contract of 100 a month in force, committed, and a member of either side."""
    contract = make_contract_in_force()
    actors = {side: trader_of(contract, side) for side in ("seller", "buyer")}
    db.session.commit()
    return contract.id, actors


def test_no_more_is_shipped_than_called_however_many_ship(app: Flask) -> None:
    for _ in range(TIMES):
        with app.app_context():
            contract_id, actors = made(app)

        def act(contract_id: str = contract_id, actor: Actor = actors["seller"]) -> object:
            return ship(db.session.get_one(Contract, contract_id), "30", actor=actor)

        refused = at_once(app, [act] * 6)
        assert sum(each is None for each in refused) == 3
        with app.app_context():
            found = delivery_queries.shipments(db.session.get_one(Contract, contract_id))
            assert [(each.number, each.volume) for each in found] == [(n, Decimal(30)) for n in (1, 2, 3)]


def test_a_shipment_is_received_or_cancelled_once(app: Flask) -> None:
    for _ in range(TIMES):
        with app.app_context():
            contract_id, actors = made(app)
            ship(db.session.get_one(Contract, contract_id), "30", actor=actors["seller"])
            db.session.commit()

        def receive(contract_id: str = contract_id, actor: Actor = actors["buyer"]) -> object:
            return services.receive_shipment(
                contract_id, 1, received_on=JANUARY.date(), weighed=Decimal(30), actor=actor, now=JANUARY
            )

        def cancel(contract_id: str = contract_id, actor: Actor = actors["seller"]) -> object:
            return services.cancel_shipment(contract_id, 1, reason="误报", actor=actor, now=JANUARY)

        refused = at_once(app, [receive, cancel, receive, cancel])
        assert sum(each is None for each in refused) == 1
        with app.app_context():
            shipment = delivery_queries.shipment(db.session.get_one(Contract, contract_id), 1)
            assert len(delivery_queries.entries_of(shipment)) == 1


def test_a_statement_is_confirmed_or_disputed_once_and_one_stands(app: Flask) -> None:
    february = JANUARY + timedelta(days=25)
    for _ in range(TIMES):
        with app.app_context():
            contract_id, actors = made(app)

        def draw(side: str, contract_id: str = contract_id, actors: dict[str, Actor] = actors) -> object:
            return services.draw_statement(contract_id, kind="final", month="2027-01", actor=actors[side], now=february)

        assert at_once(app, [lambda: draw("seller"), lambda: draw("buyer"), lambda: draw("seller")]) == [None] * 3
        with app.app_context():
            drawn = delivery_queries.statements(db.session.get_one(Contract, contract_id))
            assert [each.status for each in drawn] == ["replaced", "replaced", "drawn"]
            last, author = drawn[-1], "seller" if drawn[-1].author_id == actors["seller"].organisation_id else "buyer"
            hash_ = last.hash
        other = actors["buyer" if author == "seller" else "seller"]

        def confirm(contract_id: str = contract_id, hash_: str = hash_, other: Actor = other) -> object:
            return services.confirm_statement(contract_id, 3, hash=hash_, actor=other, now=february)

        def dispute(contract_id: str = contract_id, other: Actor = other) -> object:
            return services.dispute_statement(contract_id, 3, reason="数量有误", actor=other, now=february)

        assert sum(each is None for each in at_once(app, [confirm, dispute, confirm, dispute])) == 1


def test_no_more_is_paid_back_than_was_paid(app: Flask) -> None:
    with app.app_context():
        contract_id, actors = made(app)

    def pay(amount: str) -> object:
        return services.enter_payment(
            contract_id,
            kind="deposit",
            month=None,
            amount=Decimal(amount),
            paid_on=NOW.date(),
            reference="工行 1",
            actor=actors["seller"],
            now=NOW,
        )

    assert at_once(app, [lambda: pay("100")]) == [None]
    refused = at_once(app, [lambda: pay("-40")] * 5)
    assert sum(each is None for each in refused) == 2
