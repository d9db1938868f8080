"""Members of one's own organisation, kept by its administrators.

Who adds a member, or changes one, could thereby sign in and make tokens of any scope: no token may do it.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.accounts import queries, services
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.accounts.schemas import (
    ActiveQuery,
    MemberChangeSchema,
    MemberPageSchema,
    MemberSchema,
    NewMemberSchema,
    NewPasswordSchema,
)
from marketplace.shared.actor import Role

blp = ApiBlueprint("members", __name__, description="成员 / Members")


@blp.get("/members")
@blp.arguments(ActiveQuery, location="query")
@blp.response(200, MemberPageSchema)
@access(Role.ORGANISATION_ADMIN, scope="accounts:read")
def list_members(query: dict[str, Any]) -> Any:
    """本企业成员 / The members of one's own organisation"""
    return queries.members(current_actor(), **query)


@blp.post("/members")
@blp.arguments(NewMemberSchema)
@blp.response(201, MemberSchema)
@access(Role.ORGANISATION_ADMIN, session_only=True)
def add_member(document: dict[str, Any]) -> Any:
    """新增成员 / Add a member"""
    member = services.add_member(**document, actor=current_actor(), now=now())
    return with_etag(member, {"Location": url_for("members.read_member", member_id=member.id)})


@blp.get("/members/<member_id>")
@blp.response(200, MemberSchema)
@access(Role.ORGANISATION_ADMIN, scope="accounts:read")
def read_member(member_id: str) -> Any:
    """一位成员 / One member"""
    return with_etag(queries.own_member(member_id, current_actor()))


@blp.patch("/members/<member_id>")
@blp.arguments(MemberChangeSchema)
@blp.response(200, MemberSchema)
@access(Role.ORGANISATION_ADMIN, session_only=True)
def change_member(changes: dict[str, Any], member_id: str) -> Any:
    """修改或停用成员 / Change a member or take away access"""
    check_version(queries.own_member(member_id, current_actor()))
    return with_etag(services.update_member(member_id, changes, actor=current_actor(), now=now()))


@blp.post("/members/<member_id>/password")
@blp.arguments(NewPasswordSchema)
@blp.response(200, MemberSchema)
@access(Role.ORGANISATION_ADMIN, session_only=True)
def set_password(document: dict[str, Any], member_id: str) -> Any:
    """重设成员密码 / Give a member a new password; all its sessions end"""
    check_version(queries.own_member(member_id, current_actor()), required=False)
    return with_etag(services.set_password(member_id, **document, actor=current_actor(), now=now()))
