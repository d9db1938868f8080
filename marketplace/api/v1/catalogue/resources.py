"""Commodities and grades: open to everybody, extended by operators."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.catalogue.schemas import (
    CommodityChangeSchema,
    CommodityPageSchema,
    CommodityQuery,
    CommoditySchema,
    GradeChangeSchema,
    GradePageSchema,
    GradeQuery,
    GradeSchema,
)
from marketplace.catalogue import queries, services
from marketplace.shared.actor import Role

blp = ApiBlueprint("catalogue", __name__, description="产品目录 / Commodities and grades")


@blp.get("/commodities")
@blp.arguments(CommodityQuery, location="query")
@blp.response(200, CommodityPageSchema)
@access(public=True)
def list_commodities(query: dict[str, Any]) -> Any:
    """产品列表 / Commodities, page by page"""
    sort = query.pop("sort")
    return queries.commodities(**query, descending=sort.startswith("-"))


@blp.get("/commodities/<commodity_id>")
@blp.response(200, CommoditySchema)
@access(public=True)
def read_commodity(commodity_id: str) -> Any:
    """一种产品 / One commodity"""
    return with_etag(queries.commodity(commodity_id))


@blp.post("/commodities")
@blp.arguments(CommoditySchema)
@blp.response(201, CommoditySchema)
@access(Role.OPERATOR, scope="catalogue:write")
def create_commodity(document: dict[str, Any]) -> Any:
    """新增产品（运营方） / Add a commodity (operators)"""
    commodity = services.create_commodity(document, actor=current_actor(), now=now())
    return with_etag(commodity, {"Location": url_for("catalogue.read_commodity", commodity_id=commodity.id)})


@blp.patch("/commodities/<commodity_id>")
@blp.arguments(CommodityChangeSchema)
@blp.response(200, CommoditySchema)
@access(Role.OPERATOR, scope="catalogue:write")
def change_commodity(changes: dict[str, Any], commodity_id: str) -> Any:
    """修改产品（运营方） / Change a commodity (operators)"""
    check_version(queries.commodity(commodity_id))
    return with_etag(services.change_commodity(commodity_id, changes, actor=current_actor(), now=now()))


@blp.get("/grades")
@blp.arguments(GradeQuery, location="query")
@blp.response(200, GradePageSchema)
@access(public=True)
def list_grades(query: dict[str, Any]) -> Any:
    """牌号列表 / Grades, page by page"""
    sort = query.pop("sort")
    return queries.grades(**query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))


@blp.get("/grades/<grade_id>")
@blp.response(200, GradeSchema)
@access(public=True)
def read_grade(grade_id: str) -> Any:
    """一个牌号 / One grade"""
    return with_etag(queries.grade(grade_id))


@blp.post("/grades")
@blp.arguments(GradeSchema)
@blp.response(201, GradeSchema)
@access(Role.OPERATOR, scope="catalogue:write")
def create_grade(document: dict[str, Any]) -> Any:
    """新增牌号（运营方） / Add a grade (operators)"""
    grade = services.create_grade(document, actor=current_actor(), now=now())
    return with_etag(grade, {"Location": url_for("catalogue.read_grade", grade_id=grade.id)})


@blp.patch("/grades/<grade_id>")
@blp.arguments(GradeChangeSchema)
@blp.response(200, GradeSchema)
@access(Role.OPERATOR, scope="catalogue:write")
def change_grade(changes: dict[str, Any], grade_id: str) -> Any:
    """修改牌号（运营方） / Change a grade (operators)"""
    check_version(queries.grade(grade_id))
    return with_etag(services.change_grade(grade_id, changes, actor=current_actor(), now=now()))
