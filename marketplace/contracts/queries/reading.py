"""Reading proposals and contracts: each party its own, proposals once they are published."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.contracts.models import (
    Bundle,
    Contract,
    ContractConfirmation,
    ContractNotice,
    ContractNovation,
    ContractVersion,
    FormerParty,
    LimitKeptRejection,
    Proposal,
    ProposalAnswer,
    ProposalRevision,
)
from marketplace.contracts.rules.lifecycle import SEEN_BY_PARTIES, STANDING
from marketplace.shared.actor import Actor
from marketplace.shared.database import HELD, chunks, db
from marketplace.shared.errors import NotAllowed, NotFound
from marketplace.shared.paging import Page, page

_AT_ONCE = 200

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


def limit_kept_rejections(organisation_id: str, grade_id: str, *, since: datetime) -> int:
    """How many proposals an organisation rejected after a moment that kept the limits of its orders of a grade."""
    query = sa.select(sa.func.count()).select_from(LimitKeptRejection)
    return db.session.scalars(
        query.where(
            LimitKeptRejection.organisation_id == organisation_id,
            LimitKeptRejection.grade_id == grade_id,
            LimitKeptRejection.moment > since,
        )
    ).one()


def rejected_within_limits(proposal: Proposal, actor: Actor) -> bool:
    """Whether the actor's organisation itself rejected a proposal that kept its own limits; nobody else may know."""
    found = db.session.get(LimitKeptRejection, proposal.id)
    return found is not None and found.organisation_id == actor.organisation_id


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
    """A contract of the actor's organisation, held against all other writers.

    Raises: NotFound for any other; NotAllowed for one that it has left, or is only asked to enter.
    """
    seen_contract(contract_id, actor)
    found = held_contract(contract_id)
    if actor.organisation_id not in (found.seller_id, found.buyer_id):  # perhaps while this waited for the lock
        raise NotAllowed("this is for the present parties of the contract")
    return found


def held_contract(contract_id: str) -> Contract:
    """A contract that the caller may see, held against all other writers."""
    return db.session.get_one(Contract, contract_id, with_for_update=HELD, populate_existing=True)


def seen_contract(contract_id: str, actor: Actor) -> Contract:
    """A contract that the actor's organisation is a party of, was one of, or is asked to enter; raises NotFound."""
    found = db.session.scalar(_seen_contracts(actor).where(Contract.id == contract_id))
    if found is None:
        raise NotFound("contract", contract_id)
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
    """The contracts that the actor's organisation may see; ``sort`` is one of CONTRACT_SORTS."""
    query = _seen_contracts(actor)
    for column, value in ((Contract.round_id, round_id), (Contract.grade_id, grade_id)):
        if value is not None:
            query = query.where(column == value)
    key = CONTRACT_SORTS[sort]
    return page(query, key=key, unique=Contract.id, descending=descending, cursor=cursor, limit=limit)


def each_own_contract(actor: Actor) -> Iterator[Contract]:
    """All contracts that the actor's organisation may see, by conclusion, read a page at a time."""
    cursor: str | None = None
    while True:
        found = own_contracts(actor, descending=False, cursor=cursor, limit=_AT_ONCE)
        yield from found.items
        if (cursor := found.next_cursor) is None:
            return


def _own_contracts(actor: Actor) -> sa.Select[tuple[Contract]]:
    return sa.select(Contract).where(
        sa.or_(Contract.seller_id == actor.organisation_id, Contract.buyer_id == actor.organisation_id)
    )


def _seen_contracts(actor: Actor) -> sa.Select[tuple[Contract]]:
    left = sa.select(FormerParty.contract_id).filter_by(organisation_id=actor.organisation_id)
    asked = (
        sa.select(ContractNovation.contract_id)
        .join(ContractNovation.version)
        .where(ContractNovation.incoming_id == actor.organisation_id, ContractVersion.status == "proposed")
    )
    own = (Contract.seller_id == actor.organisation_id, Contract.buyer_id == actor.organisation_id)
    return sa.select(Contract).where(sa.or_(*own, Contract.id.in_(left), Contract.id.in_(asked)))


def standing_proposals(order_id: str, round_id: str) -> list[Proposal]:
    """What a round proposed for an order and still stands, for the services.

    What became of a contract after the order's owner had left it by novation is nothing to the order: it stands.
    """
    left = (
        sa.select(FormerParty)
        .join(Contract, Contract.id == FormerParty.contract_id)
        .where(
            Contract.proposal_id == Proposal.id,
            sa.or_(
                sa.and_(FormerParty.side == "seller", Proposal.offer_id == order_id),
                sa.and_(FormerParty.side == "buyer", Proposal.need_id == order_id),
            ),
        )
    )
    query = sa.select(Proposal).where(
        Proposal.round_id == round_id,
        sa.or_(Proposal.offer_id == order_id, Proposal.need_id == order_id),
        sa.or_(Proposal.status.in_(STANDING), left.exists()),
    )
    return list(db.session.scalars(query.order_by(Proposal.id)))


def standing_of_needs(order_ids: Iterable[str]) -> list[tuple[Proposal, Contract | None]]:
    """What stands of these needs over all rounds, each with the contract that it has become, for the services."""
    found: list[tuple[Proposal, Contract | None]] = []
    for some in chunks(order_ids):
        query = (
            sa.select(Proposal, Contract)
            .outerjoin(Contract, Contract.proposal_id == Proposal.id)
            .where(Proposal.need_id.in_(some), Proposal.status.in_(STANDING))
            .order_by(Proposal.id)
        )
        found += [(proposal, contract) for proposal, contract in db.session.execute(query)]
    return found


def _own(actor: Actor) -> sa.Select[tuple[Proposal]]:
    return sa.select(Proposal).where(
        sa.or_(Proposal.seller_id == actor.organisation_id, Proposal.buyer_id == actor.organisation_id),
        Proposal.status.in_(SEEN_BY_PARTIES),
    )
