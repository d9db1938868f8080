"""What rounds, time and other writers do to orders in the book."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from marketplace.notifications.models import Message
from marketplace.orders import queries, services
from marketplace.orders.models import Order
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_organisation
from tests.factories.catalogue import make_grade
from tests.factories.orders import make_order, make_trader
from tests.services.order_readings import entries, faults, revisions

pytestmark = pytest.mark.usefixtures("session")


def test_a_round_freezes_clears_and_releases_orders_with_one_entry_per_owner() -> None:
    member, other = make_trader(), make_trader()
    first, second = make_order(member.organisation, status="open"), make_order(member.organisation, status="open")
    third, fourth = make_order(other.organisation, status="open"), make_order(other.organisation, status="open")
    every = [order.id for order in (first, second, third, fourth)]
    frozen = services.freeze_orders(every, round_id="rnd_1", actor=SYSTEM, now=NOW)
    assert [order.id for order in frozen] == sorted(every)
    assert {order.status for order in frozen} == {"frozen"}
    for call in (services.withdraw_order, services.close_order, services.open_order):
        with pytest.raises(TransitionNotAllowed):
            call(first.id, actor=member.actor, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        services.revise_order(first.id, {"lot": "10"}, actor=member.actor, now=NOW)
    services.record_outcomes({first.id: "matched", second.id: "unmatched", third.id: "partly_matched"},
                             round_id="rnd_1", actor=SYSTEM, now=NOW)  # fmt: skip
    services.release_orders([fourth.id], round_id="rnd_1", actor=SYSTEM, now=NOW)
    assert [order.status for order in (first, second, third, fourth)] == [
        "matched",
        "unmatched",
        "partly_matched",
        "open",
    ]
    trail = entries(member.organisation_id)
    assert [(entry.action, entry.subject_id) for entry in trail] == [
        ("orders:round:frozen", "rnd_1"),
        ("orders:round:cleared", "rnd_1"),
    ]
    assert trail[0].payload == {"orders": sorted([first.id, second.id])}
    assert revisions(third)[1:] == [(2, "freeze", "frozen"), (3, "match_partly", "partly_matched")]


def test_a_round_takes_all_orders_or_none() -> None:
    opened, draft = make_order(status="open"), make_order()
    with pytest.raises(TransitionNotAllowed), db.session.begin_nested():
        services.freeze_orders([opened.id, draft.id], round_id="rnd_1", actor=SYSTEM, now=NOW)
    db.session.refresh(opened)
    assert opened.status == "open"
    with pytest.raises(NotFound):
        services.freeze_orders([opened.id, "ord_none"], round_id="rnd_1", actor=SYSTEM, now=NOW)
    with pytest.raises(KeyError):
        services.record_outcome(opened.id, "won", round_id="rnd_1", actor=SYSTEM, now=NOW)


def test_what_a_round_may_take() -> None:
    grade, today = make_grade(), NOW.date()
    taken = [make_order(status="open", grade=grade) for _ in range(2)]
    make_order(status="draft", grade=grade)
    make_order(status="open")
    make_order(make_organisation(status="suspended"), status="open", grade=grade)
    for validity in ({"valid_from": "2026-12-02"}, {"valid_to": "2026-11-30"}):
        order = make_order(status="open", grade=grade)
        order.put_terms({**order.terms, "validity": validity})
    db.session.flush()
    found = queries.open_orders([grade.id], on=today)
    assert [order.id for order in found] == sorted(order.id for order in taken)
    assert queries.open_orders([grade.id], on=today, months=["2027-02", "2027-03"]) == found
    assert queries.open_orders([grade.id], on=today, months=["2027-03"]) == []


def test_reopening_keeps_what_rests() -> None:
    order = make_order(status="partly_matched")
    rest = {"2027-01": Decimal("20.5")}
    services.reopen_order(order.id, rest=rest, actor=SYSTEM, now=NOW)
    assert (order.status, order.terms["volumes"]) == ("open", {"2027-01": "20.5"})
    assert revisions(order)[-1] == (2, "reopen", "open")
    other = make_order(status="matched")
    assert faults(lambda: services.reopen_order(other.id, rest={"2027-01": Decimal(121)}, actor=SYSTEM, now=NOW)) == [
        ("/volumes/2027-01", "above-limit")
    ]
    assert services.reopen_order(other.id, actor=SYSTEM, now=NOW).terms["volumes"] == {
        "2027-01": "120",
        "2027-02": "80",
    }


def test_an_owner_offers_an_unmatched_order_again_and_only_that() -> None:
    member = make_trader()
    unmatched = make_order(member.organisation, status="unmatched")
    services.revise_order(unmatched.id, {"lot": "10"}, actor=member.actor, now=NOW)
    assert services.open_order(unmatched.id, actor=member.actor, now=NOW).status == "open"
    for status in ("matched", "partly_matched", "withdrawn", "expired", "closed", "open"):
        order = make_order(member.organisation, status=status)
        with pytest.raises(TransitionNotAllowed):
            services.open_order(order.id, actor=member.actor, now=NOW)
    matched = make_order(member.organisation, status="matched")
    assert services.close_order(matched.id, actor=member.actor, now=NOW).status == "closed"


def test_orders_expire_after_their_last_day_in_beijing() -> None:
    terms = {"validity": {"valid_to": "2026-12-01"}}
    order, draft, without = make_order(status="open"), make_order(), make_order(status="open")
    for each in (order, draft):
        each.put_terms({**each.terms, **terms})
    db.session.flush()
    last_minute = NOW.replace(hour=15, minute=59)  # 23:59 in Beijing
    assert services.expire_orders(now=last_minute) == []
    assert services.expire_orders(now=last_minute + timedelta(minutes=1)) == [order.id]
    assert [each.status for each in (order, draft, without)] == ["expired", "draft", "open"]
    actions = [entry.action for entry in entries(order.organisation_id)]
    assert actions[-2:] == ["orders:offer:expired", "notifications:message:told"]
    told = list(db.session.scalars(sa.select(Message).filter_by(kind="order-expired")))
    assert [(message.organisation_id, message.subject_id) for message in told] == [(order.organisation_id, order.id)]
    assert all("2026-12-01" in text for text in (told[0].text_zh, told[0].text_en))


def test_two_writers_of_one_order_are_told_apart() -> None:
    order = make_order()
    elsewhere = sa.update(Order).where(Order.id == order.id).values(version=7)
    db.session.execute(elsewhere, execution_options={"synchronize_session": False})
    order.status = "open"
    with pytest.raises(StaleDataError):
        db.session.flush()
