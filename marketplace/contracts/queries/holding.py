"""Which version of a contract holds when, and what has become of re-opened prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from marketplace.contracts.models import Contract, ContractReopening, ContractVersion, FormerParty, Proposal
from marketplace.contracts.queries.histories import history
from marketplace.contracts.queries.parties import former_parties
from marketplace.contracts.queries.reading import confirmations, present_version, standing_proposals, version, versions
from marketplace.contracts.rules.lifecycle import CONFIRMED
from marketplace.contracts.rules.reopener import outcome
from marketplace.shared.database import db


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


def versions_confirmed(contract: Contract) -> list[ContractVersion]:
    """The versions that both have confirmed, whether or not they have been replaced since, the first one first."""
    return [each for each in versions(contract) if each.status in CONFIRMED]


def in_force_since(confirmed: ContractVersion) -> datetime:
    """When a version took effect: both had confirmed it, or it was a novation's and a party left by it."""
    left = db.session.get(FormerParty, (confirmed.contract_id, confirmed.number))
    if left is not None:  # perhaps days after the last confirmation, once nobody could object any more
        return left.left_at
    return max(each.moment for each in confirmations(confirmed.contract_id, confirmed.number))


def version_of_month(contract: Contract, month: str) -> ContractVersion:
    """The version whose terms hold for a month of delivery: the last that had taken effect before it began.

    A month that has begun in Beijing stays as it was; for the first months it is the first version.  A month of a party
    that has left is not changed after the novation by which it did.
    """
    return version(contract, history(contract).version_of_month(month).number)


def collar_factor(contract: Contract, terms: Mapping[str, Any], month: str) -> Fraction:
    """What re-openers that ended without agreement have done to a month's floor and cap; 1 where there were none.

    ``terms``: of the version that holds for the month.
    """
    return history(contract).collar_factor(terms, month) if reopenings(contract) else Fraction(1)


def outcome_of(contract: Contract, reopening: ContractReopening, now: datetime) -> str:
    """What has become of an episode: rules.reopener."""
    past = history(contract)
    episode = next(each for each in past.episodes if each.number == reopening.number)
    return outcome(
        reopening.result_if_none,
        amended=past.amended_in_time(episode),
        triggered_at=reopening.triggered_at,
        until=reopening.negotiate_until,
        now=now,
    )
