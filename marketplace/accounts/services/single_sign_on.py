"""Signing in by what an issuer says, which the delivery code has checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts import queries
from marketplace.accounts.models import Member
from marketplace.accounts.rules.members import SingleSignOnFailed
from marketplace.shared import audit


def sign_in_by_issuer(claims: Mapping[str, Any], *, issuer: str, now: datetime) -> Member:
    """The member with the e-mail address that the issuer has verified; nobody becomes a member this way.

    Allowed: everybody.
    Raises: SingleSignOnFailed, in the same words whether there is no such member or it may not sign in.
    """
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise SingleSignOnFailed("the issuer names no e-mail address that it has verified")
    member = queries.member_by_email(email)
    if member is None or not member.is_active:
        raise SingleSignOnFailed("this e-mail address opens no account here")
    payload = {"issuer": issuer, "subject": str(claims["sub"])}
    audit.record("accounts:session:started", member.id, actor=member.actor, now=now, payload=payload)
    return member
