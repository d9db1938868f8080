"""Both parties answer a proposal, and what is agreed becomes a contract, once: alone, or with what it is tied to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.rules.answers import AlreadyAnswered, StaleRevision, TooLate
from marketplace.jobs.maintain import maintain
from marketplace.notifications.models import Message
from marketplace.orders.models import Order
from marketplace.shared.actor import Actor
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, make_proposal, party
from tests.factories.rounds import MONTHS, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
LAST = NOW + 10 * DAY - timedelta(microseconds=1)


def contracts() -> list[Contract]:
    return list(db.session.scalars(sa.select(Contract).order_by(Contract.id)))


def news(organisation_id: str) -> list[str]:
    """What an organisation was told of proposals; several at one moment have no order."""
    found = db.session.scalars(sa.select(Message).filter_by(organisation_id=organisation_id))
    return sorted(each.kind for each in found if each.kind.startswith("proposal-"))


def reject(proposal: Proposal, side: str, *, now: datetime = NOW) -> Proposal:
    return services.reject_proposal(
        proposal.id, revision=proposal.revision, reason="运费过高", actor=party(proposal, side), now=now
    )


def take_back(proposal: Proposal, side: str, *, now: datetime = NOW) -> Proposal:
    return services.take_back_acceptance(proposal.id, revision=proposal.revision, actor=party(proposal, side), now=now)


@pytest.mark.parametrize("first", ["seller", "buyer"])
def test_both_acceptances_make_the_contract_whoever_comes_first(first: str) -> None:
    proposal = make_proposal()
    second = "buyer" if first == "seller" else "seller"
    accept(proposal, first)
    assert (proposal.status, contracts()) == ("proposed", [])
    accept(proposal, second, now=LAST)
    (contract,) = contracts()
    assert proposal.status == "concluded"
    assert (contract.proposal_id, contract.seller_id, contract.buyer_id) == (
        proposal.id,
        proposal.seller_id,
        proposal.buyer_id,
    )
    held = queries.present_version(contract)
    assert (held.number, held.terms, held.terms_hash) == (1, proposal.terms, proposal.terms_hash)
    assert [(each.party, each.action) for each in queries.answers_to(proposal)] == [
        (first, "accept"),
        (second, "accept"),
    ]


def test_whoever_accepts_twice_is_told_so_and_nothing_happens() -> None:
    proposal = make_proposal()
    accept(proposal, "seller")
    with pytest.raises(AlreadyAnswered, match="the seller has accepted revision 1 before"):
        accept(proposal, "seller")
    accept(proposal, "buyer")
    with pytest.raises(AlreadyAnswered, match="both have accepted"):
        accept(proposal, "buyer")
    assert len(contracts()) == 1


@pytest.mark.parametrize("noted", [False, True], ids=["not yet noted", "noted"])
@pytest.mark.parametrize("answer", [accept, reject, take_back])
def test_an_answer_after_the_deadline_is_too_late_whether_or_not_a_job_has_noted_it(
    answer: Callable[..., Any], noted: bool
) -> None:
    proposal = make_proposal()
    accept(proposal, "seller")
    if noted:
        services.settle_bundle(proposal.bundle_id, now=NOW + 10 * DAY)
        assert proposal.status == "expired"
    with pytest.raises(TooLate, match="answers were due before 2026-12-11T02:00:00"):
        answer(proposal, "seller" if answer is take_back else "buyer", now=NOW + 10 * DAY)
    assert contracts() == []


def test_what_nobody_answers_expires_by_the_clock_alone() -> None:
    proposal = make_proposal()
    accept(proposal, "buyer")
    db.session.commit()
    assert maintain(now=LAST).settled_bundles == 0
    assert maintain(now=NOW + 10 * DAY).settled_bundles == 1
    assert maintain(now=NOW + 11 * DAY).settled_bundles == 0
    assert proposal.status == "expired"
    assert news(proposal.seller_id) == ["proposal-accepted", "proposal-expired"]
    assert news(proposal.buyer_id) == ["proposal-expired"]


def test_an_acceptance_is_taken_back_until_the_other_party_has_accepted_too() -> None:
    proposal = make_proposal()
    accept(proposal, "seller")
    take_back(proposal, "seller")
    accept(proposal, "buyer")
    assert (proposal.status, contracts()) == ("proposed", [])
    accept(proposal, "seller")
    with pytest.raises(AlreadyAnswered):
        take_back(proposal, "seller")
    assert len(contracts()) == 1


def test_a_rejection_is_for_good_and_the_other_party_reads_why() -> None:
    proposal = make_proposal()
    accept(proposal, "buyer")
    reject(proposal, "seller")
    assert proposal.status == "rejected"
    assert queries.answers_to(proposal)[-1].reason == "运费过高"
    assert news(proposal.buyer_id) == ["proposal-rejected"]
    for answer in (accept, reject, take_back):
        with pytest.raises(TransitionNotAllowed):
            answer(proposal, "buyer")


def test_a_rejection_needs_a_reason() -> None:
    proposal = make_proposal()
    for reason in ("", "  ", "x" * 2001, "x\u202e"):
        with pytest.raises(InvalidInput) as refused:
            services.reject_proposal(proposal.id, revision=1, reason=reason, actor=party(proposal, "seller"), now=NOW)
        assert refused.value.faults[0].pointer == "/reason"
    assert proposal.status == "proposed"


def test_nobody_accepts_what_it_has_not_seen() -> None:
    proposal = make_proposal()
    actor = party(proposal, "seller")
    with pytest.raises(InvalidInput) as refused:
        services.accept_proposal(proposal.id, revision=1, terms_hash="sha256:00", actor=actor, now=NOW)
    assert refused.value.faults[0].pointer == "/terms_hash"
    with pytest.raises(StaleRevision):
        services.accept_proposal(proposal.id, revision=2, terms_hash=proposal.terms_hash, actor=actor, now=NOW)
    assert proposal.seller_accepted is None


def test_only_those_who_sell_or_buy_for_a_party_answer() -> None:
    proposal = make_proposal()
    for side, role in (("seller", "buyer"), ("buyer", "seller")):
        member = make_member(organisation=getattr(proposal, side), roles=[role])
        with pytest.raises(NotAllowed):
            services.reject_proposal(proposal.id, revision=1, reason="x", actor=member.actor, now=NOW)
    with pytest.raises(NotFound):
        services.reject_proposal(proposal.id, revision=1, reason="x", actor=make_trader().actor, now=NOW)


def test_every_answer_stands_in_the_trail_with_the_hash_of_the_terms() -> None:
    proposal = make_proposal()
    accept(proposal, "seller")
    accept(proposal, "buyer")
    (contract,) = contracts()
    for organisation_id in (proposal.seller_id, proposal.buyer_id):
        entries = {
            entry.action: entry
            for entry in db.session.scalars(sa.select(AuditEntry).filter_by(organisation_id=organisation_id))
        }
        assert entries["contracts:proposal:accept"].payload == {"revision": 1, "terms_hash": proposal.terms_hash}
        assert entries["contracts:contract:concluded"].subject_id == contract.id
        assert entries["contracts:contract:concluded"].payload["terms_hash"] == proposal.terms_hash


# A need that takes all of 200 t a month or nothing, from two sellers of 100 t each.


@pytest.fixture
def tied() -> list[Proposal]:
    grade = make_grade()
    for price in ("96000", "96500"):
        make_open_order(make_trader(), "offer", grade, price=price)
    make_open_order(make_trader(), "need", grade, price="104000", volume="200", minimum_fill="1")
    round_ = make_round(grade, until="published")
    proposals = queries.proposals_of_round(round_.id)
    assert len(proposals) == 2
    assert len({each.bundle_id for each in proposals}) == 1
    return proposals


def agree(proposal: Proposal, *, now: datetime = NOW) -> None:
    accept(proposal, "seller", now=now)
    accept(proposal, "buyer", now=now)


def test_what_a_minimum_fill_ties_takes_effect_together(tied: list[Proposal]) -> None:
    one, two = tied
    agree(one)
    assert ([one.status, two.status], contracts()) == (["agreed", "proposed"], [])
    agree(two)
    assert [one.status, two.status] == ["concluded", "concluded"]
    assert len(contracts()) == 2


@pytest.mark.parametrize("first", [0, 1])
def test_when_one_is_rejected_the_other_lapses_whatever_came_first(tied: list[Proposal], first: int) -> None:
    one, two = tied
    for step in [agree, reject] if first == 0 else [reject, agree]:
        step(one) if step is agree else step(two, "seller")
    assert (one.status, two.status, contracts()) == ("lapsed", "rejected", [])
    assert one.missed == {one.need_id: ["3.6 minimum fill"]}
    for party_id in (one.seller_id, one.buyer_id):
        assert news(party_id).count("proposal-lapsed") == 1


def test_what_is_tied_lapses_when_the_other_expires(tied: list[Proposal]) -> None:
    one, two = tied
    agree(one, now=LAST)
    db.session.commit()
    assert maintain(now=NOW + 10 * DAY).settled_bundles == 1
    assert (one.status, two.status, contracts()) == ("lapsed", "expired", [])


def test_what_came_to_nothing_returns_to_the_orders(tied: list[Proposal]) -> None:
    one, two = tied
    agree(one)
    reject(two, "seller")
    for proposal in tied:
        order = db.session.get_one(Order, proposal.offer_id)
        opened = services.open_order(order.id, actor=party(proposal, "seller"), now=NOW)
        assert opened.status == "open"
        assert opened.terms["volumes"] == dict.fromkeys(MONTHS, "100")
    need = services.open_order(one.need_id, actor=party(one, "buyer"), now=NOW)
    assert need.terms["volumes"] == dict.fromkeys(MONTHS, "200")


def test_what_is_signed_is_kept_from_a_supplementary_round() -> None:
    """Two sellers fill half of a need each; one rejects, and only its half is bought again."""
    grade = make_grade()
    for price in ("96000", "96500"):
        make_open_order(make_trader(), "offer", grade, price=price)
    make_open_order(make_trader(), "need", grade, price="104000", volume="200")
    one, two = queries.proposals_of_round(make_round(grade, until="published").id)
    agree(one)
    reject(two, "seller")
    assert (one.status, two.status) == ("concluded", "rejected")
    need = services.open_order(one.need_id, actor=party(one, "buyer"), now=NOW)
    assert need.terms["volumes"] == dict.fromkeys(MONTHS, "100")
    make_open_order(make_trader(), "offer", grade, price="97000")
    (again,) = queries.proposals_of_round(make_round(grade, until="published").id)
    agree(again)
    assert {each.proposal_id for each in contracts()} == {one.id, again.id}
    bought = [queries.present_version(each).terms["volume"]["expected"] for each in contracts()]
    assert bought == ["300", "300"]


def test_proposals_nothing_ties_are_decided_each_by_itself() -> None:
    grade = make_grade()
    for price in ("96000", "96500"):
        make_open_order(make_trader(), "offer", grade, price=price)
    make_open_order(make_trader(), "need", grade, price="104000", volume="200")
    one, two = queries.proposals_of_round(make_round(grade, until="published").id)
    assert one.bundle_id != two.bundle_id
    agree(one)
    assert (one.status, two.status) == ("concluded", "proposed")


def test_the_round_states_how_long_answers_may_take() -> None:
    grade = make_grade()
    make_open_order(make_trader(), "offer", grade, price="96000")
    make_open_order(make_trader(), "need", grade, price="104000")
    round_ = make_round(grade, until="published", contracting={"answer_days": 2, "counter_days": 1})
    (proposal,) = queries.proposals_of_round(round_.id)
    assert proposal.answer_by == NOW + 2 * DAY
    told = db.session.scalars(sa.select(Message).filter_by(kind="proposals-received")).all()
    assert all("2026-12-03 10:00（北京时间）" in each.text_zh for each in told)


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ({"answer_days": 0}, "/contracting/answer_days"),
        ({"answer_days": "5"}, "/contracting/answer_days"),
        ({"answer_days": 2}, "/contracting/counter_days"),
        ({"fulfilment_month": "1.1"}, "/contracting/fulfilment_month"),
        ({"days": 3}, "/contracting/days"),
    ],
)
def test_rules_that_cannot_stand_are_refused_by_name(rules: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_round(make_grade(), contracting=rules)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_an_actor_of_neither_party_reads_nothing() -> None:
    proposal = make_proposal()
    accept(proposal, "seller")
    accept(proposal, "buyer")
    (contract,) = contracts()
    stranger: Actor = make_trader().actor
    assert queries.own_contracts(stranger).items == []
    with pytest.raises(NotFound):
        queries.own_contract(contract.id, stranger)
