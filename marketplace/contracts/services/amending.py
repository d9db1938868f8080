"""A party proposes other terms for a contract in force; once both have confirmed them they replace the present ones.

What has been delivered stays: months that have begun are as they were, and so are those of a party that has left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import ContractVersion
from marketplace.contracts.rules.amendments import begun_months_faults
from marketplace.contracts.rules.document import verification_code
from marketplace.contracts.rules.lifecycle import CONTRACT, VERSION
from marketplace.contracts.rules.novation import held_until
from marketplace.contracts.rules.sealing import terms_hash
from marketplace.contracts.services.changing import changed_terms
from marketplace.contracts.services.needs import beyond_need_amended
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.months import month_of
from marketplace.shared.texts import paragraph_faults

LONGEST_REASON = 2000


def propose_amendment(
    contract_id: str, *, changes: Mapping[str, Any], reason: str, actor: Actor, now: datetime
) -> ContractVersion:
    """Put a further version beside the one in force; both parties' signatories confirm it like the first.

    ``changes``: as of a counter (rules.counters).  Allowed: members who sell (the seller's) or buy (the buyer's).
    Raises: NotFound, NotAllowed, TransitionNotAllowed unless it is in force; Conflict while another amendment is
    open; InvalidInput with every fault, or when a month that has begun would change.
    """
    contract = queries.contract_to_change(contract_id, actor)
    actor.must_be(Role.SELLER if contract.seller_id == actor.organisation_id else Role.BUYER)
    CONTRACT.next(contract.status, "amend")
    versions = queries.versions(contract)
    if any(each.status == "proposed" for each in versions):
        raise Conflict("another amendment is open, or a novation: confirm or refuse it first")
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)
    present = queries.present_version(contract)
    author = queries.side_of(contract, actor.organisation_id)
    begun = month_of(beijing_date(now))
    held = held_until(each.former for each in queries.former_parties(contract))
    terms = changed_terms(
        queries.proposal_of(contract),
        present.terms,
        changes,
        author=author,
        seller=contract.seller,
        begun=max(begun, held),
    )
    faults = list(begun_months_faults(present.terms, terms, begun, held))
    if faults:
        raise InvalidInput(faults)
    number = versions[-1].number + 1
    hash_ = terms_hash(contract.id, number, terms)
    code = verification_code(contract.number, number, hash_)
    version = ContractVersion(
        contract_id=contract.id,
        number=number,
        origin="amendment",
        author_id=actor.organisation_id,
        reason=reason.strip(),
        terms=terms,
        terms_hash=hash_,
        facts={**present.facts, "version": number, "terms_hash": hash_, "code": code},
        beyond_need=beyond_need_amended(contract, terms),
        moment=now,
    )
    db.session.add(version)
    db.session.flush()
    payload = {"number": number, "terms_hash": hash_}
    audit.record("contracts:amendment:proposed", contract.id, actor=actor, now=now, payload=payload)
    tell_of_contract(contract, "amendment-proposed", now=now, but=actor.organisation_id)
    return version


def refuse_amendment(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractVersion:
    """End a proposed amendment, by either party; the version in force stays.

    Allowed: as for proposing.  Raises: NotFound, NotAllowed, TransitionNotAllowed unless it is open; Conflict for
    the first version or a novation, which are no amendments.
    """
    contract = queries.contract_to_change(contract_id, actor)
    actor.must_be(Role.SELLER if contract.seller_id == actor.organisation_id else Role.BUYER)
    version = queries.version(contract, number)
    VERSION.next(version.status, "refuse")
    if version.origin != "amendment":
        raise Conflict("this is no amendment: the first version is confirmed, or the contract withdrawn")
    version.take("refuse")
    db.session.flush()
    audit.record("contracts:amendment:refused", contract.id, actor=actor, now=now, payload={"number": number})
    tell_of_contract(contract, "amendment-refused", now=now, but=actor.organisation_id)
    return version
