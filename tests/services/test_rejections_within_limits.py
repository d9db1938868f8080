"""Rejecting what one's own limits allow is counted; who does it too often opens no order of the grade for a while."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.contracts import queries, services
from marketplace.contracts.models import LimitKeptRejection, Proposal
from marketplace.notifications.models import Message
from marketplace.orders import services as orders
from marketplace.orders.models import OrderPause
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.services import OrdersPaused
from marketplace.rounds import queries as rounds
from marketplace.shared.actor import Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.contracts import party
from tests.factories.order_terms import plain_terms
from tests.factories.orders import make_order
from tests.factories.rounds import MONTHS, Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)


def proposed(
    seller: Trader, grade: Any, *, buyer: Trader | None = None, now: datetime = NOW, **contracting: Any
) -> Proposal:
    """A published proposal of a round of its own: 96000 asked, 104000 bid."""
    make_open_order(seller, "offer", grade, price="96000")
    make_open_order(buyer or make_trader(), "need", grade, price="104000")
    round_ = make_round(grade, until="published", contracting=contracting, now=now)
    (proposal,) = queries.proposals_of_round(round_.id)
    return proposal


def reject(proposal: Proposal, side: str = "seller", *, now: datetime = NOW) -> None:
    services.reject_proposal(
        proposal.id, revision=proposal.revision, reason="另有打算", actor=party(proposal, side), now=now
    )


def counter(
    proposal: Proposal, side: str, price: str, *, volume: str = "100", consent: list[str] | None = None
) -> None:
    """All months at one price."""
    month = {"volume": volume, "reference": price, "floor": price, "cap": price}
    services.counter_proposal(
        proposal.id,
        revision=proposal.revision,
        changes={"periods": [{"period": name, **month} for name in MONTHS]},
        consent=consent or [],
        actor=party(proposal, side),
        now=NOW,
    )


def counted(trader: Trader) -> int:
    query = sa.select(sa.func.count()).select_from(LimitKeptRejection)
    return db.session.scalars(query.filter_by(organisation_id=trader.organisation.id)).one()


def paused_until(trader: Trader) -> datetime | None:
    return db.session.scalar(sa.select(OrderPause.until).filter_by(organisation_id=trader.organisation.id))


def test_the_rounds_own_terms_keep_both_parties_limits() -> None:
    seller, buyer, grade = make_trader(), make_trader(), make_grade()
    reject(proposed(seller, grade, buyer=buyer))
    assert (counted(seller), counted(buyer)) == (1, 0)
    reject(proposed(seller, make_grade(), buyer=buyer), "buyer")
    assert (counted(seller), counted(buyer)) == (1, 1)


@pytest.mark.parametrize(("price", "is_counted"), [("96000", True), ("95999", False)])
def test_a_counter_is_judged_by_ones_own_limit(price: str, is_counted: bool) -> None:
    """The seller asks 96000 at its place: to reject a buyer's 95999 is no more than to mean what one says."""
    seller = make_trader()
    proposal = proposed(seller, make_grade())
    counter(proposal, "buyer", price)
    reject(proposal)
    assert counted(seller) == is_counted


def test_a_counter_that_leaves_another_term_of_ones_own_order_is_rejected_freely() -> None:
    """The buyer would have 101 t a month; 100 are offered."""
    seller = make_trader()
    proposal = proposed(seller, make_grade())
    counter(proposal, "buyer", "100000", volume="101", consent=["volumes"])
    reject(proposal)
    assert counted(seller) == 0


def test_the_third_within_the_days_makes_the_orders_of_the_grade_rest() -> None:
    seller, grade = make_trader(), make_grade()
    for number, day in enumerate((0, 40, 89), start=1):
        _reject_on(seller, grade, day)
        assert (counted(seller), paused_until(seller) is not None) == (number, number == 3)
    last = NOW + 89 * DAY
    assert paused_until(seller) == last + 30 * DAY
    draft = make_order(seller.organisation, grade=grade, site=seller.site)
    for moment in (last, last + 30 * DAY - timedelta(microseconds=1)):
        with pytest.raises(OrdersPaused) as refused:
            services.open_order(draft.id, actor=seller.actor, now=moment)
        assert (last + 30 * DAY).isoformat() in str(refused.value)
    elsewhere = make_order(seller.organisation, site=seller.site)
    assert services.open_order(elsewhere.id, actor=seller.actor, now=NOW).status == "open"
    other = make_trader()
    theirs = make_order(other.organisation, grade=grade, site=other.site)
    assert services.open_order(theirs.id, actor=other.actor, now=NOW).status == "open"


def _reject_on(seller: Trader, grade: Any, day: int) -> None:
    """A proposal of a round that is published on that day, rejected there and then."""
    now = NOW + day * DAY
    months = ("2027-04", "2027-05")
    for trader, side, price in ((seller, "offer", "96000"), (make_trader(), "need", "104000")):
        make_open_order(trader, side, grade, price=price, volumes=dict.fromkeys(months, "100"))
    round_ = make_round(grade, until="published", calendar=list(months), now=now)
    (proposal,) = queries.proposals_of_round(round_.id)
    reject(proposal, now=now)


def test_one_that_is_as_old_as_the_window_is_not_counted_any_more() -> None:
    seller, grade = make_trader(), make_grade()
    for day in (0, 40, 90):
        _reject_on(seller, grade, day)
    assert (counted(seller), paused_until(seller)) == (3, None)


