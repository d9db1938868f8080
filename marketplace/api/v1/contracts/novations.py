"""Novations: another organisation takes the place of one party of a contract."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.contracts import place_of_number
from marketplace.api.v1.contracts.novation_schemas import (
    NovationBody,
    NovationPlaceBody,
    NovationSchema,
    NovationsSchema,
)
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts import queries, services
from marketplace.contracts.models import ContractNovation
from marketplace.shared.actor import Role

_NOVATION = "/contracts/<contract_id>/novations/<number>"


@blp.get("/contracts/<contract_id>/novations")
@blp.response(200, NovationsSchema)
@access(scope="contracts:read")
def list_novations(contract_id: str) -> Any:
    """合同主体变更 / All novations of a contract that are one's own affair"""
    actor = current_actor()
    contract = queries.seen_contract(contract_id, actor)
    found = queries.novations(contract)
    return {
        "items": [_seen(each) for each in found if queries.sees_version(contract, each.number, actor.organisation_id)]
    }


@blp.post("/contracts/<contract_id>/novations")
@blp.arguments(NovationBody)
@blp.response(201, NovationSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def propose_novation(body: dict[str, Any], contract_id: str) -> Any:
    """提议变更合同主体 / Ask another organisation to take the place of the seller or of the buyer

    It reads the terms from now on.  It names its place, and then all three confirm the document of the new version:
    in an insolvency the party that leaves need not.
    """
    return _seen(services.propose_novation(contract_id, **body, actor=current_actor(), now=now()))


@blp.post(f"{_NOVATION}/place")
@blp.arguments(NovationPlaceBody)
@blp.response(200, NovationSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def name_place(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """承继方指明供货或收货地点 / Name the place from or to which one's own organisation would deliver"""
    return _seen(services.name_place(contract_id, place_of_number(number), **body, actor=current_actor(), now=now()))


@blp.post(f"{_NOVATION}/refusal")
@blp.response(200, NovationSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def refuse_novation(contract_id: str, number: str) -> Any:
    """不同意主体变更 / End a proposed novation, by any of the three"""
    return _seen(services.refuse_novation(contract_id, place_of_number(number), actor=current_actor(), now=now()))


@blp.post(f"{_NOVATION}/effect")
@blp.response(200, NovationSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def enforce_novation(contract_id: str, number: str) -> Any:
    """异议期满生效 / Let a novation for insolvency take effect once the days to object are over"""
    return _seen(services.enforce_novation(contract_id, place_of_number(number), actor=current_actor(), now=now()))


def _seen(novation: ContractNovation) -> dict[str, Any]:
    names = ("number", "side", "leaving", "incoming", "from_month", "ground", "court_reference", "days_end")
    version = novation.version
    return {
        **{name: getattr(novation, name) for name in (*names, "capacity_stated")},
        **{name: getattr(version, name) for name in ("reason", "status", "moment")},
        "place": novation.site,
        "confirmed_by": queries.confirmed_roles(version.contract, novation),
    }
