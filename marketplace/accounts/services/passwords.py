"""Passwords as they are stored: argon2id, RFC 9106's second recommended setting (64 MiB, 3 passes)."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """A salted hash that names its own parameters."""
    return hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; without a hash to compare with, the same work for a sure no."""
    if password_hash is None:
        hasher.hash(password)
        return False
    try:
        return hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return hasher.check_needs_rehash(password_hash)


def new_session_key() -> str:
    """A key that every session made before does not have."""
    return secrets.token_urlsafe(16)
