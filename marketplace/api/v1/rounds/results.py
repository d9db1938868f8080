"""What a round's result shows to whom: sums and pseudonyms to its operator, one's own outcome to the owner."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marketplace.api.http.access import access, current_actor
from marketplace.api.v1.rounds.resources import blp
from marketplace.api.v1.rounds.schemas import (
    ClearingSummarySchema,
    OutcomeListSchema,
    PriceListSchema,
    SealedOrderPageSchema,
    SealedOrderQuery,
)
from marketplace.rounds import queries
from marketplace.shared.actor import Role


@blp.get("/rounds/<round_id>/orders")
@blp.arguments(SealedOrderQuery, location="query")
@blp.response(200, SealedOrderPageSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="rounds:read")
def list_sealed_orders(query: dict[str, Any], round_id: str) -> Any:
    """已冻结订单：化名，无企业名称与限价 / Frozen orders under pseudonyms, without owner or limit"""
    return queries.sealed_orders(round_id, current_actor(), **query)


@blp.get("/rounds/<round_id>/clearing")
@blp.response(200, ClearingSummarySchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="rounds:read")
def read_clearing(round_id: str) -> Any:
    """撮合结果汇总：少于五家的数字不予显示 / The clearing in sums; figures of fewer than five parties are withheld"""
    summary = queries.clearing_summary(round_id, current_actor())
    return {**asdict(summary), "review_note": queries.round_by_id(round_id).review_note}


@blp.get("/rounds/<round_id>/prices")
@blp.response(200, PriceListSchema)
@access(public=True)
def list_prices(round_id: str) -> Any:
    """已发布轮次的到货参考均价 / Mean delivered reference prices of a published round"""
    return {"items": queries.published_prices(round_id)}


@blp.get("/orders/<order_id>/outcomes")
@blp.response(200, OutcomeListSchema)
@access(scope="rounds:read")
def list_outcomes(order_id: str) -> Any:
    """本企业订单的结果与原因 / What became of an order of one's own, and why"""
    return {"items": queries.outcomes_of_order(order_id, current_actor())}
