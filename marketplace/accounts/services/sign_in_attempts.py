"""Attempts to sign in, counted before the password is looked at, in a transaction of their own.

So a hundred attempts at once are a hundred, not as many as pass before the first has failed, and every process and
machine counts on the same rows.  What is written and how long that takes does not depend on whether the account exists:
rows and audit entries of unknown accounts are of the same form.  They name the account by a hash, since people type
passwords into the wrong field.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.accounts import queries
from marketplace.accounts.models import LoginFailure
from marketplace.accounts.rules.members import SignInPaused
from marketplace.accounts.rules.sign_in import (
    FORGOTTEN_AFTER,
    FREE_PER_ACCOUNT,
    FREE_PER_ADDRESS,
    failures_that_count,
    pause_after,
)
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db

ALL_ACCOUNTS = ""  # of the row that counts an address's failures on whatever account
FORGOTTEN_AT_ONCE = 20


def begin_sign_in(*, email: str, address: str, now: datetime) -> None:
    """Count an attempt as failed until it succeeds; to be committed before the password is looked at.

    Allowed: everybody.
    Raises: SignInPaused, and nothing is counted.
    """
    account = account_hash(email)
    rows = _held(account, address, now)
    waits = [row.paused_until for row in rows if row.paused_until is not None and now < row.paused_until]
    if waits:
        raise SignInPaused(math.ceil((max(waits) - now).total_seconds()))
    for row, free in zip(rows, (FREE_PER_ADDRESS, FREE_PER_ACCOUNT), strict=True):
        row.failures = failures_that_count(row.failures, row.last_at, now) + 1
        row.last_at = now
        pause = pause_after(row.failures, free)
        row.paused_until = now + pause if pause else None
    db.session.flush()
    of_account = rows[1]
    if of_account.paused_until is not None:
        _tell_the_trail(email, account, address, of_account, now)
    forget_failures(now, most=FORGOTTEN_AT_ONCE)


def end_sign_in(*, email: str, address: str, begun_at: datetime) -> None:
    """The attempt begun at that moment has succeeded: the account's failures from here are forgotten.

    The address's are one fewer, not none: whoever has one account could go on guessing at others.
    """
    of_address, of_account = _held(account_hash(email), address, begun_at)
    db.session.delete(of_account)
    of_address.failures = max(of_address.failures - 1, 0)
    if of_address.last_at == begun_at:  # the pause, if any, is this attempt's own; another's stays
        of_address.paused_until = None
    db.session.flush()


def forget_failures(now: datetime, *, most: int | None = None) -> int:
    """Delete what counts for nothing any more, at most so many rows, oldest first; how many went."""
    old = (
        sa.select(LoginFailure.account, LoginFailure.address)
        .where(LoginFailure.last_at <= now - FORGOTTEN_AFTER)
        .order_by(LoginFailure.last_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    gone = sa.delete(LoginFailure).where(
        sa.tuple_(LoginFailure.account, LoginFailure.address).in_(sa.select(old)),
    )
    found = db.session.scalars(gone.returning(LoginFailure.address), execution_options={"synchronize_session": False})
    return len(found.all())


def account_hash(email: str) -> str:
    """How the rows name an account that may or may not exist."""
    return hashlib.sha256(b"sign-in\n" + email.lower().encode("utf-8", "surrogatepass")).hexdigest()


def _held(account: str, address: str, now: datetime) -> tuple[LoginFailure, LoginFailure]:
    """The rows of the address and of the account from there, begun if need be and locked, always in this order."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = []
    for name in (ALL_ACCOUNTS, account):
        begun = insert(LoginFailure).values(account=name, address=address, failures=0, last_at=now)
        db.session.execute(begun.on_conflict_do_nothing())
        query = sa.select(LoginFailure).filter_by(account=name, address=address).with_for_update()
        rows.append(db.session.scalars(query.execution_options(populate_existing=True)).one())
    return rows[0], rows[1]


def _tell_the_trail(email: str, account: str, address: str, row: LoginFailure, now: datetime) -> None:
    """A pause is an entry in the chain of the account's organisation; in the system's, if there is no such account."""
    member = queries.member_by_email(email)
    pause: timedelta = row.paused_until - now if row.paused_until is not None else timedelta(0)
    audit.record(
        "accounts:session:paused",
        account if member is None else member.id,
        actor=SYSTEM,
        now=now,
        organisation_id=SYSTEM.organisation_id if member is None else member.organisation_id,
        payload={"failures": row.failures, "address": address, "pause_s": int(pause.total_seconds())},
    )
