"""Who fulfilled how much of its contract: reported, reconciled, judged, ranked."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.services import update_organisation
from marketplace.catalogue import queries as catalogue
from marketplace.contracts import services
from marketplace.contracts.models import Contract, FulfilmentReminder
from marketplace.contracts.queries import fulfilment as fulfilment_queries
from marketplace.contracts.rules.events import FulfilmentMissed
from marketplace.contracts.services.shipment_entries import TooLate
from marketplace.jobs.maintain import maintain
from marketplace.notifications.models import Message
from marketplace.rounds.models import RoundSnapshot
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed
from marketplace.shared.events import bus
from tests.factories.accounts import make_member
from tests.factories.contracts import make_contract_in_force, trader_of
from tests.factories.rounds import make_open_order, make_round, make_trader
from tests.factories.settlement import call, deliver, on

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def contract(session: None) -> Contract:
    """100 a month, of which the buyer has to call 90."""
    option = {"down": "0.1", "up": "0"}
    return make_contract_in_force(flexibility={"grants": option}, need={"flexibility": {"requires": option}})


@pytest.fixture
def missed() -> Any:
    """The news of what was missed, as supervision would hear it."""
    heard: list[FulfilmentMissed] = []
    bus.subscribe(FulfilmentMissed, heard.append)
    yield heard
    bus._subscribers[FulfilmentMissed].remove(heard.append)


def report(contract: Contract, side: str, month: str, called: str, delivered: str, day: str) -> Any:
    return services.report_month(
        contract.id,
        month=month,
        called=Decimal(called),
        delivered=Decimal(delivered),
        actor=trader_of(contract, side),
        now=on(day),
    )


def judge(day: str) -> int:
    db.session.commit()
    return maintain(now=on(day)).judged_months


def judged(contract: Contract) -> dict[tuple[str, str], tuple[str, str, bool, str]]:
    return {
        (each.span, each.party): (str(each.due), str(each.done), each.met, each.basis)
        for each in fulfilment_queries.judgements(contract)
    }


def test_what_both_report_alike_is_so(contract: Contract, missed: list[FulfilmentMissed]) -> None:
    for side in ("seller", "buyer"):
        report(contract, side, "2027-01", "100", "79.999", "2027-02-03")
    assert judge("2027-02-20") == 0  # the days to reconcile are not over
    assert judge("2027-02-21") == 1
    assert judge("2027-02-21") == 0
    assert judged(contract) == {
        ("2027-01", "seller"): ("100", "79.999", False, "agreed"),
        ("2027-01", "buyer"): ("90", "100", True, "agreed"),
    }
    assert [(each.party, each.span, str(each.share)) for each in missed] == [("seller", "2027-01", "0.79999")]
    for role in (Role.OPERATOR, Role.REGULATOR):
        (miss,) = fulfilment_queries.misses(make_member(roles=(role,)).actor).items
        assert (miss.organisation_id, miss.span) == (contract.seller_id, "2027-01")
    with pytest.raises(NotAllowed):
        fulfilment_queries.misses(trader_of(contract, "seller"))


def test_at_exactly_the_least_part_it_is_met(contract: Contract, missed: list[FulfilmentMissed]) -> None:
    for side in ("seller", "buyer"):
        report(contract, side, "2027-01", "100", "80", "2027-02-03")
    judge("2027-02-21")
    assert judged(contract)["2027-01", "seller"] == ("100", "80", True, "agreed")
    assert missed == []


def test_what_one_does_not_report_never_counts_against_the_other(contract: Contract) -> None:
    report(contract, "seller", "2027-01", "100", "100", "2027-02-03")
    report(contract, "buyer", "2027-02", "100", "40", "2027-03-03")
    judge("2027-04-30")
    found = judged(contract)
    assert found["2027-01", "seller"] == ("100", "100", True, "alone")
    assert found["2027-01", "buyer"] == ("90", "0", False, "unreported")
    assert found["2027-02", "seller"] == ("100", "0", False, "unreported")
    assert found["2027-02", "buyer"] == ("90", "100", True, "alone")
    assert found["2027-03", "seller"] == ("100", "0", False, "unreported")


def test_where_reports_differ_the_record_counts_unless_they_are_reconciled(contract: Contract) -> None:
    for month in ("2027-01", "2027-02"):
        deliver(contract, month, "85")
    for month, day in (("2027-01", "2027-02-03"), ("2027-02", "2027-03-03")):
        report(contract, "seller", month, "100", "95", day)
        report(contract, "buyer", month, "100", "60", day)
    report(contract, "seller", "2027-02", "100", "85", "2027-03-15")
    report(contract, "buyer", "2027-02", "100", "85", "2027-03-20")
    judge("2027-03-21")
    found = judged(contract)
    assert found["2027-01", "seller"] == ("100", "85", True, "recorded")
    assert found["2027-02", "seller"] == ("100", "85", True, "agreed")
    kinds = [each.kind for each in db.session.scalars(sa.select(Message).filter_by(organisation_id=contract.buyer_id))]
    assert kinds.count("contract-reports-differ") == 3


def test_a_late_report_is_refused_but_to_reconcile_one_in_time(contract: Contract) -> None:
    with pytest.raises(Conflict, match="is not over"):
        report(contract, "seller", "2027-01", "1", "1", "2027-01-31")
    report(contract, "seller", "2027-01", "1", "1", "2027-02-10")
    with pytest.raises(TooLate, match="2027-02-10"):
        report(contract, "buyer", "2027-01", "1", "1", "2027-02-11")
    report(contract, "seller", "2027-01", "2", "2", "2027-02-20")
    with pytest.raises(TooLate, match="2027-02-20"):
        report(contract, "seller", "2027-01", "3", "3", "2027-02-21")
    for month, called, pointer in (
        ("2027-09", "1", "/month"),
        ("2027-02", "0.0001", "/called"),
        ("2027-02", "-1", "/called"),
    ):
        with pytest.raises(InvalidInput) as refused:
            report(contract, "seller", month, called, "1", "2027-03-03")
        assert pointer in [fault.pointer for fault in refused.value.faults]
    with pytest.raises(NotAllowed):
        services.report_month(
            contract.id,
            month="2027-01",
            called=Decimal(1),
            delivered=Decimal(1),
            actor=make_member(organisation=contract.seller, roles=(Role.BUYER,)).actor,
            now=on("2027-02-03"),
        )


def test_what_is_called_above_the_band_or_less_is_what_is_due(contract: Contract) -> None:
    call(contract, "2027-01", "90")
    for side in ("seller", "buyer"):
        report(contract, side, "2027-01", "90", "90", "2027-02-03")
    judge("2027-02-21")
    assert judged(contract)["2027-01", "seller"] == ("90", "90", True, "agreed")


def test_suspended_days_and_contested_rejections_are_excused(contract: Contract) -> None:
    signatory = make_member(organisation=contract.seller, roles=(Role.SIGNATORY,)).actor
    number = deliver(contract, "2027-02", "50", rejected="10")
    services.contest_rejection(
        contract.id, number, reason="复检合格", actor=trader_of(contract, "seller"), now=on("2027-02-16")
    )
    for kind, day in (("suspension", "2027-02-08"), ("resumption", "2027-02-15")):
        services.give_notice(
            contract.id, kind=kind, ground="force_majeure", reason="洪水", actor=signatory, now=on(day)
        )
    for side in ("seller", "buyer"):
        report(contract, side, "2027-02", "100", "40", "2027-03-03")
    judge("2027-03-21")
    found = judged(contract)
    # 7 of 28 days: of 100 called 25, of 90 firm 22.5; 10 are contested.
    assert found["2027-02", "seller"] == ("65", "40", False, "agreed")
    assert found["2027-02", "buyer"] == ("67.5", "100", True, "agreed")


def test_a_quarter_counts_what_came_late_within_it(contract: Contract, missed: list[FulfilmentMissed]) -> None:
    for month, volume, day in (
        ("2027-01", "70", "2027-02-03"),
        ("2027-02", "100", "2027-03-03"),
        ("2027-03", "100", "2027-04-03"),
    ):
        for side in ("seller", "buyer"):
            report(contract, side, month, "100", volume, day)
    judge("2027-04-21")
    found = judged(contract)
    assert found["2027-Q1", "seller"] == ("300", "270", True, "agreed")
    assert found["2027", "seller"] == ("300", "270", True, "agreed")
    assert [(each.span, each.party) for each in missed] == [("2027-01", "seller")]


def test_whoever_has_not_reported_is_reminded_once(contract: Contract) -> None:
    report(contract, "buyer", "2027-01", "100", "100", "2027-02-03")
    for day in ("2027-02-06", "2027-02-07", "2027-02-08", "2027-02-11"):
        judge(day)
    reminders = db.session.scalars(sa.select(FulfilmentReminder)).all()
    assert [(each.party, each.moment) for each in reminders] == [("seller", on("2027-02-07"))]


def test_no_month_after_the_end_of_a_contract_is_judged(contract: Contract) -> None:
    for side, act in (("seller", services.give_notice), ("buyer", services.consent_to_notice)):
        organisation = contract.seller if side == "seller" else contract.buyer
        actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
        if side == "seller":
            act(contract.id, kind="termination", ground="agreed", reason="协商", actor=actor, now=on("2027-02-15"))
        else:
            act(contract.id, 1, actor=actor, now=on("2027-02-15"))
    judge("2027-06-01")
    assert {span for span, _ in judged(contract)} == {"2027-01", "2027-02", "2027-Q1", "2027"}
    assert judged(contract)["2027-Q1", "seller"] == ("150", "0", False, "unreported")
    assert judged(contract)["2027-02", "seller"] == ("50", "0", False, "unreported")


def test_three_good_months_earn_a_tag_that_rounds_can_ask_for(contract: Contract) -> None:
    for month, day in (("2027-01", "2027-02-03"), ("2027-02", "2027-03-03"), ("2027-03", "2027-04-03")):
        report(contract, "seller", month, "100", "95", day)
        assert contract.seller.earned_tags in (None, [])
        judge((on(day) + timedelta(days=18)).date().isoformat())
    assert contract.seller.earned_tags == ["fulfilment:seller"]
    assert contract.buyer.earned_tags in (None, [])
    (own,) = fulfilment_queries.own_standings(trader_of(contract, "seller"), on("2027-04-22"))
    assert (str(own["standing"].share), own["standing"].months, own["place"], own["of"]) == ("0.9500", 3, 1, 1)
    operator = make_member(roles=(Role.OPERATOR,)).actor
    ranked = [
        (each.party, str(each.share), each.missed) for each in fulfilment_queries.ranking(operator, on("2027-04-22"))
    ]
    assert ranked == [("buyer", "0.0000", 3), ("seller", "0.9500", 0)]
    with pytest.raises(NotAllowed):
        fulfilment_queries.ranking(trader_of(contract, "seller"), on("2027-04-22"))
    assert fulfilment_queries.ranking(operator, on("2028-05-22")) == []


def test_earned_tags_stand_in_a_rounds_market_and_nobody_gives_them_to_itself(contract: Contract) -> None:
    contract.seller.earned_tags = ["fulfilment:seller"]
    grade = catalogue.grade(contract.grade_id)
    make_open_order(make_trader(contract.seller), "offer", grade, price="96000")
    round_ = make_round(grade, until="frozen")
    snapshot = db.session.scalars(sa.select(RoundSnapshot).filter_by(round_id=round_.id)).one()
    assert [order["tags"] for order in json.loads(snapshot.market)["orders"]] == [["fulfilment:seller"]]
    admin = make_member(organisation=contract.seller, roles=(Role.ORGANISATION_ADMIN,)).actor
    with pytest.raises(InvalidInput) as refused:
        update_organisation(contract.seller_id, {"tags": ["fulfilment:buyer"]}, actor=admin, now=on("2027-01-01"))
    assert [fault.pointer for fault in refused.value.faults] == ["/tags/0"]


def test_over_a_quarter_the_firm_minimum_of_all_of_it_is_due(session: None) -> None:
    option = {"down": "0.2", "up": "0.1", "per": "quarter"}
    contract = make_contract_in_force(
        volume="110", flexibility={"grants": option}, need={"volume": "100", "flexibility": {"requires": option}}
    )
    for month, day in (("2027-01", "2027-02-03"), ("2027-02", "2027-03-03"), ("2027-03", "2027-04-03")):
        report(contract, "seller", month, "100", "100", day)
    judge("2027-04-21")
    found = judged(contract)
    assert found["2027-01", "buyer"] == ("20", "0", False, "unreported")
    assert found["2027-Q1", "buyer"] == ("240", "0", False, "unreported")


def test_nobody_reports_more_than_could_be_done(contract: Contract) -> None:
    report(contract, "seller", "2027-01", "100", "1000000", "2027-02-03")
    judge("2027-04-21")
    assert judged(contract)["2027-01", "seller"] == ("100", "100", True, "alone")
    assert judged(contract)["2027-Q1", "seller"] == ("300", "100", False, "unreported")


def test_what_is_conceded_before_the_quarter_is_judged_counts_in_it(contract: Contract) -> None:
    number = deliver(contract, "2027-01", "100", rejected="100")
    seller = trader_of(contract, "seller")
    services.contest_rejection(contract.id, number, reason="复检合格", actor=seller, now=on("2027-01-16"))
    judge("2027-02-21")
    assert judged(contract)["2027-01", "seller"][0] == "0"
    services.concede_rejection(contract.id, number, actor=seller, now=on("2027-03-01"))
    judge("2027-04-21")
    assert judged(contract)["2027-Q1", "seller"][0] == "300"
