"""The life of orders in the book: entered, revised, opened, frozen, cleared, released, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Member
from marketplace.orders import queries, services
from marketplace.orders.models import Order
from marketplace.orders.rules import honoured
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound
from tests.conftest import NOW
from tests.factories.accounts import make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index, make_quote
from tests.factories.orders import entry_of, make_order, make_trader
from tests.services.order_readings import entries, faults, revisions

pytestmark = pytest.mark.usefixtures("session")


def created(member: Member, side: str = "offer", **terms: Any) -> Order:
    """A draft of this member's."""
    return services.create_order(entry_of(member, side, **terms), actor=member.actor, now=NOW)


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


def unpriced(**columns: Any) -> str:
    """An index that nobody can follow yet: without a quote, or withheld, or in another currency."""
    index = make_index(**columns)
    if columns:
        make_quote(index, "2026-11-30", "98000")
    return index.id


@pytest.mark.parametrize(
    ("columns", "reason"),
    [({}, "has no quote yet"), ({"contributors": 4}, "is withheld"), ({"currency": "USD"}, "is in USD")],
)
def test_an_index_that_no_round_can_value_is_named_when_the_order_is_opened(
    columns: dict[str, Any], reason: str
) -> None:
    """Else a round would leave the order out, and show whoever runs it which index a sealed limit follows."""
    member, index = make_trader(), unpriced(**columns)
    followed = {"components": [{"fixed": "1"}, {"index": index}]}
    accepted = {"components": [{"fixed": "1"}], "accepted_indices": [index]}
    for price, at in ((followed, "/components/1/index"), (accepted, "/accepted_indices/0")):
        order = created(member, limit_price=price)
        with pytest.raises(InvalidInput, match=f"index {index} {reason}") as refused:
            services.open_order(order.id, actor=member.actor, now=NOW)
        assert [(f.pointer, f.value) for f in refused.value.faults] == [(f"/limit_price{at}", index)]
        services.revise_order(order.id, {"limit_price": {"components": [{"fixed": "1"}]}}, actor=member.actor, now=NOW)
        services.open_order(order.id, actor=member.actor, now=NOW)
        assert faults(
            lambda: services.revise_order(order.id, {"limit_price": price}, actor=member.actor, now=NOW)  # noqa: B023
        ) == [(f"/limit_price{at}", "index-without-price")]


def test_an_order_is_opened_on_an_index_with_a_quote() -> None:
    member, index = make_trader(), make_index()
    make_quote(index, "2026-11-30", "98000")
    order = created(member, limit_price={"components": [{"index": index.id}], "accepted_indices": [index.id]})
    assert services.open_order(order.id, actor=member.actor, now=NOW).status == "open"


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


def test_opening_names_every_term_that_is_missing_or_not_cleared_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(honoured, "NOT_YET_CLEARED", ("/alternates",))
    member = make_trader()
    alternates = [{"grade": make_grade().id, "ratio": "1"}]
    order = created(member, "need", limit_price=None, alternates=alternates)
    assert faults(lambda: services.open_order(order.id, actor=member.actor, now=NOW)) == [
        ("/limit_price", "missing"),
        ("/alternates", "term-not-cleared-yet"),
    ]
    changes = {"limit_price": {"components": [{"fixed": "1"}]}, "alternates": None}
    services.revise_order(order.id, changes, actor=member.actor, now=NOW)
    assert services.open_order(order.id, actor=member.actor, now=NOW).status == "open"
    assert faults(lambda: services.revise_order(order.id, {"alternates": alternates}, actor=member.actor, now=NOW)) == [
        ("/alternates", "term-not-cleared-yet")
    ]
    assert "alternates" not in order.terms


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
