"""Both parties report each month of a contract; when the days are over it is judged what each has fulfilled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.accounts import services as accounts
from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, FulfilmentJudgement, FulfilmentReminder, FulfilmentReport
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.queries import fulfilment as fulfilment_queries
from marketplace.contracts.queries.fulfilment import Deadlines
from marketplace.contracts.rules.bands import NO_SPAN, span_of
from marketplace.contracts.rules.deliveries.excuses import paused_share
from marketplace.contracts.rules.deliveries.schedule import expected_volumes
from marketplace.contracts.rules.events import FulfilmentMissed
from marketplace.contracts.rules.fulfilment import (
    PARTIES,
    Fulfilment,
    Party,
    least_part,
    spans_closed_by,
    together,
)
from marketplace.contracts.services.receiving import accept_by_silence
from marketplace.contracts.services.shipment_entries import TooLate
from marketplace.contracts.services.telling import tell_of_contract, tell_party
from marketplace.rounds import queries as rounds
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput
from marketplace.shared.events import bus
from marketplace.shared.identifiers import new_id
from marketplace.shared.months import last_day
from marketplace.shared.quantities import amount_text, is_multiple, to_cent

REMINDED_DAYS = 3  # before the last day to report
ZERO = Decimal(0)
RELIABLE = Decimal("0.9")  # the share from which on an organisation earns its tag


def report_month(
    contract_id: str, *, month: str, called: Decimal, delivered: Decimal, actor: Actor, now: datetime
) -> FulfilmentReport:
    """Say what was called and delivered in a month that is over; a later report takes the place of an earlier one.

    Units: the grade's.  Allowed: sellers of the seller, buyers of the buyer.
    Raises: NotFound, NotAllowed, InvalidInput; Conflict while the month runs; TooLate after the days to report, or,
    for whoever has reported in time, after those to reconcile.
    """
    contract, party = queries.contract_of_month(contract_id, month, actor)
    actor.must_be(Role.SELLER if party == "seller" else Role.BUYER)
    if contract.in_force is None:
        raise Conflict("nothing is due under a contract that both have not confirmed")
    fulfilment_queries.recorded(contract, month)  # a month of the contract
    today, days = beijing_date(now), fulfilment_queries.deadlines(contract, month)
    earlier = fulfilment_queries.reports(contract, month)
    if today <= last_day(month):
        raise Conflict(f"{month} is not over")
    last = days.reconcile if party in earlier else days.report
    if today > last:
        raise TooLate(f"{month} was to be reported by {last}")
    quantum = catalogue.grade(contract.grade_id).quantum
    faults = [
        Fault(f"/{name}", f"is no whole multiple of {amount_text(quantum)}", volume, "at least 0", "not-a-multiple")
        for name, volume in (("called", called), ("delivered", delivered))
        if volume < 0 or not is_multiple(volume, quantum)
    ]
    if faults:
        raise InvalidInput(faults)
    report = FulfilmentReport(
        contract_id=contract.id,
        month=month,
        party=party,
        number=earlier[party].number + 1 if party in earlier else 1,
        called=called,
        delivered=delivered,
        member_id=actor.member_id,
        moment=now,
    )
    db.session.add(report)
    db.session.flush()
    payload = {"month": month, "called": amount_text(called), "delivered": amount_text(delivered)}
    audit.record("contracts:month:reported", contract.id, actor=actor, now=now, payload=payload)
    other = earlier.get("buyer" if party == "seller" else "seller")
    if other is not None and (other.called, other.delivered) != (called, delivered):
        tell_of_contract(contract, "reports-differ", now=now, month=month)
    return report


def watch_month(contract_id: str, month: str, *, now: datetime) -> bool:
    """Remind parties of a month to be reported, or judge it once its days are over; whether it has been judged.

    For the job that keeps time; to run it again does nothing more.
    """
    contract = queries.held_contract(contract_id)
    days, today = fulfilment_queries.deadlines(contract, month), beijing_date(now)
    if _was_over(contract, month):
        return False
    if today > days.reconcile:
        return _judge(contract, month, now)
    if _is_to_be_reminded(days, today):
        _remind(contract, month, now)
    return False


def months_to_watch(*, now: datetime) -> list[tuple[str, str]]:
    """Contracts and months of which parties are to be reminded, or that are to be judged, in the order to do so.

    For the job that keeps time.
    """
    today, done = beijing_date(now), fulfilment_queries.judged_months()
    found = []
    for contract, months in fulfilment_queries.contracts_with_months():
        for month in months:
            if last_day(month) < today and (contract.id, month) not in done:
                days = fulfilment_queries.deadlines(contract, month)
                if _is_to_be_reminded(days, today) or today > days.reconcile:
                    found.append((month, contract.id))
    return [(contract_id, month) for month, contract_id in sorted(found)]


def _is_to_be_reminded(days: Deadlines, today: date) -> bool:
    return days.report - timedelta(days=REMINDED_DAYS) <= today <= days.report


def _was_over(contract: Contract, month: str) -> bool:
    """Whether the contract had ended before the month began."""
    return contract.status == "terminated" and paused_share(month, delivery_queries.pauses_of(contract)) == 1


def _remind(contract: Contract, month: str, now: datetime) -> None:
    given = fulfilment_queries.reports(contract, month)
    for party in PARTIES:
        if party in given or db.session.get(FulfilmentReminder, (contract.id, month, party)) is not None:
            continue
        db.session.add(FulfilmentReminder(contract_id=contract.id, month=month, party=party, moment=now))
        tell_party(contract, party, "report-due", now=now, month=month)
    db.session.flush()


def _judge(contract: Contract, month: str, now: datetime) -> bool:
    if any(each.span == month for each in fulfilment_queries.judgements(contract)):
        return False
    accept_by_silence(contract, actor=SYSTEM, now=now)
    terms = queries.present_version(contract).terms
    references = {each["period"]: Decimal(each["reference"]) for each in terms["periods"]}
    laid_down = rounds.round_by_id(contract.round_id).contracting
    due_at_all = [each for each in references if not _was_over(contract, each)]
    for party in PARTIES:
        owner = queries.party_in_month(contract, party, month)
        held = [each for each in due_at_all if queries.party_in_month(contract, party, each) == owner]
        for per, span in spans_closed_by(month, held):
            months = [each for each in held if span_of(each, per) == span]
            of_months = {each: fulfilment_queries.fulfilled(contract, party, each) for each in months}
            firm = (
                _firm(contract, terms, per, span) if party == "buyer" and months == _of(references, per, span) else ZERO
            )
            found = of_months[month] if per == NO_SPAN else together(of_months.values(), firm=firm)
            due = sum((each.due * references[name] for name, each in of_months.items()), ZERO)
            done = sum((each.done * references[name] for name, each in of_months.items()), ZERO)
            _write(contract, month, party, per, span, found, (due, done), least_part(per, laid_down), now)
    for owner in queries.holders(contract, month).values():
        _give_tags(owner, now)
    return True


def _of(months: Iterable[str], per: str, span: str) -> list[str]:
    return [each for each in months if span_of(each, per) == span]


def _firm(contract: Contract, terms: Mapping[str, Any], per: str, span: str) -> Decimal:
    """What the buyer had to call at least in a span that its option is counted over, excused volume left out."""
    option = terms["volume_band"]["buyer_option"]
    stated = [each for each in option["spans"] if option["per"] == per and span_of(each["first"], per) == span]
    if not stated:
        return ZERO
    excused = sum(
        (fulfilment_queries.excused(contract, each) for each in _of(expected_volumes(terms), per, span)), ZERO
    )
    return max(ZERO, Decimal(stated[0]["minimum"]) - excused)


def _write(
    contract: Contract,
    month: str,
    party: Party,
    per: str,
    span: str,
    found: Fulfilment,
    cny: tuple[Decimal, Decimal],
    least: Decimal,
    now: datetime,
) -> None:
    met, parties = found.meets(least), queries.holders(contract, month)
    judgement = FulfilmentJudgement(
        id=new_id("jud", now),
        contract_id=contract.id,
        span=span,
        party=party,
        organisation_id=parties[party],
        per=per,
        due=found.due,
        done=found.done,
        due_cny=to_cent(cny[0]),
        done_cny=to_cent(cny[1]),
        least=least,
        met=met,
        basis=found.basis,
        judged_at=now,
    )
    db.session.add(judgement)
    db.session.flush()
    payload = {
        "span": span,
        "party": party,
        "due": amount_text(found.due),
        "done": amount_text(found.done),
        "met": met,
        "basis": found.basis,
    }
    for organisation_id in parties.values():
        audit.record(
            "contracts:fulfilment:judged",
            contract.id,
            actor=SYSTEM,
            now=now,
            organisation_id=organisation_id,
            payload=payload,
        )
    share = found.share
    if not met and share is not None:
        tell_party(contract, party, "fulfilment-missed", now=now, month=month)
        owner = judgement.organisation_id
        bus.publish(FulfilmentMissed(contract.id, owner, party, span, share, least, found.basis, now))


def _give_tags(organisation_id: str, now: datetime) -> None:
    """What the organisation's last year has earned it."""
    found = fulfilment_queries.standings(now, organisation_id=organisation_id)
    accounts.set_earned_tags(organisation_id, [each.party for each in found if each.share >= RELIABLE], now=now)
