"""How a request says who calls: a session cookie, or a personal token, through one Flask-Login loader."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from flask import Request, current_app, g, request, session
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy.exc import InternalError

from marketplace.accounts import callers, services
from marketplace.accounts.callers import SignedIn
from marketplace.accounts.models import Member
from marketplace.api.http.access import now
from marketplace.shared.database import BUSY, unit_of_work

SESSION_LASTS = timedelta(hours=12)
USE_IS_NOTED_EVERY = timedelta(hours=1)

login_manager = LoginManager()
login_manager.session_protection = None  # a session ends by its key, its age and signing out, not by address or browser


def start_session(member: Member) -> None:
    """Bind a fresh session cookie, with a fresh CSRF token, to this member; whatever was in it before is dropped."""
    session.clear()
    login_user(callers.caller_of_session(member.get_id()))
    session["signed_in_at"] = now().isoformat()
    session["csrf_token"] = secrets.token_urlsafe(32)


def end_session() -> None:
    """Forget who calls."""
    logout_user()
    session.clear()


@login_manager.user_loader
def caller_of_cookie(session_id: str) -> SignedIn | None:
    """Whom a session cookie stands for; a request that sends a token is judged by the token alone."""
    if "Authorization" in request.headers:
        return None
    signed_in_at = session.get("signed_in_at")
    if signed_in_at is None or now() >= datetime.fromisoformat(signed_in_at) + SESSION_LASTS:
        return None
    return callers.caller_of_session(session_id)


@login_manager.request_loader
def caller_of_request(request: Request) -> SignedIn | None:
    """Whose personal token the request carries."""
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        return None
    caller = callers.caller_of_token(sent.token, now())
    if caller is not None and (caller.token_used_at is None or now() - caller.token_used_at >= USE_IS_NOTED_EVERY):
        g.used_token_id = caller.token_id
    return caller


def note_token_use() -> None:
    """Store when a token was last used, after the request's own transaction, at most once an hour.

    The reply stands already: a database too busy for this costs a note, not the request.
    """
    token_id = g.pop("used_token_id", None)
    if token_id is None:
        return
    try:
        with unit_of_work():
            services.note_token_use(token_id, now=now())
    except (*BUSY, InternalError):
        current_app.logger.warning("the use of token %s was not noted: the database was busy, or only reads", token_id)
