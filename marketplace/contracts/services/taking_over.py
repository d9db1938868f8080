"""A novation takes effect: the contract has another party, and the one that leaves keeps its months and its reading."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractNovation, FormerParty
from marketplace.contracts.rules.lifecycle import CONTRACT, VERSION
from marketplace.contracts.rules.novation import lacking
from marketplace.contracts.services.deliverability import commit, draws_of, must_be_deliverable
from marketplace.contracts.services.telling import tell_of_novation
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, NotAllowed
from marketplace.shared.months import month_of, shifted


def enforce_novation(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractNovation:
    """Let a novation for insolvency take effect once the leaving party's days to object are over.

    Allowed: signatories of the party that remains or of the one that enters.
    Raises: NotFound, NotAllowed, TransitionNotAllowed, BeyondCapacity; Conflict while a confirmation is lacking, or
    when its first month has begun.
    """
    contract, novation = novation_to_change(contract_id, number, actor)
    if actor.organisation_id == novation.leaving_id:
        raise NotAllowed("this is for the party that remains or the one that enters")
    VERSION.next(novation.version.status, "put_in_force")
    must_be_possible(contract, novation, novation.site_id, now)
    left = _lacking(contract, novation, now)
    if left:
        raise Conflict(f"not confirmed yet by: {', '.join(left)}")
    _take_effect(contract, novation, actor, now)
    return novation


def novation_to_change(contract_id: str, number: int, actor: Actor) -> tuple[Contract, ContractNovation]:
    """A novation that the actor's organisation may see, and its contract, held against all other writers.

    Raises: NotFound; NotAllowed without the role.
    """
    actor.must_be(Role.SIGNATORY)
    queries.seen_contract(contract_id, actor)
    contract = queries.held_contract(contract_id)
    queries.seen_version(contract, number, actor)
    return contract, queries.novation(contract, number)


def must_be_possible(contract: Contract, novation: ContractNovation, site_id: str | None, now: datetime) -> None:
    """Whether a novation that is not in effect could be today; ``site_id``: the place of the party that enters.

    Raises: TransitionNotAllowed unless the contract is in force or suspended; BeyondCapacity; Conflict before the
    party that enters has named its place, while it is not verified, and once the first month has begun.
    """
    CONTRACT.next(contract.status, "novate")
    if not novation.incoming.verified:
        raise Conflict("the party that enters is not verified any more")
    if site_id is None:
        raise Conflict("the party that enters has yet to name its place")
    if novation.from_month <= month_of(beijing_date(now)):
        raise Conflict(f"{novation.from_month} has begun: refuse this novation and propose another")
    if novation.side == "seller":
        entering = (novation.from_month, site_id)
        must_be_deliverable(draws_of(contract, novation.version.terms, entering=entering), contract)


def after_confirmation(contract: Contract, novation: ContractNovation, *, actor: Actor, now: datetime) -> None:
    """A possible novation takes effect with the last confirmation that it needs."""
    if _lacking(contract, novation, now):
        tell_of_novation(contract, novation, "confirmed", by=actor, now=now)
    else:
        _take_effect(contract, novation, actor, now)


def everybody(contract: Contract, novation: ContractNovation) -> list[str]:
    """The three whom a novation is about: whose trails it stands in."""
    return sorted({contract.seller_id, contract.buyer_id, *novation.parties.values()})


def _lacking(contract: Contract, novation: ContractNovation, now: datetime) -> list[str]:
    return lacking(queries.confirmed_roles(contract, novation), novation.days_end, now)


def _take_effect(contract: Contract, novation: ContractNovation, actor: Actor, now: datetime) -> None:
    version = novation.version
    contract.take("novate")
    for notice in queries.notices(contract):
        if notice.status == "given":  # what the two announced to each other is not announced to a third
            notice.take("lapse")
            notice.ended_at = now
            for party in (contract.seller_id, contract.buyer_id):
                audit.record(
                    "contracts:notice:lapsed",
                    contract.id,
                    actor=actor,
                    now=now,
                    organisation_id=party,
                    payload={"number": notice.number},
                )
    assert contract.in_force is not None
    queries.version(contract, contract.in_force).take("replace")
    version.take("put_in_force")
    contract.in_force = version.number
    db.session.add(
        FormerParty(
            contract_id=contract.id,
            number=novation.number,
            organisation_id=novation.leaving_id,
            side=novation.side,
            until=shifted(novation.from_month, -1),
            left_at=now,
        )
    )
    three = everybody(contract, novation)
    if novation.side == "seller":
        contract.seller = novation.incoming
    else:
        contract.buyer = novation.incoming
    db.session.flush()
    commit(contract, draws_of(contract, version.terms))
    payload = {
        "number": novation.number,
        "side": novation.side,
        "leaving": novation.leaving_id,
        "incoming": novation.incoming_id,
        "from_month": novation.from_month,
        "terms_hash": version.terms_hash,
        "document_hash": version.pdf_hash,
    }
    for party in three:
        audit.record(
            "contracts:novation:effective", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_novation(contract, novation, "effective", by=actor, now=now)
