"""Reading what was reported and judged of contracts, and how organisations fulfil theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractVersion, FulfilmentJudgement, FulfilmentReport
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.bands import span_of
from marketplace.contracts.rules.deliveries.excuses import excused_volume, paused_share
from marketplace.contracts.rules.deliveries.schedule import expected_volumes, schedule
from marketplace.contracts.rules.deliveries.shipments import sums
from marketplace.contracts.rules.fulfilment import SPANS, Fulfilment, Party, Recorded, Reported, judged, report_by
from marketplace.rounds import queries as rounds
from marketplace.rounds.rules.contracting import rule
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.months import month_of, shifted
from marketplace.shared.paging import Page, page

LOOKED_BACK_MONTHS = 13  # over which an organisation's fulfilment is added up: a year, and the month to be judged
FEWEST_MONTHS = 3  # that have to be judged before anything is said of an organisation
SHARE_STEP = Decimal("0.0001")


@dataclass(frozen=True)
class Deadlines:
    """The last days in Beijing to report a month, and to report it anew where both parties differ."""

    report: date
    reconcile: date


@dataclass(frozen=True)
class Standing:
    """How an organisation fulfilled its contracts on one side, weighed by what was due in CNY."""

    organisation: Organisation
    party: str
    share: Decimal  # of 1, half up to 0.0001
    months: int  # judged, over all its contracts
    missed: int  # of them below the least part


def deadlines(contract: Contract, month: str) -> Deadlines:
    """When a month of a contract has to be reported, by its round's rules."""
    contracting = rounds.round_by_id(contract.round_id).contracting
    last = report_by(month, rule(contracting, "report_days"))
    return Deadlines(last, last + timedelta(days=rule(contracting, "reconcile_days")))


def recorded(contract: Contract, month: str) -> Recorded:
    """What call-offs, receipts and notices say of a month.

    Raises: InvalidInput for a month that is none of the contract's.
    """
    terms = queries.present_version(contract).terms
    called = schedule(terms, delivery_queries.standing_calls(contract))
    agreed = {each["period"]: each["volume"] for each in terms["periods"]}
    held = queries.version_of_month(contract, month).terms["periods"]
    agreed |= {each["period"]: each["volume"] for each in held if each["period"] == month}
    if month not in agreed:
        limit = f"{min(agreed)} to {max(agreed)}, months with volume"
        raise InvalidInput.at("/month", "is no month of the contract", month, limit, "not-a-month")
    quantum = catalogue.grade(contract.grade_id).quantum
    come = sums(delivery_queries.weighed(each) for each in delivery_queries.shipments(contract, month=month))
    share = paused_share(month, delivery_queries.pauses_of(contract))
    most, firm = Decimal(agreed[month]["maximum"]), Decimal(agreed[month]["minimum"])
    within = min(called[month], most)
    return Recorded(
        called=called[month],
        most=most,
        firm=firm,
        accepted=come.accepted,
        seller_excused=excused_volume(within, share, quantum) + come.contested,
        buyer_excused=excused_volume(firm, share, quantum),
    )


def excused(contract: Contract, month: str) -> Decimal:
    """Of a month's expected volume what nobody had to call or deliver."""
    share = paused_share(month, delivery_queries.pauses_of(contract))
    expected = expected_volumes(queries.present_version(contract).terms)[month]
    return excused_volume(expected, share, catalogue.grade(contract.grade_id).quantum)


def fulfilled(contract: Contract, party: Party, month: str) -> Fulfilment:
    """What a party has fulfilled of a month by what is on record and reported now."""
    return judged(party, recorded(contract, month), reported(reports(contract, month)))


def reports(contract: Contract, month: str) -> dict[Party, FulfilmentReport]:
    """The last report of each party of a month."""
    query = sa.select(FulfilmentReport).filter_by(contract_id=contract.id, month=month)
    found: dict[Party, FulfilmentReport] = {}
    for each in db.session.scalars(query.order_by(FulfilmentReport.number)):
        found["seller" if each.party == "seller" else "buyer"] = each
    return found


def reported(given: Mapping[Party, FulfilmentReport]) -> dict[Party, Reported]:
    """Reports as the rules read them."""
    return {party: Reported(each.called, each.delivered) for party, each in given.items()}


