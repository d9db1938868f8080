"""The life of orders in the book: entered, revised, opened, frozen, cleared, released, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from marketplace.accounts.models import Member
from marketplace.orders import queries, services
from marketplace.orders.models import Order, OrderRevision
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index
from tests.factories.orders import entry_of, make_order, make_trader

pytestmark = pytest.mark.usefixtures("session")


def faults(call: Callable[[], Any]) -> list[tuple[str, str]]:
    """Pointer and code of every fault for which a call is refused."""
    with pytest.raises(InvalidInput) as error:
        call()
    return [(fault.pointer, fault.code) for fault in error.value.faults]


def created(member: Member, side: str = "offer", **terms: Any) -> Order:
    """A draft of this member's."""
    return services.create_order(entry_of(member, side, **terms), actor=member.actor, now=NOW)


def entries(organisation_id: str) -> list[audit.AuditEntry]:
    """An organisation's trail, whole and unbroken."""
    assert list(audit.broken_entries(organisation_id)) == []
    query = sa.select(audit.AuditEntry).filter_by(organisation_id=organisation_id).order_by(audit.AuditEntry.number)
    return list(db.session.scalars(query))


def revisions(order: Order) -> list[tuple[int, str, str]]:
    """Number, action and status of each revision."""
    query = sa.select(OrderRevision).filter_by(order_id=order.id).order_by(OrderRevision.number)
    return [(revision.number, revision.action, revision.status) for revision in db.session.scalars(query)]


def test_an_order_from_draft_to_withdrawal_leaves_every_state_and_no_price_in_the_trail() -> None:
    member = make_trader()
    order = created(member, external_reference="A-1")
    services.revise_order(order.id, {"lot": "10", "limit_price": {"components": [{"fixed": "97531"}]}},
                          actor=member.actor, now=NOW)  # fmt: skip
    services.open_order(order.id, actor=member.actor, now=NOW)
    services.revise_order(order.id, {"lot": None}, actor=member.actor, now=NOW + timedelta(hours=1))
    services.withdraw_order(order.id, actor=member.actor, now=NOW + timedelta(hours=2))
    assert revisions(order) == [
        (1, "create", "draft"),
        (2, "revise", "draft"),
        (3, "open", "open"),
        (4, "revise", "open"),
        (5, "withdraw", "withdrawn"),
    ]
    lots = [revision.terms.get("lot") for revision in queries.revisions(order.id, member.actor).items]
    assert lots == [None, None, "10", "10", None]
    assert (order.revision, order.updated_at) == (5, NOW + timedelta(hours=2))
    trail = entries(member.organisation_id)
    assert [entry.action for entry in trail] == [
        f"orders:offer:{verb}" for verb in ("created", "revised", "opened", "revised", "withdrawn")
    ]
    assert trail[1].payload["terms"] == ["limit_price", "lot"]
    assert not any("97531" in str(entry.payload) or "98000" in str(entry.payload) for entry in trail)


def test_terms_are_stored_exactly() -> None:
    member = make_trader()
    order = created(member, "need", volumes={"2027-01": "120.500", "2027-02": 7}, minimum_fill="0.50")
    db.session.expire(order)
    assert order.terms["volumes"] == {"2027-01": "120.5", "2027-02": "7"}
    assert order.terms["minimum_fill"] == "0.5"


def test_every_fault_of_an_entry_is_told_at_once_and_nothing_is_stored() -> None:
    member, other = make_trader(), make_trader()
    document = {
        **entry_of(member, volumes={"2027-01": "-1"}, lot="0.0001"),
        "site": make_site(other.organisation).id,
        "unit": "KGM",
        "limit_price": {"components": [{"index": "NOPE"}], "collar": {"floor": "2", "cap": "1"}},
    }
    assert faults(lambda: services.create_order(document, actor=member.actor, now=NOW)) == [
        ("/site", "foreign-site"),
        ("/unit", "wrong-unit"),
        ("/volumes/2027-01", "below-limit"),
        ("/lot", "not-a-multiple"),
        ("/limit_price/components/0/index", "unknown-reference"),
        ("/limit_price/collar/floor", "contradiction"),
    ]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Order)) == 0
    assert entries(member.organisation_id) == []


def test_unknown_grades_and_closed_sites_are_refused() -> None:
    member = make_trader()
    document = {**entry_of(member), "grade": "nope"}
    assert faults(lambda: services.create_order(document, actor=member.actor, now=NOW)) == [
        ("/grade", "unknown-reference")
    ]
    document = entry_of(member) | {"site": make_site(member.organisation, active=False).id}
    assert faults(lambda: services.create_order(document, actor=member.actor, now=NOW)) == [("/site", "foreign-site")]


