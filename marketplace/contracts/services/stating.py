"""Either party draws up what is owed for a month; the other confirms it, disputes it, or is silent.

Statements of one contract are made in the order of its months, since each begins with the balances that the one
before left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractPayment, ContractStatement
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.settlement import Balances
from marketplace.contracts.rules.settlement.documents import (
    month_entry,
    read_balances,
    statement_document,
    statement_hash,
)
from marketplace.contracts.rules.settlement.payments import Paid, to_count, with_payments
from marketplace.contracts.services.month_facts import month_facts
from marketplace.contracts.services.receiving import accept_by_silence
from marketplace.contracts.services.shipment_entries import TooLate
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed
from marketplace.shared.months import month_of
from marketplace.shared.texts import paragraph_faults

PROVISIONAL, FINAL, CORRECTION = KINDS = ("provisional", "final", "correction")
LONGEST_REASON = 2000


def draw_statement(contract_id: str, *, kind: str, month: str, actor: Actor, now: datetime) -> ContractStatement:
    """State what is owed for a month: provisionally what has arrived so far, or finally.

    A final statement needs the month to be over in Beijing, everything shipped for it received, the index complete,
    and the month before stated finally and confirmed.  It takes the provisional one back.

    Allowed: sellers of the seller, buyers of the buyer.  Changes: an open one of the same month is replaced.
    Raises: NotFound, NotAllowed, InvalidInput; Conflict with what is missing (NoIndexPrice for the index).
    """
    if kind not in (PROVISIONAL, FINAL):
        raise InvalidInput.at("/kind", "is no kind of statement", kind, f"{PROVISIONAL}, {FINAL}", "not-a-choice")
    contract = held_by_party(contract_id, month, actor)
    accept_by_silence(contract, actor=SYSTEM, now=now)
    confirm_by_silence(contract, now=now)
    drawn, present = delivery_queries.statements(contract), month_of(beijing_date(now))
    facts = month_facts(contract, month, now=now, or_reference=kind == PROVISIONAL)
    standing = delivery_queries.standing_entries(drawn)
    if month in standing:
        raise Conflict(f"{month} is stated finally: a change of it is a correction")
    if month > present or (kind == FINAL and month == present):
        raise Conflict(f"{month} is not over" if kind == FINAL else f"{month} has not begun")
    if kind == FINAL:
        _must_be_complete(contract, drawn, month, facts.under_way, facts.provisional)
    elif any(each.kind == FINAL and each.month == month and each.status == "drawn" for each in drawn):
        raise Conflict(f"a final statement of {month} is open: confirm or dispute it first")
    before, payments = _balances(contract, delivery_queries.live_entries(drawn), month)
    entry = month_entry(
        facts.terms,
        month,
        price=facts.price,
        priced=facts.priced,
        volumes=facts.volumes,
        deliveries=facts.deliveries,
        before=before,
        payments=payments,
        earlier=_provisional(drawn, month),
        goods_alone=kind == PROVISIONAL,
    )
    for each in drawn:
        taken_back = each.kind == PROVISIONAL or kind == FINAL
        if taken_back and each.month == month and each.status in ("drawn", "disputed"):
            each.take("replace")
            each.ended_at = now
    return write_statement(contract, kind, month, [entry], reason=None, actor=actor, now=now)


def confirm_statement(contract_id: str, number: int, *, hash: str, actor: Actor, now: datetime) -> ContractStatement:
    """The other party confirms a statement; the hash says which figures were read.

    Allowed: as for drawing, of the other party.
    Raises: NotFound, NotAllowed, TransitionNotAllowed; InvalidInput: the hash of other figures.
    """
    contract, statement = _open_statement(contract_id, number, actor)
    if hash != statement.hash:
        message = "is not the hash of the statement; read it again"
        raise InvalidInput.at("/hash", message, hash[:80], statement.hash, "contradiction")
    return _confirmed(contract, statement, actor, now)


def dispute_statement(contract_id: str, number: int, *, reason: str, actor: Actor, now: datetime) -> ContractStatement:
    """The other party does not agree to a statement; a further one takes its place.

    Allowed: as for drawing, of the other party.
    Raises: NotFound, NotAllowed, TransitionNotAllowed, InvalidInput; TooLate after the contract's objection days.
    """
    contract, statement = _open_statement(contract_id, number, actor)
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)
    if now >= silence_from(contract, statement):
        raise TooLate("it was not disputed in time and counts as confirmed")
    statement.take("dispute")
    statement.reason, statement.ended_at = reason.strip(), now
    db.session.flush()
    _record(contract, statement, "disputed", actor, now)
    tell_of_contract(contract, "statement-disputed", now=now, but=actor.organisation_id, month=statement.month)
    return statement


def confirm_by_silence(contract: Contract, *, now: datetime) -> list[int]:
    """Confirm what the other party has not disputed in time, by whoever holds the contract; their numbers."""
    taken = []
    for statement in delivery_queries.statements(contract):
        if statement.status == "drawn" and now >= silence_from(contract, statement):
            _confirmed(contract, statement, SYSTEM, now)
            taken.append(statement.number)
    return taken


def confirm_silent_statements(contract_id: str, *, now: datetime) -> list[int]:
    """Confirm a contract's statements that nobody has disputed in time; for the job that keeps time."""
    return confirm_by_silence(queries.held_contract(contract_id), now=now)


def unanswered_statements(*, now: datetime) -> list[str]:
    """The contracts with a statement whose days to be disputed are over; for the job that keeps time."""
    drawn = delivery_queries.unanswered_statements()
    return list(dict.fromkeys(each.contract_id for each in drawn if now >= silence_from(each.contract, each)))


