"""The rolling view of coverage over real rounds: worked by hand, and against what orders may be opened with again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.catalogue.models import Grade
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.queries.coverage import Coverage, Covered, coverage
from marketplace.orders.services import close_order
from marketplace.rounds import services as round_services
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, make_site
from tests.factories.capacity import make_grant, make_line, make_statement
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, concluded, confirm
from tests.factories.orders import make_order
from tests.factories.rounds import POLICY, Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
JANUARY = 1  # December 2026 is the present month
NONE = {"signed": "0/0/0", "proposed": "0/0/0", "kept_for_options": "0", "open": "0", "total": "0"}
UNSTATED = dict.fromkeys(("installed", "staged", "committed", "uncommitted", "unoffered"))


def view(trader: Trader, side: str, *, now: datetime = NOW, **asked: Any) -> Coverage:
    return coverage(side, trader.actor, now=now, **asked)  # type: ignore[arg-type]


def text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


def seen(covered: Covered, place: int = JANUARY) -> dict[str, Any]:
    """A month as text: signed and proposed as least/expected/most; capacity below them."""
    month = covered.months[place]
    found: dict[str, Any] = {
        name: "/".join(str(text(amount)) for amount in vars(getattr(month, name)).values())
        for name in ("signed", "proposed")
    }
    found |= {name: text(getattr(month, name)) for name in ("kept_for_options", "open", "total")}
    if covered.capacity is not None:
        found |= {name: text(amount) for name, amount in vars(covered.capacity[place]).items()}
    return found


def january(trader: Trader, side: str, **asked: Any) -> dict[str, Any]:
    """Of the only grade there is, over all sites."""
    (grade,) = view(trader, side, **asked).grades
    return seen(grade.covered)


def traded(
    seller: Trader,
    buyer: Trader,
    grade: Grade,
    *,
    offered: str,
    needed: str,
    need: Any = None,
    now: datetime = NOW,
    **terms: Any,
) -> Proposal:
    """A published proposal of an offer and a need, as much as both can trade; ``terms``: of the offer."""
    make_open_order(seller, "offer", grade, price="96000", volume=offered, **terms)
    make_open_order(buyer, "need", grade, price="104000", volume=needed, **(need or {}))
    round_ = make_round(grade, until="published", now=now)
    return queries.proposals_of_round(round_.id)[-1]


def signatory(contract: Contract, side: str) -> Actor:
    organisation = contract.seller if side == "seller" else contract.buyer
    return make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor


def in_force(contract: Contract) -> Contract:
    for side in ("seller", "buyer"):
        confirm(contract, side)
    return contract


@pytest.fixture
def seller(session: None) -> Trader:
    return make_trader()


@pytest.fixture
def buyer(session: None) -> Trader:
    return make_trader()


@pytest.fixture
def grade(session: None) -> Grade:
    return make_grade()


def test_it_covers_the_present_beijing_month_and_the_35_after_it(buyer: Trader) -> None:
    months = view(buyer, "buyer", now=datetime(2026, 12, 31, 16, tzinfo=UTC)).months
    assert (months[0], months[-1], len(months)) == ("2027-01", "2029-12", 36)
    assert view(buyer, "buyer", now=datetime(2026, 12, 31, 15, 59, tzinfo=UTC)).months[0] == "2026-12"


def test_a_need_and_an_offer_go_from_open_to_proposed_to_signed(seller: Trader, buyer: Trader, grade: Grade) -> None:
    """100 t a month are needed, 60 t are on offer; nobody sees a proposal before its round is published."""
    make_open_order(buyer, "need", grade, price="104000")
    make_open_order(seller, "offer", grade, price="96000", volume="60")
    round_ = make_round(grade, until="reviewed")
    assert january(buyer, "buyer") == {**NONE, "open": "100", "total": "100"}
    assert january(seller, "seller") == {**NONE, **UNSTATED, "open": "60", "total": "60"}
    round_services.publish_round(round_.id, actor=SYSTEM, now=NOW)
    (proposal,) = queries.proposals_of_round(round_.id)
    for accepting in (None, "seller"):
        if accepting is not None:
            accept(proposal, accepting)
        assert january(buyer, "buyer") == {**NONE, "proposed": "60/60/60", "open": "40", "total": "100"}
        assert january(seller, "seller") == {**NONE, **UNSTATED, "proposed": "60/60/60", "total": "60"}
    accept(proposal, "buyer")
    assert january(buyer, "buyer") == {**NONE, "signed": "60/60/60", "open": "40", "total": "100"}
    (found,) = view(buyer, "buyer").grades
    assert [str(month.total) for month in found.covered.months[:5]] == ["0", "100", "100", "100", "0"]
    assert {seen(found.covered, place)["total"] for place in range(4, 36)} == {"0"}  # beyond the round's months


def test_what_is_open_is_what_may_be_opened_again_and_opening_it_counts_nothing_twice(
    seller: Trader, buyer: Trader, grade: Grade
) -> None:
    """100 t are offered, 80 t signed, of which the buyer may call 8 t more or less: 12 t are open."""
    option = {"down": "0.1", "up": "0.1"}
    proposal = traded(
        *(seller, buyer, grade),
        offered="100",
        needed="80",
        need={"flexibility": {"requires": option}},
        flexibility={"grants": option},
    )
    concluded(proposal)
    offered = {**NONE, **UNSTATED, "signed": "72/80/88", "kept_for_options": "8", "open": "12", "total": "100"}
    assert january(seller, "seller") == offered
    assert january(buyer, "buyer") == {**NONE, "signed": "72/80/88", "total": "80"}
    order = services.open_order(proposal.offer_id, actor=seller.actor, now=NOW)
    assert set(order.terms["volumes"].values()) == {"12"}
    assert january(seller, "seller") == offered
    second = traded(seller, make_trader(), grade, offered="5", needed="17", now=NOW + DAY)
    assert second.round_id != proposal.round_id
    found = january(seller, "seller")
    assert (found["signed"], found["proposed"], found["open"], found["total"]) == ("72/80/88", "17/17/17", "0", "105")


def test_contracts_of_two_rounds_out_of_one_need(seller: Trader, buyer: Trader, grade: Grade) -> None:
    concluded(traded(seller, buyer, grade, offered="30", needed="100"))
    need = buyer.orders[0]
    services.open_order(need.id, actor=buyer.actor, now=NOW)
    make_open_order(seller, "offer", grade, price="96000", volume="50")
    round_ = make_round(grade, until="published", now=NOW + DAY)
    assert january(buyer, "buyer") == {
        **NONE,
        "signed": "30/30/30",
        "proposed": "50/50/50",
        "open": "20",
        "total": "100",
    }
    concluded(queries.proposals_of_round(round_.id)[0])
    close_order(need.id, actor=buyer.actor, now=NOW)
    assert january(buyer, "buyer") == {**NONE, "signed": "80/80/80", "total": "80"}


@pytest.mark.parametrize("how", ["rejected", "expired"])
def test_what_is_rejected_or_too_late_is_open_again(seller: Trader, buyer: Trader, grade: Grade, how: str) -> None:
    """Too late by the clock, whether or not anybody has noted it."""
    proposal = traded(seller, buyer, grade, offered="60", needed="100")
    assert proposal.answer_by is not None
    late = proposal.answer_by
    now = late - timedelta(microseconds=1)
    assert january(buyer, "buyer", now=now)["proposed"] == "60/60/60"
    if how == "rejected":
        services.reject_proposal(proposal.id, revision=1, reason="预算", actor=buyer.actor, now=now)
    else:
        now = late
    assert january(buyer, "buyer", now=now) == {**NONE, "open": "100", "total": "100"}


def test_suspended_is_signed_and_terminated_is_not(seller: Trader, buyer: Trader, grade: Grade) -> None:
    contract = in_force(concluded(traded(seller, buyer, grade, offered="60", needed="100")))
    told = {"ground": "agreed", "reason": "双方商定"}
    for number, (kind, signed, left) in enumerate(
        [("suspension", "60/60/60", "40"), ("termination", "0/0/0", "100")], start=1
    ):
        services.give_notice(contract.id, kind=kind, **told, actor=signatory(contract, "seller"), now=NOW)
        services.consent_to_notice(contract.id, number, actor=signatory(contract, "buyer"), now=NOW)
        assert january(buyer, "buyer") == {**NONE, "signed": signed, "open": left, "total": "100"}


def test_a_contract_that_is_not_confirmed_in_time_and_withdrawn_is_not_signed(
    seller: Trader, buyer: Trader, grade: Grade
) -> None:
    contract = concluded(traded(seller, buyer, grade, offered="60", needed="100"))
    confirm(contract, "seller")
    now = contract.confirm_by
    assert january(buyer, "buyer", now=now)["signed"] == "60/60/60"
    services.withdraw_from_contract(contract.id, actor=signatory(contract, "seller"), now=now)
    assert january(buyer, "buyer", now=now) == {**NONE, "open": "100", "total": "100"}


def test_an_amendment_counts_once_both_have_confirmed_it(seller: Trader, buyer: Trader, grade: Grade) -> None:
    contract = in_force(concluded(traded(seller, buyer, grade, offered="60", needed="100")))
    names = ("reference", "floor", "cap")
    periods = [
        {"period": each["period"], "volume": "50", **{name: each[name] for name in names}}
        for each in queries.present_version(contract).terms["periods"]
    ]
    services.propose_amendment(contract.id, changes={"periods": periods}, reason="双方商定", actor=buyer.actor, now=NOW)
    confirm(contract, "buyer", number=2)
    assert january(buyer, "buyer")["signed"] == "60/60/60"
    confirm(contract, "seller", number=2)
    assert january(buyer, "buyer") == {**NONE, "signed": "50/50/50", "open": "50", "total": "100"}


def test_another_grade_is_the_need_it_stands_for_and_the_supply_it_is(seller: Trader, buyer: Trader) -> None:
    """50 t of the other grade, 1.25 t for each that was asked: 40 t of 100 t."""
    asked, other = make_grade(), make_grade()
    make_open_order(seller, "offer", other, price="70000", volume="50")
    alternates = [{"grade": other.id, "ratio": "1.25", "adjustment": "0"}]
    make_open_order(buyer, "need", asked, price="104000", alternates=alternates)
    plan = {"policy": {**POLICY, "contract_cost": "0"}, "freight": {"kind": "none"}}
    round_ = make_round(asked, until="published", grade_ids=[asked.id, other.id], **plan)
    concluded(queries.proposals_of_round(round_.id)[0])
    assert [each.grade_id for each in view(buyer, "buyer").grades] == [asked.id]
    assert january(buyer, "buyer") == {**NONE, "signed": "40/40/40", "open": "60", "total": "100"}
    assert [each.grade_id for each in view(seller, "seller").grades] == [other.id]
    assert january(seller, "seller") == {**NONE, **UNSTATED, "signed": "50/50/50", "total": "50"}
    assert view(buyer, "buyer", grade_id=other.id).grades == []


def test_capacity_from_its_month_on_and_what_of_it_is_spoken_for(seller: Trader, buyer: Trader, grade: Grade) -> None:
    """500 t stand from January on, 100 t more come in February; 60 t are signed out of 100 t that are offered."""
    line = make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id)
    make_statement(line, volume_per_month=Decimal(400))
    make_statement(line, vintage=2)  # 500: the latest holds
    make_statement(line, kind="staged", from_month="2027-02", volume_per_month=Decimal(100))
    concluded(traded(seller, buyer, grade, offered="100", needed="60"))
    signed = {**NONE, "signed": "60/60/60", "open": "40", "total": "100"}
    stated = {"installed": "500", "staged": None, "committed": "60", "uncommitted": "440", "unoffered": "400"}
    assert january(seller, "seller") == {**signed, **stated}
    (found,) = view(seller, "seller").grades
    december, february, april = (seen(found.covered, place) for place in (0, 2, 4))
    assert december == {**NONE, **UNSTATED, "committed": "0"}
    assert february == {**signed, **stated, "staged": "100", "uncommitted": "540", "unoffered": "500"}
    idle = {"installed": "500", "staged": "100", "committed": "0", "uncommitted": "600", "unoffered": "600"}
    assert april == {**NONE, **idle}


def test_a_line_that_sells_nothing_yet_is_seen(seller: Trader, grade: Grade) -> None:
    make_statement(make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id))
    stated = {"installed": "500", "staged": None, "committed": "0", "uncommitted": "500", "unoffered": "500"}
    assert january(seller, "seller") == {**NONE, **stated}


def test_what_a_trader_sells_from_a_line_is_its_own_and_the_capacity_its_producers(buyer: Trader, grade: Grade) -> None:
    """The producer learns nothing of what the trader sold; the trader has no capacity."""
    producer, trader = make_trader(), make_trader()
    line = make_line(producer.organisation, site_id=producer.site.id, grade_id=grade.id)
    make_statement(line)
    make_grant(line, trader.organisation)
    concluded(
        traded(
            *(trader, buyer, grade),
            offered="60",
            needed="60",
            source={"site": producer.site.id, "line": line.id, "capacity": dict.fromkeys(("2027-01",), "500")},
        )
    )
    assert january(trader, "seller") == {**NONE, **UNSTATED, "signed": "60/60/60", "total": "60"}
    found = january(producer, "seller")
    assert (found["signed"], found["committed"], found["uncommitted"]) == ("0/0/0", "0", "500")


def test_sites_apart_and_together(seller: Trader, buyer: Trader, grade: Grade) -> None:
    """An order that moved to another site after it was traded leaves its contract where it was."""
    concluded(traded(seller, buyer, grade, offered="60", needed="100"))
    second = make_site(buyer.organisation, name="二号工厂")
    terms = {"volumes": {"2027-01": "7"}, "limit_price": {"components": [{"fixed": "1"}]}}
    make_order(buyer.organisation, side="need", status="open", site=second, grade=grade, terms=terms)
    services.open_order(buyer.orders[0].id, actor=buyer.actor, now=NOW)
    buyer.orders[0].site_id = second.id
    db.session.flush()
    (found,) = view(buyer, "buyer").grades
    by_site = {(each.site_id, each.name): seen(each.covered) for each in found.sites}
    assert by_site == {
        (buyer.site.id, "一号工厂"): {**NONE, "signed": "60/60/60", "total": "60"},
        (second.id, "二号工厂"): {**NONE, "open": "47", "total": "47"},
    }
    assert january(buyer, "buyer") == {**NONE, "signed": "60/60/60", "open": "47", "total": "107"}
    assert january(buyer, "buyer", site_id=second.id) == {**NONE, "open": "47", "total": "47"}
    make_open_order(seller, "offer", grade, price="96000", volume="47")
    make_round(grade, until="published", now=NOW + DAY)
    (found,) = view(buyer, "buyer", now=NOW + DAY).grades
    by_site = {each.site_id: seen(each.covered)["proposed"] for each in found.sites}
    assert by_site == {buyer.site.id: "0/0/0", second.id: "40/40/40"}  # a round froze it there


@pytest.mark.parametrize("status", ["draft", "withdrawn", "expired", "closed"])
def test_orders_that_nobody_trades_do_not_count(buyer: Trader, grade: Grade, status: str) -> None:
    make_order(buyer.organisation, side="need", status=status, site=buyer.site, grade=grade)
    assert view(buyer, "buyer").grades == []


def test_an_open_order_counts_until_its_validity_is_over_by_the_clock(buyer: Trader, grade: Grade) -> None:
    make_open_order(buyer, "need", grade, price="104000", validity={"valid_to": "2026-12-05"})
    assert january(buyer, "buyer", now=datetime(2026, 12, 5, 15, 59, tzinfo=UTC))["open"] == "100"
    assert view(buyer, "buyer", now=datetime(2026, 12, 5, 16, tzinfo=UTC)).grades == []


def test_a_third_organisation_sees_nothing_and_neither_side_the_others(
    seller: Trader, buyer: Trader, grade: Grade
) -> None:
    line = make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id)
    make_statement(line, volume_per_month=Decimal("777"))
    concluded(traded(seller, buyer, grade, offered="88.123", needed="60"))
    for side in ("buyer", "seller"):
        assert view(make_trader(), side).grades == []
        assert view(make_trader(make_organisation(kind="operator")), side).grades == []
    assert view(seller, "buyer").grades == view(buyer, "seller").grades == []
    told = repr(view(buyer, "buyer"))
    for secret in ("777", "88.123", "28.123", seller.site.id, seller.organisation.id, seller.orders[0].id):
        assert secret not in told
    told = repr(view(seller, "seller"))
    for secret in (buyer.site.id, buyer.organisation.id, buyer.orders[0].id):
        assert secret not in told


def test_a_contract_that_another_takes_over_is_the_others_and_its_orders_site_nobodys(
    seller: Trader, buyer: Trader, grade: Grade
) -> None:
    """The order it came of does not state its volume as open once more."""
    contract = concluded(traded(seller, buyer, grade, offered="60", needed="100"))
    heir = make_trader()
    contract.buyer_id = heir.organisation.id
    db.session.flush()
    assert january(buyer, "buyer") == {**NONE, "open": "40", "total": "40"}
    (found,) = view(heir, "buyer").grades
    assert [(each.site_id, each.name) for each in found.sites] == [(None, None)]
    assert seen(found.covered) == {**NONE, "signed": "60/60/60", "total": "60"}