def test_an_index_of_the_catalogue_may_be_followed() -> None:
    index = make_index()
    order = created(make_trader(), limit_price={"components": [{"index": index.id, "coefficient": "0.98"}]})
    assert order.terms["limit_price"]["components"] == [{"index": index.id, "coefficient": "0.98"}]


def test_external_references_are_unique_within_an_organisation() -> None:
    member = make_trader()
    created(member, external_reference="A-1")
    document = entry_of(member, external_reference="A-1")
    assert faults(lambda: services.create_order(document, actor=member.actor, now=NOW)) == [
        ("/external_reference", "duplicate")
    ]
    assert created(make_trader(), external_reference="A-1").external_reference == "A-1"


@pytest.mark.parametrize(("side", "role"), [("offer", Role.BUYER), ("need", Role.SELLER)])
def test_sellers_offer_and_buyers_need(side: str, role: Role) -> None:
    member = make_trader([role, Role.ORGANISATION_ADMIN])
    with pytest.raises(NotAllowed):
        created(member, side)
    order = make_order(member.organisation, side=side)
    for call in (services.open_order, services.withdraw_order, services.close_order):
        with pytest.raises(NotAllowed):
            call(order.id, actor=member.actor, now=NOW)
    with pytest.raises(NotAllowed):
        services.revise_order(order.id, {"lot": "10"}, actor=member.actor, now=NOW)


def test_foreign_orders_do_not_exist() -> None:
    order, member = make_order(), make_trader()
    for call in (services.open_order, services.withdraw_order, services.close_order):
        with pytest.raises(NotFound):
            call(order.id, actor=member.actor, now=NOW)
    with pytest.raises(NotFound):
        services.revise_order(order.id, {"lot": "10"}, actor=member.actor, now=NOW)
    with pytest.raises(NotFound):
        queries.revisions(order.id, member.actor)
    assert faults(lambda: created(member, linked_to=order.id)) == [("/linked_to", "unknown-reference")]


def test_opening_needs_a_verified_organisation() -> None:
    member = make_trader(organisation=make_organisation(verified=False))
    order = created(member)
    with pytest.raises(NotAllowed, match="verify"):
        services.open_order(order.id, actor=member.actor, now=NOW)
    assert order.status == "draft"


def test_opening_names_every_term_that_is_missing_or_not_cleared_yet() -> None:
    member = make_trader()
    order = created(member, limit_price=None, ramp="0.1", payment={"days": 30, "instrument": "transfer"})
    assert faults(lambda: services.open_order(order.id, actor=member.actor, now=NOW)) == [
        ("/limit_price", "missing"),
        ("/payment/instrument", "term-not-cleared-yet"),
        ("/ramp", "term-not-cleared-yet"),
    ]
    changes = {"limit_price": {"components": [{"fixed": "1"}]}, "ramp": None, "payment": {"days": 30}}
    services.revise_order(order.id, changes, actor=member.actor, now=NOW)
    assert services.open_order(order.id, actor=member.actor, now=NOW).status == "open"
    assert faults(lambda: services.revise_order(order.id, {"ramp": "0.1"}, actor=member.actor, now=NOW)) == [
        ("/ramp", "term-not-cleared-yet")
    ]
    assert "ramp" not in order.terms


def test_a_draft_is_judged_again_on_the_day_it_is_opened() -> None:
    member = make_trader()
    order = created(member, validity={"valid_to": "2027-01-31"})
    later = NOW + timedelta(days=90)
    assert faults(lambda: services.open_order(order.id, actor=member.actor, now=later)) == [
        ("/volumes/2027-01", "past"),
        ("/volumes/2027-02", "past"),
        ("/validity/valid_to", "past"),
    ]


def test_an_order_moves_to_own_sites_only() -> None:
    member = make_trader()
    order = created(member)
    new = make_site(member.organisation)
    services.revise_order(order.id, {"site": new.id}, actor=member.actor, now=NOW)
    assert order.site_id == new.id
    foreign = make_site(make_organisation()).id
    change = {"site": foreign, "lot": "-1"}
    assert faults(lambda: services.revise_order(order.id, change, actor=member.actor, now=NOW)) == [
        ("/site", "foreign-site"),
        ("/lot", "below-limit"),
    ]


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
    assert entries(order.organisation_id)[-1].action == "orders:offer:expired"


def test_two_writers_of_one_order_are_told_apart() -> None:
    order = make_order()
    elsewhere = sa.update(Order).where(Order.id == order.id).values(version=7)
    db.session.execute(elsewhere, execution_options={"synchronize_session": False})
    order.status = "open"
    with pytest.raises(StaleDataError):
        db.session.flush()
