"""Production lines, their capacity by month, and who may offer from them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.schemas import PageQuery
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.capacity.schemas import (
    GrantPageSchema,
    GrantSchema,
    LineChangeSchema,
    LinePageSchema,
    LineQuery,
    LineSchema,
    StatementListSchema,
    StatementQuery,
    StatementSchema,
)
from marketplace.capacity import queries, services
from marketplace.shared.actor import Role

blp = ApiBlueprint("capacity", __name__, description="产线与产能 / Lines and their capacity")

_PRODUCERS = (Role.SELLER, Role.ORGANISATION_ADMIN)
_READERS = (*_PRODUCERS, Role.BUYER, Role.OPERATOR)


@blp.get("/lines")
@blp.arguments(LineQuery, location="query")
@blp.response(200, LinePageSchema)
@access(*_READERS, scope="capacity:read")
def list_lines(query: dict[str, Any]) -> Any:
    """产线列表 / Own lines, or those that others let one offer from; all of them for operators"""
    sort = query.pop("sort")
    descending = sort.startswith("-")
    return queries.lines(current_actor(), **query, sort=sort.removeprefix("-"), descending=descending)


@blp.post("/lines")
@blp.arguments(LineSchema)
@blp.response(201, LineSchema)
@access(*_PRODUCERS, scope="capacity:write")
def add_line(line: dict[str, Any]) -> Any:
    """新增产线 / Add a line at a site of one's own"""
    added = services.add_line(**line, actor=current_actor(), now=now())
    return with_etag(added, {"Location": url_for("capacity.read_line", line_id=added.id)})


@blp.get("/lines/<line_id>")
@blp.response(200, LineSchema)
@access(*_READERS, scope="capacity:read")
def read_line(line_id: str) -> Any:
    """一条产线 / One line, own or granted"""
    return with_etag(queries.line(line_id, current_actor()))


@blp.patch("/lines/<line_id>")
@blp.arguments(LineChangeSchema)
@blp.response(200, LineSchema)
@access(*_PRODUCERS, scope="capacity:write")
def rename_line(change: dict[str, Any], line_id: str) -> Any:
    """产线更名 / Rename a line"""
    check_version(queries.own_line(line_id, current_actor()))
    return with_etag(services.rename_line(line_id, **change, actor=current_actor(), now=now()))


@blp.get("/lines/<line_id>/capacities")
@blp.arguments(StatementQuery, location="query")
@blp.response(200, StatementListSchema)
@access(*_READERS, scope="capacity:read")
def list_capacities(query: dict[str, Any], line_id: str) -> Any:
    """产线产能 / A line's capacity statements, by kind and first month"""
    line = queries.inspectable_line(line_id, current_actor())
    return {"items": queries.statements(line.id, **query)}


@blp.post("/lines/<line_id>/capacities")
@blp.arguments(StatementSchema)
@blp.response(201, StatementSchema)
@access(*_PRODUCERS, scope="capacity:write")
def state_capacity(statement: dict[str, Any], line_id: str) -> Any:
    """申报产能 / State what a line makes from a month on; a restatement becomes the next vintage"""
    stated = services.state_capacity(line_id, **statement, actor=current_actor(), now=now())
    return stated, {"Location": url_for("capacity.list_capacities", line_id=line_id)}


@blp.get("/lines/<line_id>/grants")
@blp.arguments(PageQuery, location="query")
@blp.response(200, GrantPageSchema)
@access(*_READERS, scope="capacity:read")
def list_grants(query: dict[str, Any], line_id: str) -> Any:
    """产线授权 / Who may or might offer from a line"""
    line = queries.inspectable_line(line_id, current_actor())
    return queries.grants(line.id, **query)


@blp.post("/lines/<line_id>/grants")
@blp.arguments(GrantSchema)
@blp.response(201, GrantSchema)
@access(*_PRODUCERS, scope="capacity:write")
def grant_line(grant: dict[str, Any], line_id: str) -> Any:
    """授权贸易商使用产线 / Let another organisation offer from a line"""
    granted = services.grant_line(line_id, **grant, actor=current_actor(), now=now())
    return with_etag(granted, {"Location": url_for("capacity.list_grants", line_id=line_id)})


@blp.post("/lines/<line_id>/grants/<grant_id>/revocation")
@blp.response(200, GrantSchema)
@access(*_PRODUCERS, scope="capacity:write")
def revoke_grant(line_id: str, grant_id: str) -> Any:
    """撤销授权 / Take the consent back"""
    check_version(queries.own_grant(line_id, grant_id, current_actor()), required=False)
    return with_etag(services.revoke_grant(line_id, grant_id, actor=current_actor(), now=now()))
