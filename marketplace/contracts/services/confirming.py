"""Authorised members confirm the document of a version for their organisations; with all whom it needs it is in force.

These are both parties; of a novation the party that enters as well.
"""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractConfirmation, ContractNovation, ContractVersion
from marketplace.contracts.rules.amendments import begun_months_faults
from marketplace.contracts.rules.answers import AlreadyAnswered
from marketplace.contracts.rules.lifecycle import CONTRACT, VERSION
from marketplace.contracts.rules.novation import NOVATION
from marketplace.contracts.services.deliverability import commit, draws_of, must_be_deliverable
from marketplace.contracts.services.documents import document, document_hash
from marketplace.contracts.services.taking_over import after_confirmation, must_be_possible
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed
from marketplace.shared.months import month_of


def confirm_version(contract_id: str, number: int, *, pdf_hash: str, actor: Actor, now: datetime) -> Contract:
    """Confirm the document of a version for one's organisation; the hash says which document was read.

    Allowed: signatories of both parties, of a novation also those of the one that enters, if their organisations are
    verified.
    Changes: with all confirmations the version is in force, and the one before it is replaced.
    Raises: NotFound, NotAllowed, AlreadyAnswered, TransitionNotAllowed, BeyondCapacity; Conflict of a novation without
    a place or too late; InvalidInput: the hash of another document.
    """
    actor.must_be(Role.SIGNATORY)
    if not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can confirm a contract")
    queries.seen_contract(contract_id, actor)
    contract = queries.held_contract(contract_id)
    version = queries.seen_version(contract, number, actor)
    novation = queries.novation(contract, number) if version.origin == NOVATION else None
    if actor.organisation_id not in _asked(contract, novation):
        raise NotAllowed("this is for the parties that the version names")
    confirmed = queries.confirmations(contract.id, number)
    if actor.organisation_id in {each.organisation_id for each in confirmed}:
        raise AlreadyAnswered("your organisation has confirmed this version before")
    VERSION.next(version.status, "confirm")
    if novation is not None:
        must_be_possible(contract, novation, novation.site_id, now)
    pdf = document(version, "pdf")
    if pdf_hash != document_hash(pdf):
        message = "is not the hash of the document; read it again"
        raise InvalidInput.at("/pdf_hash", message, pdf_hash[:80], document_hash(pdf), "contradiction")
    if novation is None and contract.in_force is not None:
        CONTRACT.next(contract.status, "amend")
        _must_leave_what_has_begun(contract, version, now)
        must_be_deliverable(draws_of(contract, version.terms), contract)
    version.take("confirm")
    version.pdf, version.pdf_hash = pdf, document_hash(pdf)
    db.session.add(
        ContractConfirmation(
            contract_id=contract.id,
            number=number,
            organisation_id=actor.organisation_id,
            member_id=actor.member_id,
            document_hash=version.pdf_hash,
            moment=now,
        )
    )
    db.session.flush()
    payload = {"number": number, "terms_hash": version.terms_hash, "document_hash": version.pdf_hash}
    audit.record("contracts:version:confirmed", contract.id, actor=actor, now=now, payload=payload)
    if novation is not None:
        after_confirmation(contract, novation, actor=actor, now=now)
    elif len(confirmed) == 1:
        _put_in_force(contract, version, actor=actor, now=now)
    else:
        tell_of_contract(contract, "confirmed", now=now, but=actor.organisation_id)
    return contract


def withdraw_from_contract(contract_id: str, *, actor: Actor, now: datetime) -> Contract:
    """Leave a contract that the other party has not confirmed in time; its volume returns to both orders.

    Allowed: signatories of a party that has confirmed it itself.
    Raises: NotFound, NotAllowed, TransitionNotAllowed; Conflict in time, or without one's own confirmation.
    """
    actor.must_be(Role.SIGNATORY)
    contract = queries.contract_to_change(contract_id, actor)
    CONTRACT.next(contract.status, "withdraw")
    if now < contract.confirm_by:
        raise Conflict(f"the other party may confirm until {contract.confirm_by.isoformat()}")
    if actor.organisation_id not in {each.organisation_id for each in queries.confirmations(contract.id, 1)}:
        raise Conflict("your own organisation has not confirmed it either")
    contract.take("withdraw")
    queries.version(contract, 1).take("refuse")
    queries.proposal_of(contract).take("withdraw")
    db.session.flush()
    for party in (contract.seller_id, contract.buyer_id):
        audit.record("contracts:contract:withdrawn", contract.id, actor=actor, now=now, organisation_id=party)
    tell_of_contract(contract, "withdrawn", now=now)
    return contract


def _put_in_force(contract: Contract, version: ContractVersion, *, actor: Actor, now: datetime) -> None:
    if contract.in_force is not None:
        commit(contract, draws_of(contract, version.terms))
        queries.version(contract, contract.in_force).take("replace")
    version.take("put_in_force")
    contract.take("put_in_force" if contract.in_force is None else "amend")
    contract.in_force = version.number
    db.session.flush()
    payload = {"number": version.number, "terms_hash": version.terms_hash, "document_hash": version.pdf_hash}
    for party in (contract.seller_id, contract.buyer_id):
        audit.record(
            "contracts:version:in-force", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_contract(contract, "in-force", now=now)


def _must_leave_what_has_begun(contract: Contract, version: ContractVersion, now: datetime) -> None:
    """Months may have begun since an amendment was proposed; raises Conflict where it would change one."""
    present = queries.present_version(contract).terms
    begun = list(begun_months_faults(present, version.terms, month_of(beijing_date(now))))
    if begun:
        raise Conflict(f"{', '.join(fault.message for fault in begun)}: refuse the amendment and propose another one")


def _asked(contract: Contract, novation: ContractNovation | None) -> set[str]:
    """Whose confirmation counts."""
    parties = {contract.seller_id, contract.buyer_id}
    return parties if novation is None else {*parties, novation.incoming_id}
