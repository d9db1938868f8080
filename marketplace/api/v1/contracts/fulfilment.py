"""Fulfilment: both parties report each month, everybody sees what was judged of its own contracts."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from marketplace.accounts.queries import organisation
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.deliveries import seen_months
from marketplace.api.v1.contracts.fulfilment_schemas import (
    ContractFulfilmentSchema,
    MissPageSchema,
    MissQuery,
    MonthReportBody,
    MonthReportSchema,
    StandingsSchema,
)
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts import services
from marketplace.contracts.models import Contract, FulfilmentJudgement
from marketplace.contracts.queries import fulfilment as fulfilment_queries
from marketplace.contracts.queries.fulfilment import SHARE_STEP, Standing
from marketplace.contracts.rules.fulfilment import Fulfilment
from marketplace.shared.actor import Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.months import month_of


@blp.get("/contracts/<contract_id>/fulfilment")
@blp.response(200, ContractFulfilmentSchema)
@access(scope="contracts:read")
def read_fulfilment(contract_id: str) -> Any:
    """履约情况 / What is on record, reported and judged of a contract, month by month"""
    contract, months = seen_months(contract_id)
    present, reader = month_of(beijing_date(now())), current_actor().organisation_id
    found = fulfilment_queries.judgements_for(contract, reader, months)
    return {
        "months": [_month(contract, month) for month in months if month <= present],
        "judgements": [_judgement(each) for each in found],
    }


@blp.post("/contracts/<contract_id>/fulfilment-reports")
@blp.arguments(MonthReportBody)
@blp.response(201, MonthReportSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def report_month(body: dict[str, Any], contract_id: str) -> Any:
    """填报履约情况 / Report what was called and delivered in a month that is over"""
    return services.report_month(contract_id, **body, actor=current_actor(), now=now())


@blp.get("/fulfilment/own")
@blp.response(200, StandingsSchema)
@access(scope="contracts:read")
def read_own_standings() -> Any:
    """本企业履约率及位次 / How one's own organisation fulfils its contracts, and its place among all"""
    found = fulfilment_queries.own_standings(current_actor(), now())
    return {"items": [_standing(each["standing"], each["place"], each["of"]) for each in found]}


@blp.get("/fulfilment/ranking")
@blp.response(200, StandingsSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="contracts:read")
def read_ranking() -> Any:
    """履约排名 / All organisations by the fulfilment of their contracts"""
    found = fulfilment_queries.ranking(current_actor(), now())
    items = []
    for party in ("seller", "buyer"):
        listed = [each for each in found if each.party == party]
        items += [_standing(each, place, len(listed)) for place, each in enumerate(listed, start=1)]
    return {"items": items}


@blp.get("/fulfilment/misses")
@blp.arguments(MissQuery, location="query")
@blp.response(200, MissPageSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="contracts:read")
def list_misses(query: dict[str, Any]) -> Any:
    """未达标的履约 / What was fulfilled less than laid down, for supervision to act on"""
    found = fulfilment_queries.misses(current_actor(), **query)
    return {"items": [_miss(each) for each in found.items], "next_cursor": found.next_cursor}


def _miss(judgement: FulfilmentJudgement) -> dict[str, Any]:
    names = ("id", "organisation_id", "party", "span", "least", "basis", "judged_at")
    owner = organisation(judgement.organisation_id)
    return {
        **{name: getattr(judgement, name) for name in names},
        "contract_number": judgement.contract.number,
        "name_zh": owner.name_zh,
        "name_latin": owner.name_latin,
        "share": _share(judgement),
    }


def _share(judgement: FulfilmentJudgement) -> Decimal | None:
    share = Fulfilment(judgement.due, judgement.done).share
    return None if share is None else share.quantize(SHARE_STEP, ROUND_FLOOR)


def _month(contract: Contract, month: str) -> dict[str, Any]:
    record = fulfilment_queries.recorded(contract, month)
    days = fulfilment_queries.deadlines(contract, month)
    return {
        "month": month,
        "report_by": days.report,
        "reconcile_by": days.reconcile,
        "called": record.called,
        "delivered": record.accepted,
        "firm": record.firm,
        "seller_excused": record.seller_excused,
        "buyer_excused": record.buyer_excused,
        "reports": list(fulfilment_queries.reports(contract, month).values()),
    }


def _judgement(judgement: FulfilmentJudgement) -> dict[str, Any]:
    names = ("span", "per", "party", "due", "done", "least", "met", "basis", "judged_at")
    return {**{name: getattr(judgement, name) for name in names}, "share": _share(judgement)}


def _standing(standing: Standing, place: int, of: int) -> dict[str, Any]:
    organisation = standing.organisation
    return {
        "organisation_id": organisation.id,
        "name_zh": organisation.name_zh,
        "name_latin": organisation.name_latin,
        "party": standing.party,
        "share": standing.share,
        "months": standing.months,
        "missed": standing.missed,
        "place": place,
        "of": of,
    }
