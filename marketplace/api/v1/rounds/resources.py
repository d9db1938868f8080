"""Matching rounds: what members see, and the operator's steps through the lifecycle."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.rounds.plans import FreightSchema, RoundChangeSchema, RoundPlanSchema
from marketplace.api.v1.rounds.schemas import ReviewSchema, RoundPageSchema, RoundQuery, RoundSchema
from marketplace.rounds import queries, services
from marketplace.shared.actor import Role

blp = ApiBlueprint("rounds", __name__, description="撮合轮次 / Matching rounds")


@blp.get("/rounds")
@blp.arguments(RoundQuery, location="query")
@blp.response(200, RoundPageSchema)
@access(scope="rounds:read")
def list_rounds(query: dict[str, Any]) -> Any:
    """轮次列表；草稿仅运营方可见 / Rounds; drafts are shown to operators and authorities only"""
    sort = query.pop("sort")
    return queries.rounds(current_actor(), **query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))


@blp.post("/rounds")
@blp.arguments(RoundPlanSchema)
@blp.response(201, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def create_round(plan: dict[str, Any]) -> Any:
    """新建轮次草稿（运营方） / Write down a round as a draft (operators)"""
    round_ = services.create_round(**plan, actor=current_actor(), now=now())
    return with_etag(round_, {"Location": url_for("rounds.read_round", round_id=round_.id)})


@blp.get("/rounds/<round_id>")
@blp.response(200, RoundSchema)
@access(scope="rounds:read")
def read_round(round_id: str) -> Any:
    """一个轮次：牌号、月份、规则、期限、快照哈希 / One round: grades, months, rules, deadlines, snapshot hash"""
    return with_etag(queries.visible_round(round_id, current_actor()))


@blp.get("/rounds/<round_id>/freight")
@blp.response(200, FreightSchema)
@access(scope="rounds:read")
def read_freight(round_id: str) -> Any:
    """运费规则与全部线路 / The freight rules with all lanes"""
    round_ = queries.visible_round(round_id, current_actor())
    return {**round_.freight, "lanes": round_.lanes}


@blp.patch("/rounds/<round_id>")
@blp.arguments(RoundChangeSchema)
@blp.response(200, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def revise_round(changes: dict[str, Any], round_id: str) -> Any:
    """修改草稿（运营方） / Revise a draft (operators)"""
    check_version(queries.round_to_change(round_id))
    return with_etag(services.revise_round(round_id, changes, actor=current_actor(), now=now()))


@blp.post("/rounds/<round_id>/opening")
@blp.response(200, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def open_round(round_id: str) -> Any:
    """开放轮次，规则从此固定（运营方） / Open a round; its rules are fixed from now on (operators)"""
    check_version(queries.round_to_change(round_id), required=False)
    return with_etag(services.open_round(round_id, actor=current_actor(), now=now()))


@blp.post("/rounds/<round_id>/freezing")
@blp.response(200, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def freeze_round(round_id: str) -> Any:
    """冻结订单并公布快照哈希（运营方） / Freeze the orders and publish the snapshot's hash (operators)"""
    check_version(queries.round_to_change(round_id), required=False)
    return with_etag(services.freeze_round(round_id, actor=current_actor(), now=now()))


@blp.post("/rounds/<round_id>/review")
@blp.arguments(ReviewSchema)
@blp.response(200, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def review_round(review: dict[str, Any], round_id: str) -> Any:
    """复核结果并留言（运营方） / Look the clearing over and say so (operators)"""
    check_version(queries.round_to_change(round_id), required=False)
    return with_etag(services.review_round(round_id, review["note"], actor=current_actor(), now=now()))


@blp.post("/rounds/<round_id>/publication")
@blp.response(200, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def publish_round(round_id: str) -> Any:
    """发布：各方可见自己的方案与原因（运营方） / Publish: parties see their proposals and reasons (operators)"""
    check_version(queries.round_to_change(round_id), required=False)
    return with_etag(services.publish_round(round_id, actor=current_actor(), now=now()))


@blp.post("/rounds/<round_id>/cancellation")
@blp.response(200, RoundSchema)
@access(Role.OPERATOR, scope="rounds:write")
def cancel_round(round_id: str) -> Any:
    """取消轮次，订单恢复挂单（运营方） / Cancel a round; its orders are open again (operators)"""
    check_version(queries.round_to_change(round_id), required=False)
    return with_etag(services.cancel_round(round_id, actor=current_actor(), now=now()))
