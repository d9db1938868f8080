"""Who may call a route.  Every route names it; a route without it does not register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import current_app
from flask_login import LoginManager, current_user
from werkzeug.exceptions import Unauthorized

from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import Clock
from marketplace.shared.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])

login_manager = LoginManager()


@dataclass(frozen=True)
class Access:
    """The rule of one route: open to all, to every member, or to members with one of some roles.

    ``scope`` is what a personal token must carry, e.g. ``orders:write``; a session carries all scopes.
    """

    roles: frozenset[Role] | None  # None: any member
    scope: str | None
    public: bool = False


def access(*roles: Role, scope: str | None = None, public: bool = False) -> Callable[[View], View]:
    """Declare and enforce a route's rule: ``@access(Role.OPERATOR, scope="rounds:write")``."""
    rule = Access(frozenset(roles) or None, scope, public)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not rule.public:
                enforce(rule)
            return view(*args, **kwargs)

        guarded.__access__ = rule  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def enforce(rule: Access) -> None:
    """Raises Unauthorized without a member, NotAllowed without the role or the token's scope."""
    if not current_user.is_authenticated:
        raise Unauthorized("sign in, or send a personal token as 'Authorization: Bearer …'")
    scopes = current_user.token_scopes
    if rule.scope is not None and scopes is not None and rule.scope not in scopes:
        raise NotAllowed(f"this token lacks the scope {rule.scope}")
    if rule.roles is not None:
        current_actor().must_be(*sorted(rule.roles))


def current_actor() -> Actor:
    """The member who calls, as the services want it."""
    actor: Actor = current_user.actor
    return actor


def now() -> Any:
    """The moment of this request, by the application's clock."""
    clock: Clock = current_app.extensions["changdan-clock"]
    return clock()
