"""Suspending, resuming and ending a contract: one party gives notice, and it takes effect as rules.notices say."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractNotice
from marketplace.contracts.rules.lifecycle import CONTRACT
from marketplace.contracts.rules.notices import (
    ACTIONS,
    AGREED,
    FORCE_MAJEURE,
    NOTICE,
    REOPENER,
    RESUMPTION,
    SUSPENSION,
    TERMINATION,
    check_ground,
    effective_from,
)
from marketplace.contracts.services.novating import end_open_novation
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed
from marketplace.shared.months import month_of
from marketplace.shared.texts import paragraph_faults

LONGEST_REASON = 2000


def give_notice(
    contract_id: str, *, kind: str, ground: str, reason: str, actor: Actor, now: datetime
) -> ContractNotice:
    """Announce a suspension, a resumption or the end of a contract; what needs nobody else takes effect at once.

    Allowed: signatories of either party; to resume after force majeure, of the party that suspended.
    Raises: NotFound, NotAllowed, InvalidInput, TransitionNotAllowed; Conflict while another notice is open, or where no
    re-opener is the ground that is named.
    """
    actor.must_be(Role.SIGNATORY)
    check_ground(kind, ground)
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)
    contract = queries.contract_to_change(contract_id, actor)
    CONTRACT.next(contract.status, ACTIONS[kind])
    earlier = queries.notices(contract)
    if any(each.status == "given" for each in earlier):
        raise Conflict("another notice is open: consent to it, refuse it or withdraw it first")
    if ground == REOPENER and not any(
        queries.outcome_of(contract, each, now) == "terminable" for each in queries.reopenings(contract)
    ):
        raise Conflict("no re-opener lets this contract be ended now")
    forced = _suspended_by_force(contract, earlier)
    if kind == RESUMPTION and ground == FORCE_MAJEURE and (forced is None or not _is_own(contract, forced, actor)):
        raise NotAllowed("whoever suspended the contract for force majeure says when it is over")
    clauses = queries.present_version(contract).terms["clauses"]
    since = None if forced is None else forced.ended_at
    notice = ContractNotice(
        contract_id=contract.id,
        number=len(earlier) + 1,
        author_id=actor.organisation_id,
        member_id=actor.member_id,
        kind=kind,
        ground=ground,
        reason=reason.strip(),
        status=NOTICE.initial,
        effective_from=effective_from(kind, ground, clauses, now=now, suspended_since=since),
        given_at=now,
    )
    db.session.add(notice)
    db.session.flush()
    _record(contract, notice, "given", actor, now)
    tell_of_contract(contract, f"{kind}-given", now=now, but=actor.organisation_id)
    if notice.effective_from is not None and notice.effective_from <= now:
        _take_effect(contract, notice, actor, now)
    return notice


def consent_to_notice(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractNotice:
    """The other party consents; what was announced takes effect, on whatever ground.

    Allowed: signatories of the other party.  Raises: NotFound, NotAllowed, TransitionNotAllowed.
    """
    contract, notice = _open_notice(contract_id, number, actor, own=False)
    _take_effect(contract, notice, actor, now)
    return notice


def refuse_notice(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractNotice:
    """The other party does not consent to what can only be agreed.

    Allowed: signatories of the other party.
    Raises: NotFound, NotAllowed, TransitionNotAllowed; Conflict where no consent is needed.
    """
    contract, notice = _open_notice(contract_id, number, actor, own=False)
    if notice.ground != AGREED:
        raise Conflict("this notice needs no consent; mend what it is about, or ask its author to withdraw it")
    return _ended(contract, notice, "refuse", "refused", actor, now)


def withdraw_notice(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractNotice:
    """Its author takes a notice back that has not taken effect, for example since a breach was mended.

    Allowed: signatories of its author.  Raises: NotFound, NotAllowed, TransitionNotAllowed.
    """
    contract, notice = _open_notice(contract_id, number, actor, own=True)
    return _ended(contract, notice, "withdraw", "withdrawn", actor, now)


def enforce_notice(contract_id: str, number: int, *, actor: Actor, now: datetime) -> ContractNotice:
    """Its author lets a notice take effect whose days are over.

    Allowed: signatories of its author.
    Raises: NotFound, NotAllowed, TransitionNotAllowed; Conflict before its days are over, or where consent is needed.
    """
    contract, notice = _open_notice(contract_id, number, actor, own=True)
    if notice.effective_from is None:
        raise Conflict("this takes effect when the other party consents")
    if now < notice.effective_from:
        raise Conflict(f"this takes effect from {notice.effective_from.isoformat()} on")
    _take_effect(contract, notice, actor, now)
    return notice


def complete_contracts(*, now: datetime, actor: Actor = SYSTEM) -> list[str]:
    """End every contract in force whose last month is over in Beijing; their ids.  For the job that keeps time."""
    present = month_of(beijing_date(now))
    ended = []
    for contract in queries.contracts_in_force():
        periods = queries.present_version(contract).terms["periods"]
        if periods[-1]["period"] < present:
            contract.take("complete")
            ended.append(contract.id)
            for party in (contract.seller_id, contract.buyer_id):
                audit.record("contracts:contract:completed", contract.id, actor=actor, now=now, organisation_id=party)
            tell_of_contract(contract, "completed", now=now)
            end_open_novation(contract, actor=actor, now=now)
    db.session.flush()
    return ended


def _open_notice(contract_id: str, number: int, actor: Actor, *, own: bool) -> tuple[Contract, ContractNotice]:
    """An open notice of one's own, or of the other party, and its contract, held."""
    actor.must_be(Role.SIGNATORY)
    contract = queries.contract_to_change(contract_id, actor)
    notice = queries.notice(contract, number)
    if _is_own(contract, notice, actor) is not own:
        raise NotAllowed("this is for the party that gave the notice" if own else "this is for the other party")
    NOTICE.next(notice.status, "take_effect")  # open
    return contract, notice


def _is_own(contract: Contract, notice: ContractNotice, actor: Actor) -> bool:
    """Whether a party, or whoever was in its place before it, has given a notice."""
    return queries.side_of(contract, notice.author_id) == queries.side_of(contract, actor.organisation_id)


def _suspended_by_force(contract: Contract, notices: list[ContractNotice]) -> ContractNotice | None:
    """The notice by which the contract is suspended for force majeure now, if it is."""
    if contract.status != "suspended":
        return None
    last = [each for each in notices if each.kind == SUSPENSION and each.status == "effective"][-1]
    return last if last.ground == FORCE_MAJEURE else None


def _take_effect(contract: Contract, notice: ContractNotice, actor: Actor, now: datetime) -> None:
    contract.take(ACTIONS[notice.kind])
    _ended(contract, notice, "take_effect", "effective", actor, now)
    if notice.kind == TERMINATION:
        queries.proposal_of(contract).take("end")
        db.session.flush()
        end_open_novation(contract, actor=actor, now=now)


def _ended(
    contract: Contract, notice: ContractNotice, action: str, news: str, actor: Actor, now: datetime
) -> ContractNotice:
    notice.take(action)
    notice.ended_at = now
    db.session.flush()
    _record(contract, notice, news, actor, now)
    tell_of_contract(contract, f"{notice.kind}-{news}", now=now)
    return notice


def _record(contract: Contract, notice: ContractNotice, news: str, actor: Actor, now: datetime) -> None:
    payload = {"number": notice.number, "kind": notice.kind, "ground": notice.ground}
    for party in (contract.seller_id, contract.buyer_id):
        audit.record(
            f"contracts:notice:{news}", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
