"""A contract's document, its confirmation by both parties, and what happens when one of them does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.rules.answers import AlreadyAnswered
from marketplace.contracts.rules.numbers import is_contract_number
from marketplace.notifications.models import Message
from marketplace.shared.actor import Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.contracts import confirm, make_contract, party
from tests.factories.rounds import MONTHS, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)


def test_the_document_is_the_same_bytes_whenever_it_is_made_and_whoever_is_renamed() -> None:
    contract = make_contract()
    version = queries.present_version(contract)
    first = services.document(version, "pdf")
    version.moment += timedelta(microseconds=1)
    assert services.document(version, "pdf") == first
    contract.seller.name_zh = "改名有限公司"
    db.session.flush()
    assert services.document(version, "pdf") == first
    assert first.startswith(b"%PDF-")
    html = services.document(version, "html").decode()
    for said in (contract.number, version.terms_hash, version.facts["code"], version.facts["seller"]["name_zh"]):
        assert said in html
    assert "改名有限公司" not in html
    for month in MONTHS:
        assert month in html


def test_both_confirm_and_it_is_in_force() -> None:
    contract = make_contract()
    assert (contract.status, contract.in_force) == ("awaiting_confirmation", None)
    assert is_contract_number(contract.number)
    confirm(contract, "buyer")
    assert (contract.status, contract.in_force) == ("awaiting_confirmation", None)
    confirm(contract, "seller")
    assert (contract.status, contract.in_force) == ("in_force", 1)
    version = queries.present_version(contract)
    assert version.status == "in_force"
    assert version.pdf_hash == services.document_hash(services.document(version, "pdf"))
    for organisation_id in (contract.seller_id, contract.buyer_id):
        entries = db.session.scalars(sa.select(AuditEntry).filter_by(organisation_id=organisation_id)).all()
        (confirmed,) = (each for each in entries if each.action == "contracts:version:confirmed")
        assert confirmed.payload["document_hash"] == version.pdf_hash
        told = db.session.scalars(sa.select(Message).filter_by(organisation_id=organisation_id)).all()
        assert [each.kind for each in told].count("contract-in-force") == 1


def test_what_was_confirmed_is_kept_and_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = make_contract()
    confirm(contract, "seller")
    version = queries.present_version(contract)
    kept = services.document(version, "pdf")
    monkeypatch.setattr("typst.compile", lambda *_, **__: b"set otherwise")
    assert services.document(version, "pdf") == kept
    confirm(contract, "buyer")
    assert version.pdf == kept


def test_whoever_confirms_twice_or_another_document_is_refused() -> None:
    contract = make_contract()
    signatory = make_member(organisation=contract.seller, roles=(Role.SIGNATORY,)).actor
    with pytest.raises(InvalidInput) as refused:
        services.confirm_version(contract.id, 1, pdf_hash="sha256:00", actor=signatory, now=NOW)
    assert refused.value.faults[0].pointer == "/pdf_hash"
    with pytest.raises(NotFound):
        services.confirm_version(contract.id, 2, pdf_hash="sha256:00", actor=signatory, now=NOW)
    assert queries.confirmations(contract.id, 1) == []
    confirm(contract, "seller")
    with pytest.raises(AlreadyAnswered):
        confirm(contract, "seller")
    confirm(contract, "buyer")
    with pytest.raises(AlreadyAnswered):
        confirm(contract, "buyer")


def test_only_signatories_of_the_parties_confirm() -> None:
    contract = make_contract()
    pdf_hash = services.document_hash(services.document(queries.present_version(contract), "pdf"))
    trader = make_member(organisation=contract.seller, roles=(Role.SELLER, Role.BUYER)).actor
    with pytest.raises(NotAllowed):
        services.confirm_version(contract.id, 1, pdf_hash=pdf_hash, actor=trader, now=NOW)
    stranger = make_member(organisation=make_trader().organisation, roles=(Role.SIGNATORY,)).actor
    with pytest.raises(NotFound):
        services.confirm_version(contract.id, 1, pdf_hash=pdf_hash, actor=stranger, now=NOW)


def test_a_party_leaves_a_contract_that_the_other_did_not_confirm_in_time() -> None:
    contract = make_contract()
    signatory = make_member(organisation=contract.seller, roles=(Role.SIGNATORY,)).actor
    late = NOW + 15 * DAY
    with pytest.raises(Conflict, match="has not confirmed it either"):
        services.withdraw_from_contract(contract.id, actor=signatory, now=late)
    confirm(contract, "seller")
    with pytest.raises(Conflict, match="may confirm until 2026-12-16"):
        services.withdraw_from_contract(contract.id, actor=signatory, now=late - timedelta(microseconds=1))
    services.withdraw_from_contract(contract.id, actor=signatory, now=late)
    assert contract.status == "withdrawn"
    with pytest.raises(TransitionNotAllowed):
        confirm(contract, "buyer")
    proposal = queries.proposal_of(contract)
    assert proposal.status == "withdrawn"
    again = services.open_order(proposal.offer_id, actor=party(proposal, "seller"), now=NOW)
    assert again.terms["volumes"] == dict.fromkeys(MONTHS, "100")


def test_a_late_confirmation_counts_until_the_other_has_left() -> None:
    contract = make_contract()
    confirm(contract, "seller")
    confirm(contract, "buyer", now=NOW + 30 * DAY)
    assert contract.status == "in_force"
    signatory = make_member(organisation=contract.seller, roles=(Role.SIGNATORY,)).actor
    with pytest.raises(TransitionNotAllowed):
        services.withdraw_from_contract(contract.id, actor=signatory, now=NOW + 30 * DAY)


def test_anybody_may_ask_whether_a_document_is_genuine() -> None:
    contract = make_contract()
    version = queries.present_version(contract)
    assert queries.version_by_code(contract.number, version.facts["code"]) is version
    assert queries.version_by_code(contract.number, "0000-0000-0000-0000") is None
    assert queries.version_by_code("CD-2026-0000000000-00", version.facts["code"]) is None
    assert queries.version_by_code(contract.number, "码") is None
