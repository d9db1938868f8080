"""What organisations are told when a round is published."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.notifications.models import Message
from marketplace.rounds import services
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")


def told(trader: Trader, kind: str) -> list[Message]:
    query = sa.select(Message).filter_by(organisation_id=trader.organisation.id, kind=kind)
    return list(db.session.scalars(query))


def test_each_organisation_is_told_once_what_became_of_its_orders() -> None:
    grade, seller, buyer, unlucky, stranger = make_grade(), *(make_trader() for _ in range(4))
    make_open_order(seller, "offer", grade, price="96000", volume="130")
    make_open_order(buyer, "need", grade, price="104000")
    for price in ("1", "2"):
        make_open_order(buyer, "need", grade, price=price)
    make_open_order(unlucky, "need", grade, price="3")
    make_open_order(unlucky, "need", grade, price="104000", volumes={"2027-01": "0.0001"})  # below the quantum
    make_open_order(stranger, "need", make_grade(), price="104000")
    round_ = make_round(grade, until="reviewed")
    assert not any(told(trader, "round-published") for trader in (seller, buyer, unlucky, stranger))
    services.publish_round(round_.id, actor=SYSTEM, now=NOW)
    said = {}
    for name, trader in (("seller", seller), ("buyer", buyer), ("unlucky", unlucky)):
        (message,) = told(trader, "round-published")
        assert message.subject_id == round_.id
        assert all("/api/v1/orders/{order_id}/outcomes" in text for text in (message.text_zh, message.text_en))
        said[name] = message.text_en.partition("Of your orders, ")[2].partition(". ")[0], message.text_zh
    assert [said[name][0] for name in ("seller", "buyer", "unlucky")] == [
        "1 partly matched",
        "1 matched, 2 not matched",
        "1 not matched, 1 left out",
    ]
    assert "全部成交 1 份、未成交 2 份" in said["buyer"][1]
    assert told(stranger, "round-published") == []
    assert len(told(seller, "proposals-received")) == 1
