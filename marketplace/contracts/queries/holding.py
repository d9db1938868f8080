"""Which version of a contract holds when, and what has become of re-opened prices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.contracts.models import Contract, ContractReopening, ContractVersion, Proposal
from marketplace.contracts.queries.parties import former_parties
from marketplace.contracts.queries.reading import confirmations, present_version, standing_proposals, version, versions
from marketplace.contracts.rules.lifecycle import CONFIRMED
from marketplace.contracts.rules.reopener import outcome, states_price_anew
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.months import month_of


def ended_contracts(order_id: str, round_id: str) -> list[Contract]:
    """The contracts of a round's proposals for an order that were ended before their term was over."""
    query = (
        sa.select(Contract)
        .join(Proposal, Proposal.id == Contract.proposal_id)
        .where(
            Proposal.round_id == round_id,
            sa.or_(Proposal.offer_id == order_id, Proposal.need_id == order_id),
            Proposal.status == "ended",
        )
    )
    return list(db.session.scalars(query.order_by(Contract.id)))


def standing_terms(order_id: str, round_id: str, *, but: str | None = None) -> list[dict[str, Any]]:
    """What a round's proposals for an order, one left out if named, keep of it.

    Of a contract that is what it says now; of one that the order's owner has left, what it said then.
    """
    standing = [each for each in standing_proposals(order_id, round_id) if each.id != but]
    ids = [each.id for each in standing]
    contracts = {
        each.proposal_id: each for each in db.session.scalars(sa.select(Contract).where(Contract.proposal_id.in_(ids)))
    }
    found = []
    for proposal in standing:
        contract = contracts.get(proposal.id)
        if contract is None:
            found.append(proposal.terms)
            continue
        left = former_parties(contract, "seller" if proposal.offer_id == order_id else "buyer")
        held = version(contract, left[0].number) if left else present_version(contract)
        found.append(held.terms)
    return found


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

    A month that has begun in Beijing stays as it was; for the first months it is the first version.  A month of a party
    that has left is not changed after the novation by which it did.
    """
    found = version(contract, 1)
    left = min((each.number for each in former_parties(contract) if month <= each.until), default=None)
    for each in versions_confirmed(contract)[1:]:
        if left is not None and each.number > left:
            break
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
