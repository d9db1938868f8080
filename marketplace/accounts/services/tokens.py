"""Personal tokens: for programs that act for a member."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.accounts import queries
from marketplace.accounts.callers import token_hash
from marketplace.accounts.models import ApiToken
from marketplace.accounts.rules.tokens import token_faults
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.identifiers import new_id

ENDED_TOKENS_KEPT_FOR = timedelta(days=180)  # whoever finds a leaked one still sees what it was and when it was used
PREFIX = "cd_"  # so that a token that leaked into a text is recognised


def make_token(
    *, name: str, scopes: Sequence[str], valid_days: int, actor: Actor, now: datetime
) -> tuple[ApiToken, str]:
    """A token of the actor's own, and its secret, which is not stored and cannot be shown again.

    Raises: InvalidInput.
    """
    faults = list(token_faults(name=name, scopes=scopes, valid_days=valid_days))
    if faults:
        raise InvalidInput(faults)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id("tok", now),
        member_id=actor.member_id,
        name=name,
        secret_hash=token_hash(secret),
        scopes=sorted(scopes),
        expires_at=now + timedelta(days=valid_days),
        created_at=now,
    )
    db.session.add(token)
    db.session.flush()
    audit.record("accounts:token:made", token.id, actor=actor, now=now, payload={"scopes": token.scopes})
    return token, secret


def revoke_token(token_id: str, *, actor: Actor, now: datetime) -> ApiToken:
    """Make a token of the actor's own useless, at once and for good; a second time changes nothing.

    Raises: NotFound.
    """
    token = queries.own_token(token_id, actor)
    if token.revoked_at is None:
        token.revoked_at = now
        db.session.flush()
        audit.record("accounts:token:revoked", token.id, actor=actor, now=now)
    return token


def note_token_use(token_id: str, *, now: datetime) -> None:
    """Store when a token was last used; not a change that anybody made, so without audit entry."""
    db.session.execute(sa.update(ApiToken).filter_by(id=token_id).values(last_used_at=now))


def forget_ended_tokens(now: datetime) -> int:
    """Delete tokens that have been revoked or expired for long enough; how many went.  Their audit entries stay."""
    last = now - ENDED_TOKENS_KEPT_FOR
    gone = sa.delete(ApiToken).where(sa.or_(ApiToken.revoked_at <= last, ApiToken.expires_at <= last))
    found = db.session.scalars(gone.returning(ApiToken.id), execution_options={"synchronize_session": False})
    return len(found.all())
