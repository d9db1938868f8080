"""Errors as they may be written down: their kind and their place, never their message, which may hold a secret.

A message may quote a limit price, a password or a statement with its values; a line of our source never does.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError

MOST_PLACES = 12


def place_of(error: BaseException) -> str:
    """The kind of error and where it was raised.

    >>> place_of(ValueError("98000"))
    'ValueError'
    """
    frames = traceback.extract_tb(error.__traceback__)
    return type(error).__name__ + (f" at {_where(frames[-1])}" if frames else "")


def places_of(error: BaseException) -> str:
    """The same with the calls that led there, the outermost first, and with the errors that caused it.

    >>> try:
    ...     int("98000 CNY")
    ... except ValueError as error:
    ...     places_of(error).partition(" at ")[0]
    'ValueError'
    """
    told: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-MOST_PLACES:]
        way = " > ".join(_where(frame) for frame in frames)
        told.append(type(current).__name__ + (f" at {way}" if way else ""))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "; because of ".join(told)


def reason_of(error: BaseException) -> str:
    """Why a database did not serve: the kind of its error and its code.

    Of a connection that was never made, the driver's words too: no statement had been sent by then.

    >>> import sqlite3
    >>> reason_of(DBAPIError("SELECT 98000", {}, sqlite3.OperationalError("98000 is locked")))
    'OperationalError'
    """
    if not isinstance(error, DBAPIError) or error.orig is None:
        return place_of(error)
    cause = error.orig
    kind = type(cause).__name__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    if code:
        return f"{kind} {code}"
    words = str(cause).strip().partition("\n")[0] if error.statement is None else ""
    return f"{kind}: {words}" if words else kind


def _where(frame: traceback.FrameSummary) -> str:
    return f"{Path(frame.filename).name}:{frame.lineno}"