def judgements(contract: Contract) -> list[FulfilmentJudgement]:
    """All judgements of a contract that the caller may see, by span."""
    query = sa.select(FulfilmentJudgement).filter_by(contract_id=contract.id)
    return list(db.session.scalars(query.order_by(FulfilmentJudgement.span, FulfilmentJudgement.party)))


def judgements_for(contract: Contract, organisation_id: str, months: list[str]) -> list[FulfilmentJudgement]:
    """Those of which an organisation that holds these months may read: its own, and the other side's of them alone."""
    every = expected_volumes(queries.present_version(contract).terms)
    hidden = [month for month in every if month not in months]
    hides = {span_of(month, per) for month in hidden for per in SPANS}
    spans = {span_of(month, per) for month in months for per in SPANS}
    return [
        each
        for each in judgements(contract)
        if each.span in spans and (each.organisation_id == organisation_id or each.span not in hides)
    ]


def contracts_with_months() -> list[tuple[Contract, list[str]]]:
    """Every contract that has been in force, with its months; for the job that keeps time."""
    query = (
        sa.select(Contract, ContractVersion.terms)
        .join(ContractVersion, ContractVersion.contract_id == Contract.id)
        .where(ContractVersion.number == Contract.in_force)
        .order_by(Contract.id)
    )
    return [(found, [each["period"] for each in terms["periods"]]) for found, terms in db.session.execute(query)]


def judged_months() -> set[tuple[str, str]]:
    """Every contract and month that has been judged."""
    query = sa.select(FulfilmentJudgement.contract_id, FulfilmentJudgement.span).filter_by(per="period")
    return {(contract_id, span) for contract_id, span in db.session.execute(query)}


def standings(now: datetime, *, organisation_id: str | None = None) -> list[Standing]:
    """Organisations by their fulfilment of the last year's months, best first; with enough of them judged alone.

    For the services; who may read them is said by ``ranking`` and ``own_standings``.
    """
    since = shifted(month_of(beijing_date(now)), -LOOKED_BACK_MONTHS)
    query = sa.select(FulfilmentJudgement).where(FulfilmentJudgement.per == "period", FulfilmentJudgement.span >= since)
    if organisation_id is not None:
        query = query.where(FulfilmentJudgement.organisation_id == organisation_id)
    together: dict[tuple[str, str], list[FulfilmentJudgement]] = {}
    for each in db.session.scalars(query):
        if each.due > 0:  # a month in which nothing was due says nothing
            together.setdefault((each.organisation_id, each.party), []).append(each)
    found = []
    for (owner, party), of_party in together.items():
        due = sum((each.due_cny for each in of_party), Decimal(0))
        if len(of_party) < FEWEST_MONTHS or due == 0:
            continue
        done = sum((min(each.done_cny, each.due_cny) for each in of_party), Decimal(0))
        share = (done / due).quantize(SHARE_STEP, ROUND_HALF_UP)
        missed = sum(not each.met for each in of_party)
        found.append(Standing(db.session.get_one(Organisation, owner), party, share, len(of_party), missed))
    return sorted(found, key=lambda each: (each.party, -each.share, each.missed, each.organisation.id))


def ranking(actor: Actor, now: datetime) -> list[Standing]:
    """All organisations.  Allowed: operators and regulators.  Raises: NotAllowed."""
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    return standings(now)


def misses(
    actor: Actor, *, organisation_id: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[FulfilmentJudgement]:
    """What was fulfilled less than laid down, the last judged first; of one organisation if asked.

    Allowed: operators and regulators.  Raises: NotAllowed.
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    query = sa.select(FulfilmentJudgement).where(~FulfilmentJudgement.met)
    if organisation_id is not None:
        query = query.where(FulfilmentJudgement.organisation_id == organisation_id)
    key, unique = FulfilmentJudgement.judged_at, FulfilmentJudgement.id
    return page(query, key=key, unique=unique, descending=True, cursor=cursor, limit=limit)


def own_standings(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """One's own organisation on either side, with its place among all."""
    found = []
    everyone = standings(now)
    for party in ("seller", "buyer"):
        listed = [each for each in everyone if each.party == party]
        for place, each in enumerate(listed, start=1):
            if each.organisation.id == actor.organisation_id:
                found.append({"standing": each, "place": place, "of": len(listed)})
    return found
