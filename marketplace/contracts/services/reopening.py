"""Contracts whose index has moved so far that their price is negotiated anew (rules.reopener)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractReopening, ContractVersion
from marketplace.contracts.rules.reopener import (
    MICRO,
    Trigger,
    level_of,
    negotiate_until,
    reference_of,
    states_price_anew,
    triggered,
    watched_months,
)
from marketplace.contracts.rules.settlement.price import NoIndexPrice, price_formula
from marketplace.contracts.services.pricing import index_of
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.indices.rules.formula import quoted_month
from marketplace.indices.rules.quotes import rounded
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.months import month_of
from marketplace.shared.quantities import amount_text


def watch_reopeners(*, now: datetime, actor: Actor = SYSTEM) -> list[str]:
    """Record every contract in force whose re-opener is triggered, once for each episode; their ids.

    Both parties are told.  For the job that keeps time; to run it again changes nothing.
    """
    opened = []
    for contract in queries.contracts_in_force():
        found = _trigger(contract, now)
        if found is not None:
            _record(contract, found, actor, now)
            opened.append(contract.id)
    return opened


def _trigger(contract: Contract, now: datetime) -> Trigger | None:
    present = queries.present_version(contract)
    clause = present.terms["clauses"]["reopener"]
    base = reference_of(present.terms)
    if clause is None or base is None:
        return None
    levels = _levels(contract, present, beijing_date(now))
    last, must_return = _stated_in(contract, present), False
    if earlier := queries.reopenings(contract):
        episode = earlier[-1]
        outcome = queries.outcome_of(contract, episode, now)
        if outcome == "negotiating":
            return None
        last, must_return = max(last or "", episode.months[-1]), outcome not in ("amended", "indexed")
        if not must_return:
            base = _mean(levels, episode.months) or base
        elif not states_price_anew(queries.version(contract, episode.version).terms, present.terms):
            base = episode.reference
    return triggered(clause, base, levels, last=last, must_return=must_return)


def _levels(contract: Contract, version: ContractVersion, today: date) -> dict[str, Decimal]:
    """By month what the clause watches, of months whose price no further quote will move."""
    found = {}
    for month in watched_months(version.terms):
        if month > month_of(today):
            break
        formula = price_formula(version.terms, version.terms["periods"][0]["period"])
        try:
            prices = [
                index_of(contract, index, quoted_month(formula, month), formula.quotation, today=today)
                for index in formula.indices
            ]
        except NoIndexPrice:
            continue
        if not any(each.provisional for each in prices):
            found[month] = level_of(version.terms, {each.index_id: each.price.value for each in prices})
    return found


def _stated_in(contract: Contract, present: ContractVersion) -> str | None:
    """The month in which the present price and clause came to hold by an amendment; None where they are the first."""
    since = None
    before = queries.version(contract, 1)
    for each in queries.versions_confirmed(contract)[1:]:
        if states_price_anew(before.terms, each.terms):
            since = month_of(beijing_date(queries.in_force_since(each)))
        before = each
    return since


def _mean(levels: dict[str, Decimal], months: list[str]) -> Decimal | None:
    known = [Fraction(levels[month]) for month in months if month in levels]
    return rounded(sum(known, Fraction(0)) / len(known), MICRO) if known else None


def _record(contract: Contract, found: Trigger, actor: Actor, now: datetime) -> None:
    version = queries.present_version(contract)
    clause = version.terms["clauses"]["reopener"]
    reopening = ContractReopening(
        contract_id=contract.id,
        number=len(queries.reopenings(contract)) + 1,
        version=version.number,
        months=list(found.months),
        reference=found.reference,
        level=found.level,
        result_if_none=clause["result_if_none"],
        negotiate_until=negotiate_until(clause, now),
        triggered_at=now,
    )
    db.session.add(reopening)
    db.session.flush()
    payload = {
        "number": reopening.number,
        "months": reopening.months,
        "reference": amount_text(found.reference),
        "level": amount_text(found.level),
        "negotiate_until": reopening.negotiate_until.isoformat(),
    }
    for party in (contract.seller_id, contract.buyer_id):
        audit.record(
            "contracts:reopener:triggered", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_contract(contract, "reopener-triggered", now=now)
