"""Deliveries: the month's call, what is shipped, what arrives of it, and each lot's certificate."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.contracts import place_of_number
from marketplace.api.v1.contracts.delivery_schemas import (
    CallOffBody,
    CallOffSchema,
    LotCertificateBody,
    LotCertificateSchema,
    LotCertificatesSchema,
    ReceiptBody,
    RejectedBody,
    ScheduleSchema,
    ShipmentBody,
    ShipmentPageSchema,
    ShipmentQuery,
    ShipmentReasonBody,
    ShipmentSchema,
)
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.shared.actor import Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.errors import NotFound

_SHIPMENT = "/contracts/<contract_id>/shipments/<number>"


@blp.get("/contracts/<contract_id>/schedule")
@blp.response(200, ScheduleSchema)
@access(scope="contracts:read")
def read_schedule(contract_id: str) -> Any:
    """按月排程 / Month by month: agreed, called, shipped, accepted; and what the buyer may still call"""
    contract, months = seen_months(contract_id)
    scheduled = delivery_queries.scheduled_months(contract, beijing_date(now()))
    return {
        "months": [each for each in scheduled if each["month"] in months],
        "call_offs": [each for each in delivery_queries.call_offs(contract) if each.month in months],
    }


@blp.post("/contracts/<contract_id>/call-offs")
@blp.arguments(CallOffBody)
@blp.response(201, CallOffSchema)
@access(Role.BUYER, scope="contracts:write")
def call_off(body: dict[str, Any], contract_id: str) -> Any:
    """要货 / Call another volume for a month than the agreed one, within the buyer's option"""
    return services.call_off(contract_id, **body, actor=current_actor(), now=now())


@blp.get("/contracts/<contract_id>/shipments")
@blp.arguments(ShipmentQuery, location="query")
@blp.response(200, ShipmentPageSchema)
@access(scope="contracts:read")
def list_shipments(query: dict[str, Any], contract_id: str) -> Any:
    """发运与签收 / The shipments of a contract, in the order announced"""
    page = delivery_queries.shipment_page(*seen_months(contract_id), **query)
    return {"items": [_seen(each) for each in page.items], "next_cursor": page.next_cursor}


@blp.get(_SHIPMENT)
@blp.response(200, ShipmentSchema)
@access(scope="contracts:read")
def read_shipment(contract_id: str, number: str) -> Any:
    """一批发运 / One shipment, with all that was said of it"""
    contract, months = seen_months(contract_id)
    shipment = delivery_queries.shipment(contract, place_of_number(number))
    if shipment.month not in months:
        raise NotFound("shipment", number)
    return _seen(shipment)


@blp.post("/contracts/<contract_id>/shipments")
@blp.arguments(ShipmentBody)
@blp.response(201, ShipmentSchema)
@access(Role.SELLER, scope="contracts:write")
def announce_shipment(body: dict[str, Any], contract_id: str) -> Any:
    """发运通知 / Announce a lot that is on its way, as part of a month's call"""
    return _seen(services.announce_shipment(contract_id, **body, actor=current_actor(), now=now()))


@blp.post(f"{_SHIPMENT}/cancellation")
@blp.arguments(ShipmentReasonBody)
@blp.response(200, ShipmentSchema)
@access(Role.SELLER, scope="contracts:write")
def cancel_shipment(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """取消发运 / Take back a shipment that has not arrived"""
    return _said(services.cancel_shipment, contract_id, number, body)


@blp.post(f"{_SHIPMENT}/receipt")
@blp.arguments(ReceiptBody)
@blp.response(200, ShipmentSchema)
@access(Role.BUYER, scope="contracts:write")
def receive_shipment(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """签收 / Say what arrived of a shipment, and what of it is rejected"""
    rejected = body.pop("rejected")
    return _said(services.receive_shipment, contract_id, number, {**body, "rejected": rejected or Decimal(0)})


@blp.post(f"{_SHIPMENT}/rejection")
@blp.arguments(RejectedBody)
@blp.response(200, ShipmentSchema)
@access(Role.BUYER, scope="contracts:write")
def reject_goods(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """异议与拒收 / Object after receipt, within the contract's days"""
    return _said(services.reject_goods, contract_id, number, body)


@blp.post(f"{_SHIPMENT}/rejection-contest")
@blp.arguments(ShipmentReasonBody)
@blp.response(200, ShipmentSchema)
@access(Role.SELLER, scope="contracts:write")
def contest_rejection(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """不认可拒收 / Contest a rejection; it counts against nobody until either party gives way"""
    return _said(services.contest_rejection, contract_id, number, body)


@blp.post(f"{_SHIPMENT}/rejection-concession")
@blp.response(200, ShipmentSchema)
@access(Role.SELLER, scope="contracts:write")
def concede_rejection(contract_id: str, number: str) -> Any:
    """认可拒收 / Give way: what is rejected is so for good, and may be replaced"""
    return _said(services.concede_rejection, contract_id, number, {})


@blp.post(f"{_SHIPMENT}/rejection-reduction")
@blp.arguments(RejectedBody)
@blp.response(200, ShipmentSchema)
@access(Role.BUYER, scope="contracts:write")
def lower_rejection(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """减少拒收数量 / Give way: less stands rejected than before, for good"""
    return _said(services.lower_rejection, contract_id, number, body)


@blp.get("/contracts/<contract_id>/certificates")
@blp.response(200, LotCertificatesSchema)
@access(scope="contracts:read")
def list_lot_certificates(contract_id: str) -> Any:
    """各批次质量证明 / The certificates of all lots; the last of a lot holds"""
    contract, months = seen_months(contract_id)
    lots = {each.lot for each in delivery_queries.shipments(contract) if each.month in months}
    return {"items": [each for each in delivery_queries.certificates(contract) if each.lot in lots]}


@blp.post("/contracts/<contract_id>/certificates")
@blp.arguments(LotCertificateBody)
@blp.response(201, LotCertificateSchema)
@access(Role.SELLER, scope="contracts:write")
def certify_lot(body: dict[str, Any], contract_id: str) -> Any:
    """登记质量证明 / Certify a lot that is shipped: its analysis by attribute"""
    return services.certify_lot(contract_id, **body, actor=current_actor(), now=now())


def seen_months(contract_id: str) -> tuple[Contract, list[str]]:
    """A contract that the caller may see, and the months of it that its organisation holds or held; raises NotFound."""
    actor = current_actor()
    contract = queries.seen_contract(contract_id, actor)
    return contract, queries.months_seen(contract, actor.organisation_id)


def _said(act: Callable[..., Shipment], contract_id: str, number: str, body: dict[str, Any]) -> dict[str, Any]:
    return _seen(act(contract_id, place_of_number(number), **body, actor=current_actor(), now=now()))


def _seen(shipment: Shipment) -> dict[str, Any]:
    names = (
        "number",
        "month",
        "lot",
        "volume",
        "shipped_on",
        "carrier",
        "waybill",
        "replaces",
        "status",
        "announced_at",
        "received_on",
        "weighed",
        "counted",
        "rejected",
        "rejection",
    )
    return {**{name: getattr(shipment, name) for name in names}, "entries": delivery_queries.entries_of(shipment)}
