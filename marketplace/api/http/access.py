"""Who may call a route.  Every route names it; a route without it does not register."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app, request, session
from flask_login import current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import Clock
from marketplace.shared.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER = "X-CSRF-Token"


@dataclass(frozen=True)
class Access:
    """The rule of one route: open to all, to every member, or to members with one of some roles.

    ``scope`` is what a personal token must carry, e.g. ``orders:write``; a session carries all scopes.
    ``session_only`` routes take no token at all.  ``secret_reply`` routes answer with something that must
    never be stored, so they take no Idempotency-Key.  ``reading`` routes answer a question that is too long for an
    address: whatever their method they store nothing, take a scope to read, and a repeat needs no key.
    """

    roles: frozenset[Role] | None  # None: any member
    scope: str | None
    public: bool = False
    session_only: bool = False
    secret_reply: bool = False
    reading: bool = False


def access(
    *roles: Role,
    scope: str | None = None,
    public: bool = False,
    session_only: bool = False,
    secret_reply: bool = False,
    reading: bool = False,
) -> Callable[[View], View]:
    """Declare a route's rule, which its blueprint enforces: ``@access(Role.OPERATOR, scope="rounds:write")``."""
    rule = Access(frozenset(roles) or None, scope, public, session_only, secret_reply, reading)

    def decorate(view: View) -> View:
        view.__access__ = rule  # type: ignore[attr-defined]
        return view

    return decorate


def enforce(rule: Access) -> None:
    """Raises Unauthorized without a member, NotAllowed without the role, the token's scope or the CSRF token."""
    if rule.public:
        return
    caller = current_user._get_current_object()
    if not caller.is_authenticated:
        raise Unauthorized(
            "sign in, or send a personal token that is neither expired nor revoked as 'Authorization: Bearer …'",
            www_authenticate=WWWAuthenticate("bearer"),
        )
    scopes = caller.token_scopes
    if scopes is None:
        _check_csrf()
    elif rule.session_only:
        raise NotAllowed("this needs a session: sign in with the password; a personal token is not enough")
    elif rule.scope is not None and rule.scope not in scopes:
        raise NotAllowed(f"this token lacks the scope {rule.scope}")
    if rule.roles is not None:
        caller.actor.must_be(*sorted(rule.roles))


def _check_csrf() -> None:
    """A browser sends the cookie by itself, whoever made it call; this header it does not."""
    if request.method in SAFE_METHODS:
        return
    expected, sent = session.get("csrf_token", ""), request.headers.get(CSRF_HEADER, "")
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode()):
        raise NotAllowed(f"with a session cookie, send the csrf_token of GET /api/v1/session as {CSRF_HEADER}")


def current_actor() -> Actor:
    """The member who calls, as the services want it."""
    actor: Actor = current_user.actor
    return actor


def now() -> datetime:
    """The moment of this request, by the application's clock."""
    clock: Clock = current_app.extensions["changdan-clock"]
    return clock()