def silence_from(contract: Contract, statement: ContractStatement) -> datetime:
    """From when a statement that nobody disputes counts as confirmed."""
    claim = queries.version_of_month(contract, statement.month).terms["clauses"]["quality_claim"]
    return statement.drawn_at + timedelta(days=claim["objection_days"])


def held_by_party(contract_id: str, month: str, actor: Actor) -> Contract:
    """A contract that has been in force, held, for a member who may settle a month that its organisation holds."""
    contract, side = queries.contract_of_month(contract_id, month, actor)
    actor.must_be(Role.SELLER if side == "seller" else Role.BUYER)
    if contract.in_force is None:
        raise Conflict("nothing is owed under a contract that both have not confirmed")
    return contract


def write_statement(
    contract: Contract,
    kind: str,
    month: str,
    entries: list[dict[str, Any]],
    *,
    reason: str | None,
    actor: Actor,
    now: datetime,
) -> ContractStatement:
    """Add a statement of these months, drawn by the actor's organisation."""
    number = len(delivery_queries.statements(contract)) + 1
    head = {"contract": contract.number, "number": number, "kind": kind, "month": month}
    document = statement_document(head, entries)
    statement = ContractStatement(
        contract_id=contract.id,
        number=number,
        kind=kind,
        month=month,
        payable=Decimal(document["payable"]),
        document=document,
        hash=statement_hash(document),
        author_id=actor.organisation_id,
        reason=reason,
        member_id=actor.member_id,
        drawn_at=now,
    )
    db.session.add(statement)
    db.session.flush()
    _record(contract, statement, "drawn", actor, now)
    tell_of_contract(contract, "statement-drawn", now=now, but=actor.organisation_id, month=month)
    return statement


def _must_be_complete(
    contract: Contract, drawn: list[ContractStatement], month: str, under_way: list[int], provisional: bool
) -> None:
    """Raises Conflict with what a final statement of a month still needs."""
    months = [each["period"] for each in queries.present_version(contract).terms["periods"]]
    standing = delivery_queries.standing_entries(drawn)
    missing = [each for each in months if each < month and each not in standing]
    if missing:
        raise Conflict(f"{missing[0]} has to be stated finally and confirmed first")
    if any(each.kind == CORRECTION and each.status == "drawn" for each in drawn):
        raise Conflict("a correction of earlier months is open: confirm or dispute it first")
    if under_way:
        raise Conflict(f"not received yet: shipments {', '.join(map(str, under_way))}")
    if provisional:
        raise Conflict(f"the price of {month} waits for its index or certificates: draw a provisional statement")


def _balances(contract: Contract, live: dict[str, dict[str, Any]], month: str) -> tuple[Balances, list[int]]:
    """What the month before left, with the payments that count from this month on, and their numbers.

    ``live``: what is stated of every month, provisionally where there is nothing else: nothing is set off twice.
    What somebody who has left enters afterwards lowers its own claims alone.
    """
    before, counted = Balances(), []
    for each, entry in live.items():
        if each != month:
            counted += entry["payments"]
        if each < month:
            before = read_balances(entry["after"])
    seller = queries.party_in_month(contract, "seller", month)
    left = {each.organisation_id: each.left_at for each in queries.former_parties(contract, "seller")}

    def is_its_own(payment: ContractPayment) -> bool:
        if payment.month is None:
            return True
        holder = queries.party_in_month(contract, "seller", payment.month)
        return holder == seller or payment.moment <= left[holder]

    entered = [as_paid(each) for each in delivery_queries.payments(contract) if is_its_own(each)]
    new = to_count(entered, month, counted)
    return with_payments(before, new), [each.number for each in new]


def as_paid(payment: ContractPayment) -> Paid:
    """A payment as the rules read it."""
    return Paid(payment.number, payment.kind, payment.month, payment.amount)


def _provisional(drawn: list[ContractStatement], month: str) -> dict[str, Any] | None:
    """The entry of the provisional statement that holds of a month."""
    found = [each for each in drawn if (each.kind, each.month, each.status) == (PROVISIONAL, month, "confirmed")]
    entry: dict[str, Any] | None = found[-1].document["months"][0] if found else None
    return entry


def _open_statement(contract_id: str, number: int, actor: Actor) -> tuple[Contract, ContractStatement]:
    """One that the other party drew and nobody has answered."""
    month = delivery_queries.statement(queries.seen_contract(contract_id, actor), number).month
    contract = held_by_party(contract_id, month, actor)
    statement = delivery_queries.statement(contract, number)
    if statement.author_id == actor.organisation_id:
        raise NotAllowed("this is for the other party: your own organisation drew it")
    return contract, statement


def _confirmed(contract: Contract, statement: ContractStatement, actor: Actor, now: datetime) -> ContractStatement:
    corrected = {entry["month"] for entry in statement.document["months"]} if statement.kind == CORRECTION else set()
    statement.take("confirm")
    statement.confirmed_by_id, statement.ended_at = actor.member_id, now
    for each in delivery_queries.statements(contract):
        states_one = each.kind != PROVISIONAL and any(entry["month"] in corrected for entry in each.document["months"])
        if each.number < statement.number and each.status == "confirmed" and states_one:
            each.take("correct")
    db.session.flush()
    news = "confirmed-by-silence" if actor is SYSTEM else "confirmed"
    _record(contract, statement, news, actor, now)
    tell_of_contract(contract, f"statement-{news}", now=now, but=actor.organisation_id, month=statement.month)
    return statement


def _record(contract: Contract, statement: ContractStatement, news: str, actor: Actor, now: datetime) -> None:
    payload = {"number": statement.number, "kind": statement.kind, "month": statement.month, "hash": statement.hash}
    for party in queries.holders(contract, statement.month).values():
        audit.record(
            f"contracts:statement:{news}", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
