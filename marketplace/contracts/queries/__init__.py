"""Reading proposals: each party its own, once they are published."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.contracts.models import (
    Bundle,
    Contract,
    ContractConfirmation,
    ContractNotice,
    ContractReopening,
    ContractVersion,
    Proposal,
    ProposalAnswer,
    ProposalRevision,
)
from marketplace.contracts.rules.lifecycle import CONFIRMED, SEEN_BY_PARTIES, STANDING
from marketplace.contracts.rules.reopener import outcome, states_price_anew
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import NotFound
from marketplace.shared.months import month_of
from marketplace.shared.paging import Page, page

PROPOSAL_SORTS: dict[str, InstrumentedAttribute[object]] = {
    "created_at": Proposal.created_at,
    "grade_id": Proposal.grade_id,
}


def own_proposal(proposal_id: str, actor: Actor) -> Proposal:
    """A published proposal to the actor's organisation; raises NotFound for any other."""
    found = db.session.scalar(_own(actor).where(Proposal.id == proposal_id))
    if found is None:
        raise NotFound("proposal", proposal_id)
    return found


def own_proposals(
    actor: Actor,
    *,
    round_id: str | None = None,
    order_id: str | None = None,
    grade_id: str | None = None,
    status: str | None = None,
    sort: str = "created_at",
    descending: bool = True,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Proposal]:
    """The published proposals to the actor's organisation; ``sort`` is one of PROPOSAL_SORTS."""
    query = _own(actor)
    if round_id is not None:
        query = query.where(Proposal.round_id == round_id)
    if order_id is not None:
        query = query.where(sa.or_(Proposal.offer_id == order_id, Proposal.need_id == order_id))
    if grade_id is not None:
        query = query.where(Proposal.grade_id == grade_id)
    if status is not None:
        query = query.where(Proposal.status == status)
    key = PROPOSAL_SORTS[sort]
    return page(query, key=key, unique=Proposal.id, descending=descending, cursor=cursor, limit=limit)


def proposals_of_round(round_id: str) -> list[Proposal]:
    """All proposals of a round, for the services."""
    return list(db.session.scalars(sa.select(Proposal).filter_by(round_id=round_id).order_by(Proposal.id)))


def bundles_of_round(round_id: str) -> list[Bundle]:
    """All bundles of a round's proposals, for the services."""
    return list(db.session.scalars(sa.select(Bundle).filter_by(round_id=round_id).order_by(Bundle.id)))


def answers_to(proposal: Proposal) -> list[ProposalAnswer]:
    """Every answer to a proposal that the caller may see, in the order given."""
    query = sa.select(ProposalAnswer).filter_by(proposal_id=proposal.id).order_by(ProposalAnswer.number)
    return list(db.session.scalars(query))


def revisions_of(proposal: Proposal) -> list[ProposalRevision]:
    """Every revision of the terms of a proposal that the caller may see, the round's own first."""
    query = sa.select(ProposalRevision).filter_by(proposal_id=proposal.id).order_by(ProposalRevision.number)
    return list(db.session.scalars(query))


CONTRACT_SORTS: dict[str, InstrumentedAttribute[object]] = {
    "concluded_at": Contract.concluded_at,
    "grade_id": Contract.grade_id,
}


def own_contract(contract_id: str, actor: Actor) -> Contract:
    """A contract of the actor's organisation; raises NotFound for any other."""
    found = db.session.scalar(_own_contracts(actor).where(Contract.id == contract_id))
    if found is None:
        raise NotFound("contract", contract_id)
    return found


def contract_to_change(contract_id: str, actor: Actor) -> Contract:
    """A contract of the actor's organisation, held against all other writers; raises NotFound for any other."""
    found = db.session.get(Contract, own_contract(contract_id, actor).id, with_for_update=HELD, populate_existing=True)
    assert found is not None
    return found


def proposal_of(contract: Contract) -> Proposal:
    """The proposal that a contract was made of."""
    return db.session.get_one(Proposal, contract.proposal_id)


def present_version(contract: Contract) -> ContractVersion:
    """The terms that hold of a contract that the caller may see; before both have confirmed it, those agreed on."""
    return version(contract, contract.in_force or 1)


def version(contract: Contract, number: int) -> ContractVersion:
    """A version of a contract that the caller may see; raises NotFound."""
    found = db.session.get(ContractVersion, (contract.id, number))
    if found is None:
        raise NotFound("version of contract", str(number))
    return found


def versions(contract: Contract) -> list[ContractVersion]:
    """All versions of a contract that the caller may see, the first one first."""
    query = sa.select(ContractVersion).filter_by(contract_id=contract.id).order_by(ContractVersion.number)
    return list(db.session.scalars(query))


def contracts_in_force() -> list[Contract]:
    """All of them, held, for the job that keeps time."""
    query = sa.select(Contract).filter_by(status="in_force").order_by(Contract.id).with_for_update(of=Contract, **HELD)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def notices(contract: Contract) -> list[ContractNotice]:
    """All notices of a contract that the caller may see, in the order given."""
    query = sa.select(ContractNotice).filter_by(contract_id=contract.id).order_by(ContractNotice.number)
    return list(db.session.scalars(query))


