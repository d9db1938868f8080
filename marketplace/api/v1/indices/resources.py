"""Price indices: defined and quoted by operators, read by every member."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.indices.schemas import (
    IndexChangeSchema,
    IndexPageSchema,
    IndexQuery,
    IndexSchema,
    MonthPriceSchema,
    MonthQuery,
    NewIndexSchema,
    NewRebasingSchema,
    QuotePageSchema,
    QuoteQuery,
    QuoteReportSchema,
    QuotesSchema,
    RebasingSchema,
    RebasingsSchema,
)
from marketplace.indices import queries, services
from marketplace.indices.rules.definitions import Definition
from marketplace.shared.actor import Role
from marketplace.shared.clock import beijing_date

blp = ApiBlueprint("indices", __name__, description="价格指数 / Price indices")


@blp.get("/indices")
@blp.arguments(IndexQuery, location="query")
@blp.response(200, IndexPageSchema)
@access(scope="indices:read")
def list_indices(query: dict[str, Any]) -> Any:
    """指数列表 / Indices, page by page"""
    sort = query.pop("sort")
    return queries.indices(**query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))


@blp.post("/indices")
@blp.arguments(NewIndexSchema)
@blp.response(201, IndexSchema)
@access(Role.OPERATOR, scope="indices:write")
def create_index(definition: Definition) -> Any:
    """新增指数（运营方） / Define an index (operators)"""
    index = services.create_index(definition, actor=current_actor(), now=now())
    return with_etag(index, {"Location": url_for("indices.read_index", index_id=index.id)})


@blp.get("/indices/<index_id>")
@blp.response(200, IndexSchema)
@access(scope="indices:read")
def read_index(index_id: str) -> Any:
    """一个指数 / One index"""
    return with_etag(queries.index(index_id))


@blp.patch("/indices/<index_id>")
@blp.arguments(IndexChangeSchema)
@blp.response(200, IndexSchema)
@access(Role.OPERATOR, scope="indices:write")
def change_index(changes: dict[str, Any], index_id: str) -> Any:
    """修改指数（运营方） / Change an index (operators)"""
    check_version(queries.index(index_id))
    return with_etag(services.change_index(index_id, changes, actor=current_actor(), now=now()))


@blp.get("/indices/<index_id>/quotes")
@blp.arguments(QuoteQuery, location="query")
@blp.response(200, QuotePageSchema)
@access(scope="indices:read")
def list_quotes(query: dict[str, Any], index_id: str) -> Any:
    """指数报价 / Quotes of an index, by day"""
    descending = query.pop("sort").startswith("-")
    return queries.quote_page(index_id, current_actor(), **query, descending=descending)


@blp.post("/indices/<index_id>/quotes")
@blp.arguments(QuotesSchema)
@blp.response(201, QuoteReportSchema)
@access(Role.OPERATOR, scope="indices:write")
def load_quotes(document: dict[str, Any], index_id: str) -> Any:
    """录入或更正报价（运营方） / Enter or correct quotes (operators)"""
    rows = [(quote["day"], quote["value"]) for quote in document["quotes"]]
    report = services.load_quotes(
        index_id,
        rows,
        basis=document["basis"],
        corrections=document["corrections"],
        actor=current_actor(),
        now=now(),
    )
    return report, {"Location": url_for("indices.list_quotes", index_id=index_id)}


@blp.get("/indices/<index_id>/rebasings")
@blp.response(200, RebasingsSchema)
@access(scope="indices:read")
def list_rebasings(index_id: str) -> Any:
    """指数基期调整 / Changes of an index's base"""
    return {"items": queries.rebasings(index_id)}


@blp.post("/indices/<index_id>/rebasings")
@blp.arguments(NewRebasingSchema)
@blp.response(201, RebasingSchema)
@access(Role.OPERATOR, scope="indices:write")
def enter_rebasing(document: dict[str, Any], index_id: str) -> Any:
    """录入指数基期调整（运营方） / Enter that a publisher has changed an index's base (operators)"""
    entered = services.enter_rebasing(index_id, **document, actor=current_actor(), now=now())
    return entered, {"Location": url_for("indices.list_rebasings", index_id=index_id)}


@blp.get("/indices/<index_id>/price")
@blp.arguments(MonthQuery, location="query")
@blp.response(200, MonthPriceSchema)
@access(scope="indices:read")
def read_price(query: dict[str, Any], index_id: str) -> Any:
    """指数月均价 / The price of an index in a month"""
    return queries.monthly_price(index_id, query["month"], today=beijing_date(now()))
