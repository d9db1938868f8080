"""Signing in and out."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts import queries
from marketplace.accounts.models import Member
from marketplace.accounts.rules.members import SignInRefused
from marketplace.accounts.rules.passwords import LONGEST
from marketplace.accounts.services.passwords import hash_password, matches, new_session_key, outdated
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db


def sign_in(*, email: str, password: str, now: datetime) -> Member:
    """The member whom e-mail and password open; an old hash is made anew with today's parameters.

    Allowed: everybody.
    Raises: SignInRefused, after the same work and in the same words whether there is such a member or not.
    """
    member = queries.member_by_email(email)
    right = len(password) <= LONGEST and matches(None if member is None else member.password_hash, password)
    if member is None or not right or not member.is_active:
        raise SignInRefused
    if outdated(member.password_hash):
        member.password_hash = hash_password(password)
        db.session.flush()
    audit.record("accounts:session:started", member.id, actor=member.actor, now=now)
    return member


def end_sessions(*, actor: Actor, now: datetime) -> None:
    """Sign out: every session of the actor ends, on every machine, so that a copied cookie is worth nothing."""
    member = queries.member_by_id(actor.member_id)
    member.session_key = new_session_key()
    db.session.flush()
    audit.record("accounts:session:ended", member.id, actor=actor, now=now)