def notice(contract: Contract, number: int) -> ContractNotice:
    """A notice of a contract that the caller may see; raises NotFound."""
    found = db.session.get(ContractNotice, (contract.id, number))
    if found is None:
        raise NotFound("notice of contract", str(number))
    return found


def version_by_code(number: str, code: str) -> ContractVersion | None:
    """The version on whose document a number and a verification code stand together, whoever asks."""
    contract = db.session.scalar(sa.select(Contract).filter_by(number=number))
    found = [] if contract is None else versions(contract)
    return next((each for each in found if hmac.compare_digest(each.facts["code"].encode(), code.encode())), None)


def confirmations(contract_id: str, number: int) -> list[ContractConfirmation]:
    """Who confirmed a version, in the order given."""
    query = sa.select(ContractConfirmation).filter_by(contract_id=contract_id, number=number)
    return list(db.session.scalars(query.order_by(ContractConfirmation.moment, ContractConfirmation.organisation_id)))


def own_contracts(
    actor: Actor,
    *,
    round_id: str | None = None,
    grade_id: str | None = None,
    sort: str = "concluded_at",
    descending: bool = True,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Contract]:
    """The contracts of the actor's organisation; ``sort`` is one of CONTRACT_SORTS."""
    query = _own_contracts(actor)
    for column, value in ((Contract.round_id, round_id), (Contract.grade_id, grade_id)):
        if value is not None:
            query = query.where(column == value)
    key = CONTRACT_SORTS[sort]
    return page(query, key=key, unique=Contract.id, descending=descending, cursor=cursor, limit=limit)


def _own_contracts(actor: Actor) -> sa.Select[tuple[Contract]]:
    return sa.select(Contract).where(
        sa.or_(Contract.seller_id == actor.organisation_id, Contract.buyer_id == actor.organisation_id)
    )


def standing_proposals(order_id: str, round_id: str) -> list[Proposal]:
    """What a round proposed for an order and still stands, for the services."""
    query = sa.select(Proposal).where(
        Proposal.round_id == round_id,
        sa.or_(Proposal.offer_id == order_id, Proposal.need_id == order_id),
        Proposal.status.in_(STANDING),
    )
    return list(db.session.scalars(query.order_by(Proposal.id)))


def standing_terms(order_id: str, round_id: str, *, but: str | None = None) -> list[dict[str, Any]]:
    """What a round's proposals for an order, one left out if named, keep of it: of a contract what it says now."""
    standing = [each for each in standing_proposals(order_id, round_id) if each.id != but]
    concluded = [each.id for each in standing if each.status == "concluded"]
    contracts = db.session.scalars(sa.select(Contract).where(Contract.proposal_id.in_(concluded)))
    present = {each.proposal_id: present_version(each).terms for each in contracts}
    return [present.get(each.id, each.terms) for each in standing]


def _own(actor: Actor) -> sa.Select[tuple[Proposal]]:
    return sa.select(Proposal).where(
        sa.or_(Proposal.seller_id == actor.organisation_id, Proposal.buyer_id == actor.organisation_id),
        Proposal.status.in_(SEEN_BY_PARTIES),
    )


def reopenings(contract: Contract) -> list[ContractReopening]:
    """Every episode in which a contract's re-opener was triggered, the first one first."""
    query = sa.select(ContractReopening).filter_by(contract_id=contract.id).order_by(ContractReopening.number)
    return list(db.session.scalars(query))


def price_amended_in_time(contract: Contract, reopening: ContractReopening) -> bool:
    """Whether both had confirmed another price, or re-opener, before the negotiations of an episode ended."""
    before = version(contract, reopening.version).terms
    return any(
        each.number > reopening.version
        and in_force_since(each) < reopening.negotiate_until
        and states_price_anew(before, each.terms)
        for each in versions_confirmed(contract)
    )


def versions_confirmed(contract: Contract) -> list[ContractVersion]:
    """The versions that both have confirmed, whether or not they have been replaced since, the first one first."""
    return [each for each in versions(contract) if each.status in CONFIRMED]


def in_force_since(confirmed: ContractVersion) -> datetime:
    """When both had confirmed a version."""
    return max(each.moment for each in confirmations(confirmed.contract_id, confirmed.number))


def version_of_month(contract: Contract, month: str) -> ContractVersion:
    """The version whose terms hold for a month of delivery: the last that both had confirmed before it began.

    A month that has begun in Beijing stays as it was; for the first months it is the first version.
    """
    found = version(contract, 1)
    for each in versions_confirmed(contract)[1:]:
        if month_of(beijing_date(in_force_since(each))) < month:
            found = each
    return found


def outcome_of(contract: Contract, reopening: ContractReopening, now: datetime) -> str:
    """What has become of an episode: rules.reopener."""
    return outcome(
        reopening.result_if_none,
        amended=price_amended_in_time(contract, reopening),
        triggered_at=reopening.triggered_at,
        until=reopening.negotiate_until,
        now=now,
    )
