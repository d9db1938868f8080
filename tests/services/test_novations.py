"""Another organisation takes the place of a party: asked, confirmed by whom it needs, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, FormerParty
from marketplace.jobs.maintain import maintain
from marketplace.notifications.models import Message
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.contracts import make_contract, make_proposal, party
from tests.factories.novations import ask, make_contract_in_force, novate, place, sign, signatory
from tests.factories.rounds import make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
FEBRUARY = datetime(2027, 1, 31, 16, 0, tzinfo=UTC)  # begins in Beijing


@pytest.fixture
def contract(session: None) -> Contract:
    return make_contract_in_force()


@pytest.mark.parametrize("side", ["seller", "buyer"])
@pytest.mark.parametrize("by", ["seller", "buyer"])
def test_it_takes_effect_with_the_third_confirmation_whoever_asked(contract: Contract, side: str, by: str) -> None:
    incoming = make_trader()
    before = {"seller": contract.seller, "buyer": contract.buyer}
    first = queries.present_version(contract)
    novation = place(ask(contract, incoming.organisation, side=side, by=by), incoming)
    for role in ("incoming", "remaining"):
        sign(novation, role)
        assert (contract.in_force, contract.seller, contract.buyer) == (1, before["seller"], before["buyer"])
    sign(novation, "leaving")
    assert (contract.status, contract.in_force, first.status) == ("in_force", 2, "replaced")
    now_there = {"seller": contract.seller, "buyer": contract.buyer}
    assert now_there == {**before, side: incoming.organisation}
    (former,) = queries.former_parties(contract)
    assert (former.organisation_id, former.side, former.until) == (before[side].id, side, "2027-01")
    assert queries.proposal_of(contract).status == "concluded"
    assert queries.proposal_of(contract).seller_id == (before["seller"].id)


def test_facts_name_the_new_party_and_its_place_and_the_terms_stay(contract: Contract) -> None:
    first = queries.version(contract, 1)
    incoming = novate(contract)
    version = queries.present_version(contract)
    assert version.facts["seller"] == {
        "name_zh": incoming.organisation.name_zh,
        "name_latin": incoming.organisation.name_latin,
        "credit_code": incoming.organisation.credit_code,
        "site": incoming.site.name,
        "address": incoming.site.address,
    }
    assert version.facts["buyer"] == first.facts["buyer"]
    (change,) = version.facts["novations"]
    assert (change["leaving"], change["from_month"]) == (first.facts["seller"], "2027-02")
    same = ("periods", "volume", "volume_band", "value", "delivery", "clauses", "payment")
    assert {name: version.terms[name] for name in same} == {name: first.terms[name] for name in same}
    html = services.document(version, "html").decode()
    for text in (change["leaving"]["name_zh"], incoming.organisation.name_zh, "自 2027-02 起", "Former seller"):
        assert text in html
    assert "Former seller" not in services.document(first, "html").decode()


def test_months_are_held_by_whoever_was_there(contract: Contract) -> None:
    seller, buyer = contract.seller_id, contract.buyer_id
    second = novate(contract, from_month="2027-02")
    third = novate(contract, from_month="2027-03")
    held = [queries.party_in_month(contract, "seller", month) for month in ("2027-01", "2027-02", "2027-03")]
    assert held == [seller, second.organisation.id, third.organisation.id]
    assert queries.party_in_month(contract, "buyer", "2027-01") == buyer
    settled_by = [queries.version_of_month(contract, month).number for month in ("2027-01", "2027-02", "2027-03")]
    assert settled_by == [2, 3, 3]


def test_a_month_that_a_party_left_before_is_not_handed_over_again(contract: Contract) -> None:
    novate(contract, from_month="2027-03")
    with pytest.raises(InvalidInput, match="belongs to a party that left"):
        ask(contract, make_trader().organisation, from_month="2027-02")
    again = novate(contract, from_month="2027-03")  # nothing was left to the second
    assert queries.party_in_month(contract, "seller", "2027-03") == again.organisation.id
    ask(contract, make_trader().organisation, side="buyer", from_month="2027-02")  # the other side has its own months


@pytest.mark.parametrize(
    ("now", "month", "code"),
    [
        (FEBRUARY - timedelta(microseconds=1), "2027-02", None),
        (FEBRUARY, "2027-02", "past"),
        (FEBRUARY, "2027-03", None),
        (NOW, "2027-04", "not-a-month"),
        (NOW, "2026-12", "not-a-month"),
        (NOW, "soon", "not-a-month"),
    ],
)
def test_it_begins_with_a_month_of_the_contract_that_has_not_begun(
    contract: Contract, now: datetime, month: str, code: str | None
) -> None:
    incoming = make_trader().organisation
    if code is None:
        assert ask(contract, incoming, from_month=month, now=now).number == 2
        return
    with pytest.raises(InvalidInput) as refused:
        ask(contract, incoming, from_month=month, now=now)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/from_month", code)]


def test_what_has_begun_meanwhile_is_not_confirmed_any_more(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation), incoming)
    sign(novation, "remaining")
    for role in ("leaving", "incoming"):
        with pytest.raises(Conflict, match="2027-02 has begun"):
            sign(novation, role, now=FEBRUARY)
    assert contract.in_force == 1


@pytest.mark.parametrize("role", ["remaining", "leaving", "incoming"])
def test_anybody_who_is_asked_ends_it_and_then_another_may_be_asked(contract: Contract, role: str) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation), incoming)
    sign(novation, "remaining")
    who = {"remaining": contract.buyer, "leaving": contract.seller, "incoming": incoming.organisation}[role]
    services.refuse_novation(contract.id, 2, actor=signatory(who), now=NOW)
    assert [each.status for each in queries.versions(contract)] == ["in_force", "refused"]
    with pytest.raises(NotFound):
        queries.seen_contract(contract.id, signatory(incoming.organisation))
    for organisation in (contract.buyer, contract.seller):
        with pytest.raises(TransitionNotAllowed):
            services.refuse_novation(contract.id, 2, actor=signatory(organisation), now=NOW)
    assert novate(contract).organisation == contract.seller


def test_one_open_change_at_a_time(contract: Contract) -> None:
    ask(contract, make_trader().organisation)
    with pytest.raises(Conflict, match="another novation"):
        ask(contract, make_trader().organisation, side="buyer", by="seller")
    trader = party(queries.proposal_of(contract), "buyer")
    with pytest.raises(Conflict, match="or a novation"):
        services.propose_amendment(
            contract.id, changes={"payment": {"days": 7}}, reason="双方商定", actor=trader, now=NOW
        )
    with pytest.raises(Conflict, match="no amendment"):
        services.refuse_amendment(contract.id, 2, actor=trader, now=NOW)
    services.refuse_novation(contract.id, 2, actor=signatory(contract.buyer), now=NOW)
    services.propose_amendment(contract.id, changes={"payment": {"days": 7}}, reason="双方商定", actor=trader, now=NOW)
    with pytest.raises(Conflict, match="an amendment is open"):
        ask(contract, make_trader().organisation)


def test_only_what_is_in_force_or_suspended_is_handed_over() -> None:
    with pytest.raises(TransitionNotAllowed):
        ask(make_contract(), make_trader().organisation)
    contract = make_contract_in_force()
    services.give_notice(
        contract.id,
        kind="suspension",
        ground="force_majeure",
        reason="洪水",
        actor=signatory(contract.seller),
        now=NOW,
    )
    incoming = novate(contract)
    assert (contract.status, contract.seller) == ("suspended", incoming.organisation)
    services.give_notice(  # in the place of whoever suspended it
        contract.id,
        kind="resumption",
        ground="force_majeure",
        reason="新址不受影响",
        actor=signatory(incoming.organisation),
        now=NOW,
    )
    assert contract.status == "in_force"


def test_a_contract_that_ends_is_entered_by_nobody(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation), incoming)
    services.give_notice(
        contract.id, kind="termination", ground="agreed", reason="x", actor=signatory(contract.seller), now=NOW
    )
    services.consent_to_notice(contract.id, 1, actor=signatory(contract.buyer), now=NOW)
    assert novation.version.status == "refused"
    told = db.session.scalars(sa.select(Message.kind).filter_by(organisation_id=incoming.organisation.id)).all()
    assert "novation-ended" in told
    with pytest.raises(TransitionNotAllowed):
        ask(contract, incoming.organisation)


def test_a_contract_that_runs_out_is_entered_by_nobody(contract: Contract) -> None:
    novation = ask(contract, make_trader().organisation, from_month="2027-03")
    db.session.commit()
    assert maintain(now=datetime(2027, 3, 31, 16, 0, tzinfo=UTC)).completed_contracts == 1
    assert novation.version.status == "refused"


def test_open_notices_lapse_with_the_change(contract: Contract) -> None:
    services.give_notice(
        contract.id, kind="termination", ground="breach", reason="x", actor=signatory(contract.buyer), now=NOW
    )
    novate(contract)
    (notice,) = queries.notices(contract)
    assert (notice.status, notice.ended_at) == ("lapsed", NOW)
    with pytest.raises(TransitionNotAllowed):
        services.enforce_notice(contract.id, 1, actor=signatory(contract.buyer), now=NOW + 40 * DAY)


def test_all_three_have_it_in_their_trails_and_are_told(contract: Contract) -> None:
    incoming = make_trader()
    three = {contract.seller_id, contract.buyer_id, incoming.organisation.id}
    novation = place(ask(contract, incoming.organisation), incoming)
    for role in ("remaining", "leaving", "incoming"):
        sign(novation, role)
    for step in ("proposed", "place-named", "effective"):
        found = db.session.scalars(sa.select(AuditEntry).filter_by(action=f"contracts:novation:{step}")).all()
        assert {each.organisation_id for each in found} == three, step
    told = db.session.scalars(sa.select(Message).filter_by(subject_id=contract.id, kind="novation-effective")).all()
    assert {each.organisation_id for each in told} == three
    asked = db.session.scalars(sa.select(Message).filter_by(subject_id=contract.id, kind="novation-proposed")).all()
    assert {each.organisation_id for each in asked} == three - {contract.buyer_id}


def test_signatories_alone_propose_and_answer(contract: Contract) -> None:
    incoming = make_trader()
    trader = party(queries.proposal_of(contract), "buyer")
    with pytest.raises(NotAllowed):
        services.propose_novation(
            contract.id,
            side="seller",
            credit_code=incoming.organisation.credit_code,
            from_month="2027-02",
            ground="agreed",
            reason="x",
            actor=trader,
            now=NOW,
        )
    ask(contract, incoming.organisation)
    for act in (services.refuse_novation, services.enforce_novation):
        with pytest.raises(NotAllowed):
            act(contract.id, 2, actor=trader, now=NOW)
        with pytest.raises(NotFound):
            act(contract.id, 2, actor=signatory(make_trader().organisation), now=NOW)


def test_a_party_that_has_left_changes_nothing(contract: Contract) -> None:
    seller = contract.seller
    novate(contract)
    left = signatory(seller)
    trader = party(queries.proposal_of(contract), "seller")
    assert trader.organisation_id == seller.id
    for act in (
        lambda: services.give_notice(contract.id, kind="suspension", ground="agreed", reason="x", actor=left, now=NOW),
        lambda: services.propose_amendment(contract.id, changes={}, reason="x", actor=trader, now=NOW),
        lambda: services.withdraw_from_contract(contract.id, actor=left, now=NOW),
        lambda: services.propose_novation(
            contract.id,
            side="seller",
            credit_code=seller.credit_code,
            from_month="2027-03",
            ground="agreed",
            reason="x",
            actor=left,
            now=NOW,
        ),
    ):
        with pytest.raises(NotAllowed, match="present parties"):
            act()
    with pytest.raises(NotFound):
        queries.own_contract(contract.id, left)


def test_of_a_small_supplier_that_enters_the_wait_is_said() -> None:
    contract = make_contract_in_force(payment={"days": 90})
    assert not queries.present_version(contract).terms["payment"]["late_for_small_supplier"]
    small = make_trader(small=True)
    novation = ask(contract, small.organisation)
    assert novation.version.terms["payment"]["late_for_small_supplier"]


def test_nobody_else_reads_that_there_was_a_former_party(contract: Contract) -> None:
    novate(contract)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FormerParty)) == 1
    with pytest.raises(NotFound):
        queries.seen_contract(contract.id, make_trader().actor)
    assert make_proposal().status == "proposed"
