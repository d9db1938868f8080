"""Break-glass over HTTP: two persons, a reason, one reading."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.orders.schemas import (
    DisclosedOrderSchema,
    DisclosurePageSchema,
    DisclosureQuery,
    DisclosureRequestSchema,
    DisclosureSchema,
)
from marketplace.orders import queries, services
from marketplace.shared.actor import Role

blp = ApiBlueprint("disclosures", __name__, url_prefix="/disclosures", description="订单查阅 / Break-glass disclosures")


@blp.get("")
@blp.arguments(DisclosureQuery, location="query")
@blp.response(200, DisclosurePageSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="orders:read")
def list_disclosures(query: dict[str, Any]) -> Any:
    """查阅申请列表 / Disclosures; an authority sees its own requests"""
    return queries.disclosures(current_actor(), **query)


@blp.post("")
@blp.arguments(DisclosureRequestSchema)
@blp.response(201, DisclosureSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="orders:write")
def request_disclosure(wanted: dict[str, Any]) -> Any:
    """申请查阅（须已被冻结） / Ask to read one order with its owner and limit; 409 before a round froze it"""
    asked = services.request_disclosure(wanted["order_id"], wanted["reason"], actor=current_actor(), now=now())
    return with_etag(asked, {"Location": url_for("disclosures.read_disclosure", disclosure_id=asked.id)})


@blp.get("/<disclosure_id>")
@blp.response(200, DisclosureSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="orders:read")
def read_disclosure(disclosure_id: str) -> Any:
    """一个查阅申请 / One disclosure"""
    return with_etag(queries.disclosure(disclosure_id, current_actor()))


@blp.post("/<disclosure_id>/approval")
@blp.response(200, DisclosureSchema)
@access(Role.OPERATOR, scope="orders:write")
def approve_disclosure(disclosure_id: str) -> Any:
    """批准他人的申请 / Agree to somebody else's request; the owner is told"""
    check_version(queries.disclosure(disclosure_id, current_actor()), required=False)
    return with_etag(services.approve_disclosure(disclosure_id, actor=current_actor(), now=now()))


@blp.post("/<disclosure_id>/refusal")
@blp.response(200, DisclosureSchema)
@access(Role.OPERATOR, scope="orders:write")
def refuse_disclosure(disclosure_id: str) -> Any:
    """拒绝他人的申请 / Decline somebody else's request"""
    check_version(queries.disclosure(disclosure_id, current_actor()), required=False)
    return with_etag(services.refuse_disclosure(disclosure_id, actor=current_actor(), now=now()))


@blp.post("/<disclosure_id>/reading")
@blp.response(200, DisclosedOrderSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="orders:write", secret_reply=True)
def read_disclosed_order(disclosure_id: str) -> Any:
    """查阅冻结时的订单（仅一次，批准后24小时内） / Read the order as frozen: once, within 24 hours of the approval"""
    return services.read_disclosed_order(disclosure_id, actor=current_actor(), now=now())
