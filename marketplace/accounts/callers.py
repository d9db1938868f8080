"""Who calls: read anew with every request, so that a change of roles, a revoked token or a suspension counts at once.

One statement and no objects: every request of the platform pays for this.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_login import UserMixin

from marketplace.accounts.models import ApiToken, Member, Organisation
from marketplace.accounts.rules.members import MAY_SIGN_IN
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import execute


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):
    """A member as Flask-Login knows it; ``token_scopes`` are those of the token that brought it in, None: a session."""

    id: str
    organisation_id: str
    email: str
    session_key: str
    actor: Actor
    token_id: str | None = None
    token_scopes: frozenset[str] | None = None
    token_used_at: datetime | None = None

    def get_id(self) -> str:
        """What the session cookie carries: changing the key ends all sessions."""
        return f"{self.id}:{self.session_key}"


_members: sa.Table = Member.__table__  # type: ignore[assignment]
_organisations: sa.Table = Organisation.__table__  # type: ignore[assignment]
_tokens: sa.Table = ApiToken.__table__  # type: ignore[assignment]

_MEMBER = (
    _members.c.id,
    _members.c.organisation_id,
    _members.c.email,
    _members.c.session_key,
    _members.c.roles,
    _members.c.active,
    _organisations.c.status,
)
_BY_ID = (
    sa.select(*_MEMBER)
    .join_from(_members, _organisations, _members.c.organisation_id == _organisations.c.id)
    .where(_members.c.id == sa.bindparam("member_id"))
)
_BY_TOKEN = (
    sa.select(*_MEMBER, *(_tokens.c[name] for name in ("expires_at", "revoked_at", "scopes", "last_used_at")))
    .add_columns(_tokens.c.id.label("token_id"))
    .join_from(_tokens, _members, _tokens.c.member_id == _members.c.id)
    .join(_organisations, _members.c.organisation_id == _organisations.c.id)
    .where(_tokens.c.secret_hash == sa.bindparam("secret_hash"))
)


def caller_of_session(session_id: str) -> SignedIn | None:
    """Whom a session cookie's ``member:session_key`` stands for, if the key still holds and the member may sign in."""
    member_id, _, session_key = session_id.partition(":")
    row = execute(_BY_ID, {"member_id": member_id}).one_or_none()
    return None if row is None or row.session_key != session_key else _signed_in(row)


def caller_of_token(secret: str, now: datetime) -> SignedIn | None:
    """Whose token has this secret, unless it is revoked or expired or its member may not sign in."""
    row = execute(_BY_TOKEN, {"secret_hash": token_hash(secret)}).one_or_none()
    if row is None or row.revoked_at is not None or now >= row.expires_at:
        return None
    return _signed_in(row, token_id=row.token_id, token_scopes=frozenset(row.scopes), token_used_at=row.last_used_at)


def token_hash(secret: str) -> str:
    """How a token's secret is stored; it has 256 random bits, so a plain SHA-256 cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _signed_in(row: Any, **token: Any) -> SignedIn | None:
    if not (row.active and row.status in MAY_SIGN_IN):
        return None
    actor = Actor(
        row.id, row.organisation_id, frozenset(Role(role) for role in row.roles), verified=row.status == "verified"
    )
    return SignedIn(row.id, row.organisation_id, row.email, row.session_key, actor, **token)
