"""Signing in and out, who one is, one's own password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import session
from flask_login import current_user

from marketplace.accounts import queries, services
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.limits import caller_address
from marketplace.api.http.sign_in import end_session, start_session
from marketplace.api.v1.accounts.schemas import PasswordChangeSchema, SessionSchema, SignInSchema
from marketplace.shared.database import unit_of_work
from marketplace.shared.errors import InvalidInput

blp = ApiBlueprint("sessions", __name__, description="登录 / Sessions")


@blp.post("/session")
@blp.arguments(SignInSchema)
@blp.response(200, SessionSchema)
@blp.alt_response(401, "UNAUTHORIZED")
@access(public=True, secret_reply=True)
def sign_in(document: dict[str, Any]) -> Any:
    """登录 / Sign in: sets the session cookie and answers with the CSRF token"""
    with _one_attempt(document["email"]):
        member = services.sign_in(**document, now=now())
    start_session(member)
    return _who()


@blp.get("/session")
@blp.response(200, SessionSchema)
@access()
def read_session() -> Any:
    """当前身份 / Who calls"""
    return _who()


@blp.delete("/session")
@blp.response(204)
@access(session_only=True)
def sign_out() -> None:
    """退出登录（所有设备） / Sign out, on all machines"""
    services.end_sessions(actor=current_actor(), now=now())
    end_session()


@blp.post("/session/password")
@blp.arguments(PasswordChangeSchema)
@blp.response(200, SessionSchema)
@access(session_only=True, secret_reply=True)
def change_password(document: dict[str, Any]) -> Any:
    """修改密码 / Change one's password; all sessions end, this one begins anew"""
    with _one_attempt(current_user.email):  # whoever has the session alone must not guess the password here either
        member = services.change_password(**document, actor=current_actor(), now=now())
    start_session(member)
    return _who()


@contextmanager
def _one_attempt(email: str) -> Iterator[None]:
    """An attempt at a password, counted before it is looked at: what is committed here a refusal does not undo."""
    address, begun_at = caller_address(), now()
    with unit_of_work():
        services.begin_sign_in(email=email, address=address, now=begun_at)
    try:
        yield
    except InvalidInput as refusal:
        if all(fault.code != "wrong-password" for fault in refusal.faults):  # the password was right, the new one weak
            with unit_of_work():
                services.end_sign_in(email=email, address=address, begun_at=begun_at)
        raise
    services.end_sign_in(email=email, address=address, begun_at=begun_at)


def _who() -> tuple[dict[str, Any], dict[str, str]]:
    scopes = current_user.token_scopes
    member = queries.member_by_id(current_user.id)
    who = {
        "member": member,
        "organisation": member.organisation,
        "scopes": None if scopes is None else sorted(scopes),
        "csrf_token": session.get("csrf_token") if scopes is None else None,
    }
    return who, {"Cache-Control": "no-store"}
