"""One's own personal tokens."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.accounts import queries, services
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.schemas import PageQuery
from marketplace.api.v1.accounts.schemas import IssuedTokenSchema, NewTokenSchema, TokenPageSchema, TokenSchema

blp = ApiBlueprint("tokens", __name__, description="个人令牌 / Personal tokens")


@blp.get("/tokens")
@blp.arguments(PageQuery, location="query")
@blp.response(200, TokenPageSchema)
@access(scope="accounts:read")
def list_tokens(query: dict[str, Any]) -> Any:
    """我的令牌 / One's own tokens"""
    return queries.tokens(current_actor(), **query)


@blp.post("/tokens")
@blp.arguments(NewTokenSchema)
@blp.response(201, IssuedTokenSchema)
@access(session_only=True, secret_reply=True)
def make_token(document: dict[str, Any]) -> Any:
    """新建令牌 / Make a token; its secret is shown this once"""
    token, secret = services.make_token(**document, actor=current_actor(), now=now())
    headers = {"Location": url_for("tokens.read_token", token_id=token.id), "Cache-Control": "no-store"}
    return {"secret": secret, "token": token}, headers


@blp.get("/tokens/<token_id>")
@blp.response(200, TokenSchema)
@access(scope="accounts:read")
def read_token(token_id: str) -> Any:
    """一个令牌 / One token"""
    return queries.own_token(token_id, current_actor())


@blp.post("/tokens/<token_id>/revocation")
@blp.response(200, TokenSchema)
@access(scope="accounts:write")
def revoke_token(token_id: str) -> Any:
    """吊销令牌 / Revoke a token, for good"""
    return services.revoke_token(token_id, actor=current_actor(), now=now())