def test_a_round_says_how_many_in_which_days_and_for_how_long() -> None:
    seller = make_trader()
    rules = {"rejections_within_limits": 1, "rejections_window_days": 1, "resting_days": 7}
    reject(proposed(seller, make_grade(), **rules))
    assert paused_until(seller) == NOW + 7 * DAY


@pytest.mark.parametrize("name", ["rejections_within_limits", "rejections_window_days", "resting_days"])
def test_each_of_these_is_a_whole_number_of_at_least_one(name: str) -> None:
    for wrong in (0, "3", True, 1.5, 10**6):
        with pytest.raises(InvalidInput) as refused:
            make_round(make_grade(), contracting={name: wrong})
        assert [fault.pointer for fault in refused.value.faults] == [f"/contracting/{name}"]


def test_a_round_of_before_these_rules_has_the_default() -> None:
    seller = make_trader()
    proposal = proposed(seller, make_grade())
    round_ = rounds.round_by_id(proposal.round_id)
    names = ("rejections_within_limits", "rejections_window_days", "resting_days")
    round_.contracting = {name: value for name, value in round_.contracting.items() if name not in names}
    db.session.flush()
    reject(proposal)
    assert (counted(seller), paused_until(seller)) == (1, None)


def test_a_longer_pause_is_not_shortened_by_a_later_round() -> None:
    seller, grade = make_trader(), make_grade()
    reject(proposed(seller, grade, rejections_within_limits=1, resting_days=60))
    reject(proposed(seller, grade, rejections_within_limits=1, resting_days=7))
    assert paused_until(seller) == NOW + 60 * DAY
    told = db.session.scalars(sa.select(Message).filter_by(organisation_id=seller.organisation.id)).all()
    assert [each.kind for each in told].count("orders-paused") == 1


def test_what_rests_of_a_matched_order_is_not_opened_either() -> None:
    seller, grade = make_trader(), make_grade()
    proposal = proposed(seller, grade, rejections_within_limits=1)
    reject(proposal)
    with pytest.raises(OrdersPaused):
        services.open_order(proposal.offer_id, actor=seller.actor, now=NOW)
    again = services.open_order(proposal.offer_id, actor=seller.actor, now=NOW + 30 * DAY)
    assert again.status == "open"
    assert services.open_order(proposal.need_id, actor=party(proposal, "buyer"), now=NOW).status == "open"


def test_a_file_opens_none_either() -> None:
    seller, grade = make_trader(), make_grade()
    reject(proposed(seller, grade, rejections_within_limits=1))
    head = {"side": "offer", "site": seller.site.id}
    body = b"\n".join(
        json.dumps({**head, "grade": each.id, **plain_terms()}).encode() for each in (grade, make_grade())
    )
    file, given = OrderFile(body, UploadFormat.JSON_LINES), dict[str, Any](actor=seller.actor, now=NOW)
    report = orders.upload_orders(file, mode=UploadMode.PARTIAL, open_at_once=True, **given)
    assert [(row.status, [fault.code for fault in row.faults]) for row in report.rows] == [
        ("refused", ["orders-paused"]),
        ("stored", []),
    ]
    assert orders.upload_orders(file, **given).stored == 2  # as drafts


def test_nobody_else_learns_of_it(client: FlaskClient) -> None:
    """Same pages, same messages, same trail for the other party, whether or not the rejection kept the limits."""
    seen = []
    for price in ("96000", "95999"):
        seller, buyer = make_trader(), make_trader()
        proposal = proposed(seller, make_grade(), buyer=buyer, rejections_within_limits=1)
        counter(proposal, "buyer", price)
        reject(proposal)
        pages: dict[str, Any] = {}
        for name, organisation in (("seller", seller.organisation), ("buyer", buyer.organisation)):
            headers = signed_in(client, make_member(organisation=organisation, roles=(Role.ORGANISATION_ADMIN,)))
            reply = client.get(f"/api/v1/proposals/{proposal.id}", headers=headers)
            pages[name] = reply.json["own_rejection_within_limits"]
            trail = db.session.scalars(sa.select(AuditEntry.action).filter_by(organisation_id=organisation.id)).all()
            told = db.session.scalars(sa.select(Message.kind).filter_by(organisation_id=organisation.id)).all()
            pages[f"{name} trail"], pages[f"{name} told"] = sorted(trail), sorted(told)
        seen.append(pages)
    inside, outside = seen
    for name in ("buyer", "buyer trail", "buyer told"):
        assert inside[name] == outside[name]
    assert (inside["seller"], outside["seller"], inside["buyer"]) == (True, False, False)
    assert "orders-paused" in inside["seller told"]
    assert "contracts:rejection:within-own-limits" in inside["seller trail"]


def test_the_refusal_says_until_when_over_http(client: FlaskClient) -> None:
    seller = make_trader()
    proposal = proposed(seller, make_grade(), rejections_within_limits=1)
    reject(proposal)
    reply = client.post(f"/api/v1/orders/{proposal.offer_id}/opening", headers=signed_in(client, seller.member))
    assert (reply.status_code, reply.json["type"]) == (409, "urn:changdan:problem:orders-paused")
    assert (NOW + 30 * DAY).isoformat() in reply.json["detail"]
    assert "2026-12-31 10:00（北京时间）前不得挂出" in reply.json["detail_zh"]
