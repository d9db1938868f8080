"""Offers and needs: entered, revised, opened, withdrawn, closed by their owner."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint, store_after_reply
from marketplace.api.http.schemas import PageQuery
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.orders.schemas import (
    OrderChangesSchema,
    OrderEntrySchema,
    OrderPageSchema,
    OrderQuery,
    OrderSchema,
    RevisionPageSchema,
)
from marketplace.contracts import services as contracts
from marketplace.orders import queries, services
from marketplace.shared.actor import Role

blp = ApiBlueprint("orders", __name__, url_prefix="/orders", description="订单簿 / Offers and needs")


@blp.get("")
@blp.arguments(OrderQuery, location="query")
@blp.response(200, OrderPageSchema)
@access(Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN, scope="orders:read")
def list_orders(query: dict[str, Any]) -> Any:
    """本单位的订单 / Your organisation's orders, page by page"""
    sort = query.pop("sort")
    return queries.own_orders(current_actor(), **query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))


@blp.post("")
@blp.arguments(OrderEntrySchema)
@blp.response(201, OrderSchema)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
def create_order(document: dict[str, Any]) -> Any:
    """录入订单（草稿） / Enter an order as a draft"""
    order, store = services.new_order(document, actor=current_actor(), now=now())
    store_after_reply(store)
    return with_etag(order, {"Location": url_for("orders.read_order", order_id=order.id)})


@blp.get("/<order_id>")
@blp.response(200, OrderSchema)
@access(Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN, scope="orders:read")
def read_order(order_id: str) -> Any:
    """一个订单 / One order with all its terms"""
    return with_etag(queries.own_order(order_id, current_actor()))


@blp.patch("/<order_id>")
@blp.arguments(OrderChangesSchema)
@blp.response(200, OrderSchema)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
def revise_order(changes: dict[str, Any], order_id: str) -> Any:
    """修改条款 / Change terms of a draft or an open order"""
    check_version(queries.own_order(order_id, current_actor()))
    return with_etag(services.revise_order(order_id, changes, actor=current_actor(), now=now()))


@blp.post("/<order_id>/opening")
@blp.response(200, OrderSchema)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
def open_order(order_id: str) -> Any:
    """挂单；已撮合的订单以余量再挂单 / Open an order for the next round of its grade; of a matched order, its rest"""
    check_version(queries.own_order(order_id, current_actor()), required=False)
    return with_etag(contracts.open_order(order_id, actor=current_actor(), now=now()))


@blp.post("/<order_id>/withdrawal")
@blp.response(200, OrderSchema)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
def withdraw_order(order_id: str) -> Any:
    """撤单 / Withdraw an open order, or discard a draft"""
    check_version(queries.own_order(order_id, current_actor()), required=False)
    return with_etag(services.withdraw_order(order_id, actor=current_actor(), now=now()))


@blp.post("/<order_id>/closing")
@blp.response(200, OrderSchema)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
def close_order(order_id: str) -> Any:
    """关闭 / Close an order after its round; what rests of it is not offered again"""
    check_version(queries.own_order(order_id, current_actor()), required=False)
    return with_etag(services.close_order(order_id, actor=current_actor(), now=now()))


@blp.get("/<order_id>/revisions")
@blp.arguments(PageQuery, location="query")
@blp.response(200, RevisionPageSchema)
@access(Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN, scope="orders:read")
def list_revisions(query: dict[str, Any], order_id: str) -> Any:
    """修订记录 / Every state the order has been in, newest first"""
    return queries.revisions(order_id, current_actor(), **query)
