"""Suspending, resuming and ending a contract: by consent, for force majeure, for a breach, by the end of its term."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractNotice
from marketplace.jobs.maintain import maintain
from marketplace.notifications.models import Message
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.contracts import confirm, make_contract, party
from tests.factories.rounds import MONTHS, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)


@pytest.fixture
def contract(session: None) -> Contract:
    """In force."""
    made = make_contract()
    for side in ("seller", "buyer"):
        confirm(made, side)
    return made


def signatory(contract: Contract, side: str) -> Actor:
    organisation = contract.seller if side == "seller" else contract.buyer
    return make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor


def give(contract: Contract, kind: str, ground: str, *, by: str = "seller", now: datetime = NOW) -> ContractNotice:
    return services.give_notice(
        contract.id, kind=kind, ground=ground, reason="说明", actor=signatory(contract, by), now=now
    )


@pytest.mark.parametrize(("kind", "status"), [("suspension", "suspended"), ("termination", "terminated")])
def test_what_is_agreed_takes_effect_by_the_other_partys_consent(contract: Contract, kind: str, status: str) -> None:
    notice = give(contract, kind, "agreed")
    assert (notice.status, notice.effective_from, contract.status) == ("given", None, "in_force")
    with pytest.raises(Conflict, match="when the other party consents"):
        services.enforce_notice(contract.id, 1, actor=signatory(contract, "seller"), now=NOW + 365 * DAY)
    services.consent_to_notice(contract.id, 1, actor=signatory(contract, "buyer"), now=NOW)
    assert (notice.status, contract.status) == ("effective", status)


def test_what_is_agreed_is_refused_or_withdrawn_and_then_another_may_be_given(contract: Contract) -> None:
    give(contract, "termination", "agreed")
    with pytest.raises(Conflict, match="another notice is open"):
        give(contract, "suspension", "agreed", by="buyer")
    services.refuse_notice(contract.id, 1, actor=signatory(contract, "buyer"), now=NOW)
    give(contract, "termination", "agreed")
    services.withdraw_notice(contract.id, 2, actor=signatory(contract, "seller"), now=NOW)
    assert contract.status == "in_force"
    assert [each.status for each in queries.notices(contract)] == ["refused", "withdrawn"]
    for answer in (services.consent_to_notice, services.refuse_notice):
        with pytest.raises(TransitionNotAllowed):
            answer(contract.id, 2, actor=signatory(contract, "buyer"), now=NOW)


def test_force_majeure_suspends_at_once_and_whoever_suspended_resumes(contract: Contract) -> None:
    notice = give(contract, "suspension", "force_majeure")
    assert (notice.status, contract.status) == ("effective", "suspended")
    with pytest.raises(NotAllowed, match="says when it is over"):
        give(contract, "resumption", "force_majeure", by="buyer")
    give(contract, "resumption", "force_majeure")
    assert contract.status == "in_force"


def test_force_majeure_that_lasts_lets_either_party_end_the_contract(contract: Contract) -> None:
    give(contract, "suspension", "force_majeure")
    ending = give(contract, "termination", "force_majeure", by="buyer", now=NOW + 30 * DAY)
    assert ending.effective_from == NOW + 90 * DAY
    buyer = signatory(contract, "buyer")
    with pytest.raises(Conflict, match="takes effect from 2027-03-01"):
        services.enforce_notice(contract.id, 2, actor=buyer, now=NOW + 90 * DAY - timedelta(microseconds=1))
    services.enforce_notice(contract.id, 2, actor=buyer, now=NOW + 90 * DAY)
    assert contract.status == "terminated"


def test_after_the_days_a_notice_takes_effect_when_it_is_given(contract: Contract) -> None:
    give(contract, "suspension", "force_majeure")
    give(contract, "termination", "force_majeure", by="buyer", now=NOW + 90 * DAY)
    assert contract.status == "terminated"


def test_a_breach_may_be_mended_before_the_contract_ends(contract: Contract) -> None:
    notice = give(contract, "termination", "breach", by="buyer")
    assert (notice.effective_from, contract.status) == (NOW + 30 * DAY, "in_force")
    with pytest.raises(Conflict, match="needs no consent"):
        services.refuse_notice(contract.id, 1, actor=signatory(contract, "seller"), now=NOW)
    services.withdraw_notice(contract.id, 1, actor=signatory(contract, "buyer"), now=NOW + 10 * DAY)
    assert contract.status == "in_force"
    give(contract, "termination", "breach", by="buyer", now=NOW + 20 * DAY)
    services.enforce_notice(contract.id, 2, actor=signatory(contract, "buyer"), now=NOW + 50 * DAY)
    assert contract.status == "terminated"
    told = db.session.scalars(sa.select(Message).filter_by(organisation_id=contract.seller_id)).all()
    assert [each.kind for each in told].count("contract-termination-effective") == 1


def test_what_was_not_delivered_of_an_ended_contract_can_be_sold_again(contract: Contract) -> None:
    give(contract, "termination", "agreed")
    services.consent_to_notice(contract.id, 1, actor=signatory(contract, "buyer"), now=NOW)
    proposal = queries.proposal_of(contract)
    assert proposal.status == "ended"
    again = services.open_order(proposal.offer_id, actor=party(proposal, "seller"), now=NOW)
    assert again.terms["volumes"] == dict.fromkeys(MONTHS, "100")


def test_what_was_delivered_of_an_ended_contract_does_not_return(contract: Contract) -> None:
    january = datetime(2027, 1, 20, 2, tzinfo=UTC)
    proposal = queries.proposal_of(contract)
    services.announce_shipment(
        contract.id,
        month="2027-01",
        lot="L1",
        volume=Decimal(60),
        shipped_on=january.date(),
        carrier="顺丰",
        waybill="SF-1",
        actor=party(proposal, "seller"),
        now=january,
    )
    give(contract, "termination", "agreed", now=january)
    services.consent_to_notice(contract.id, 1, actor=signatory(contract, "buyer"), now=january)
    again = services.open_order(proposal.offer_id, actor=party(proposal, "seller"), now=january)
    assert again.terms["volumes"] == {"2027-01": "40", "2027-02": "100", "2027-03": "100"}


def test_each_answer_is_for_the_right_party(contract: Contract) -> None:
    give(contract, "termination", "agreed")
    for answer, side in (
        (services.consent_to_notice, "seller"),
        (services.refuse_notice, "seller"),
        (services.withdraw_notice, "buyer"),
        (services.enforce_notice, "buyer"),
    ):
        with pytest.raises(NotAllowed):
            answer(contract.id, 1, actor=signatory(contract, side), now=NOW)
    trader = make_member(organisation=contract.buyer, roles=(Role.BUYER,)).actor
    with pytest.raises(NotAllowed):
        services.consent_to_notice(contract.id, 1, actor=trader, now=NOW)
    stranger = make_member(organisation=make_trader().organisation, roles=(Role.SIGNATORY,)).actor
    with pytest.raises(NotFound):
        services.consent_to_notice(contract.id, 1, actor=stranger, now=NOW)


@pytest.mark.parametrize(
    ("kind", "ground", "pointer"),
    [
        ("suspension", "breach", "/ground"),
        ("resumption", "breach", "/ground"),
        ("suspension", "weather", "/ground"),
        ("pause", "agreed", "/kind"),
    ],
)
def test_what_nobody_can_give_notice_of_is_refused(contract: Contract, kind: str, ground: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        give(contract, kind, ground)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_nothing_is_suspended_before_it_is_in_force_or_resumed_while_it_runs(contract: Contract) -> None:
    with pytest.raises(TransitionNotAllowed):
        give(contract, "resumption", "agreed")
    with pytest.raises(TransitionNotAllowed):
        give(make_contract(), "suspension", "agreed")


def test_a_contract_is_completed_when_its_last_month_is_over_in_beijing(contract: Contract) -> None:
    db.session.commit()
    end = datetime(2027, 3, 31, 16, 0, tzinfo=UTC)
    assert maintain(now=end - timedelta(microseconds=1)).completed_contracts == 0
    assert maintain(now=end).completed_contracts == 1
    assert maintain(now=end).completed_contracts == 0
    assert contract.status == "completed"
    with pytest.raises(TransitionNotAllowed):
        give(contract, "termination", "agreed", now=end)
