"""Another organisation is asked to take the place of one party; it names its place, and anybody asked may refuse.

The party that enters reads the terms that it would sign from the moment it is asked, and nothing of how they came up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marketplace.accounts import queries as accounts
from marketplace.capacity import queries as capacity
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractNovation, ContractVersion
from marketplace.contracts.rules.answers import AlreadyAnswered
from marketplace.contracts.rules.document import Side, verification_code
from marketplace.contracts.rules.lifecycle import CONTRACT, VERSION
from marketplace.contracts.rules.novation import (
    NOVATION,
    effective_from,
    held_until,
    month_faults,
    reference_faults,
    taken_over,
)
from marketplace.contracts.rules.sealing import terms_hash
from marketplace.contracts.services.changing import for_seller
from marketplace.contracts.services.concluding import named
from marketplace.contracts.services.entering import ROLE_OF_SIDE, incoming_faults, place_faults
from marketplace.contracts.services.taking_over import everybody, must_be_possible, novation_to_change
from marketplace.contracts.services.telling import tell_of_novation
from marketplace.rounds import queries as rounds
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotAllowed
from marketplace.shared.quantities import amount_text
from marketplace.shared.texts import line_faults, paragraph_faults

LONGEST_REASON = 2000
LONGEST_REFERENCE = 200


def propose_novation(
    contract_id: str,
    *,
    side: str,
    credit_code: str,
    from_month: str,
    ground: str,
    reason: str,
    court_reference: str | None = None,
    actor: Actor,
    now: datetime,
) -> ContractNovation:
    """Ask another organisation to be the seller, or the buyer, from a month on; the terms stay as they are.

    ``credit_code``: of the organisation that is to enter; ``court_reference``: of an insolvency, and of it alone.
    Allowed: signatories of either present party.
    Raises: NotFound, NotAllowed, TransitionNotAllowed unless the contract is in force or suspended; Conflict while an
    amendment or another novation is open; InvalidInput with every fault.
    """
    actor.must_be(Role.SIGNATORY)
    contract = queries.contract_to_change(contract_id, actor)
    CONTRACT.next(contract.status, "novate")
    versions = queries.versions(contract)
    if any(each.status == "proposed" for each in versions):
        raise Conflict("an amendment is open, or another novation: confirm or refuse it first")
    present = queries.present_version(contract)
    days_end = effective_from(ground, present.terms["clauses"], now)
    held = held_until(each.former for each in queries.former_parties(contract, side))
    incoming = accounts.organisation_by_credit_code(credit_code)
    faults = [
        *_side_faults(side),
        *incoming_faults(contract, side, credit_code, incoming),
        *month_faults(from_month, present.terms["periods"], held, days_end, now),
        *reference_faults(ground, court_reference),
        *([] if court_reference is None else line_faults("/court_reference", court_reference, LONGEST_REFERENCE)),
        *paragraph_faults("/reason", reason, LONGEST_REASON),
    ]
    if faults:
        raise InvalidInput(faults)
    assert incoming is not None
    number = versions[-1].number + 1
    terms = taken_over(present.terms)
    if side == "seller":
        terms = for_seller(terms, incoming, rounds.round_by_id(contract.round_id))
    hash_ = terms_hash(contract.id, number, terms)
    code = verification_code(contract.number, number, hash_)
    version = ContractVersion(
        contract_id=contract.id,
        number=number,
        origin=NOVATION,
        status=VERSION.initial,
        author_id=actor.organisation_id,
        reason=reason.strip(),
        terms=terms,
        terms_hash=hash_,
        facts={**present.facts, "version": number, "terms_hash": hash_, "code": code},
        moment=now,
    )
    novation = ContractNovation(
        contract_id=contract.id,
        number=number,
        side=side,
        leaving_id=queries.present(contract, side),
        incoming_id=incoming.id,
        from_month=from_month,
        ground=ground,
        court_reference=court_reference,
        days_end=days_end,
        version=version,
    )
    db.session.add_all([version, novation])
    db.session.flush()
    payload = {"side": side, "incoming": incoming.id, "from_month": from_month, "ground": ground, "terms_hash": hash_}
    _record(contract, novation, "proposed", actor, now, payload)
    tell_of_novation(contract, novation, "proposed", by=actor, now=now)
    return novation


def name_place(contract_id: str, number: int, *, site_id: str, actor: Actor, now: datetime) -> ContractNovation:
    """The organisation that is asked to enter says where its goods leave, or arrive; that completes the document.

    Allowed: its signatories, if it is verified.
    Raises: NotFound, NotAllowed, TransitionNotAllowed, AlreadyAnswered; BeyondCapacity where a seller's place cannot
    make what is left of the contract beside all else that is signed from there; InvalidInput: no active site of its
    own, or certificates that the remaining party's order requires are not held there through the term.
    """
    contract, novation = novation_to_change(contract_id, number, actor)
    if actor.organisation_id != novation.incoming_id:
        raise NotAllowed("this is for the organisation that is asked to enter")
    if not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can enter a contract")
    version = novation.version
    VERSION.next(version.status, "confirm")
    if novation.site_id is not None:
        raise AlreadyAnswered("your organisation has named its place before")
    faults = list(place_faults(contract, novation, site_id, actor))
    if faults:
        raise InvalidInput(faults)
    must_be_possible(contract, novation, site_id, now)
    novation.site_id = site_id
    if novation.side == "seller":
        months = [novation.from_month]
        novation.capacity_stated = capacity.of_site(site_id, contract.grade_id, months) is not None
    version.facts = _facts(
        version, novation, named(novation.incoming, accounts.site(site_id)), _moved(contract, novation, now)
    )
    db.session.flush()
    _record(contract, novation, "place-named", actor, now, {"site": site_id})
    tell_of_novation(contract, novation, "place-named", by=actor, now=now)
    return novation


def refuse_novation(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractNovation:
    """End a proposed novation, by any of the three; the version in force stays.

    Allowed: their signatories; of the party that leaves in an insolvency until its days to object are over.
    Raises: NotFound, NotAllowed, TransitionNotAllowed unless it is open; Conflict after these days.
    """
    contract, novation = novation_to_change(contract_id, number, actor)
    VERSION.next(novation.version.status, "refuse")
    if actor.organisation_id == novation.leaving_id and novation.days_end is not None and now >= novation.days_end:
        raise Conflict(f"objections counted before {novation.days_end.isoformat()}")
    _end(contract, novation, "refused", actor, now)
    return novation


def end_open_novation(contract: Contract, *, actor: Actor, now: datetime) -> None:
    """A contract that ends is entered by nobody: end its open novation, if there is one."""
    novation = queries.open_novation(contract)
    if novation is not None:
        _end(contract, novation, "ended", actor, now)


def _end(contract: Contract, novation: ContractNovation, news: str, actor: Actor, now: datetime) -> None:
    novation.version.take("refuse")
    db.session.flush()
    _record(contract, novation, news, actor, now, {})
    tell_of_novation(contract, novation, news, by=actor, now=now)


def _side_faults(side: str) -> Iterator[Fault]:
    if side not in ROLE_OF_SIDE:
        yield Fault("/side", "is no side of a contract", side, ", ".join(ROLE_OF_SIDE), "not-a-choice")


def _moved(contract: Contract, novation: ContractNovation, now: datetime) -> dict[str, Any]:
    """What the document says of floor and cap that a re-opener has moved of the months that go over; mostly nothing."""
    past = queries.history(contract)
    collars = [
        {"period": each.period, "floor": amount_text(each.floor), "cap": amount_text(each.cap)}
        for each in queries.moved_collars(contract, past, novation.incoming_id, now)
    ]
    return {"collars": collars, "collars_on": beijing_date(now).isoformat()} if collars else {}


def _facts(
    version: ContractVersion, novation: ContractNovation, incoming: Side, moved: dict[str, Any]
) -> dict[str, Any]:
    """What the document says beside the terms once all three are named; whoever left before stays named."""
    change = {
        "version": version.number,
        "side": novation.side,
        "leaving": version.facts[novation.side],
        "incoming": asdict(incoming),
        "from_month": novation.from_month,
        "ground": novation.ground,
        "court_reference": novation.court_reference,
        **moved,
    }
    before = version.facts.get("novations", [])
    return {**version.facts, novation.side: asdict(incoming), "novations": [*before, change]}


def _record(
    contract: Contract, novation: ContractNovation, news: str, actor: Actor, now: datetime, payload: dict[str, Any]
) -> None:
    told = {"number": novation.number, **payload}
    for party in everybody(contract, novation):
        audit.record(
            f"contracts:novation:{news}", contract.id, actor=actor, now=now, organisation_id=party, payload=told
        )
