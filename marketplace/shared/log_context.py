"""What a line of the log is about besides its words: the request or the job that is under way here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})

_fields: ContextVar[Mapping[str, Any]] = ContextVar("log_fields", default=NOTHING)  # it cannot change


def begin(**fields: Any) -> None:
    """From here on lines are about this, and about nothing that was before."""
    _fields.set(fields)


def note(**fields: Any) -> None:
    """They are about this as well."""
    _fields.set({**_fields.get(), **fields})


def follow(request_id: str | None) -> None:
    """They are about the call that once asked for what is done now, if one did; until the ``about`` around ends.

    >>> with about(job="make_export"):
    ...     follow("my-request-0001"), follow(None)
    ...     dict(present())
    (None, None)
    {'job': 'make_export', 'request_id': 'my-request-0001'}
    """
    if request_id is not None:
        note(request_id=request_id)


def request_id() -> str | None:
    """The id of the call that is under way here, or that is followed."""
    found: str | None = present().get("request_id")
    return found


def end() -> None:
    """They are about nothing any more."""
    _fields.set(NOTHING)


def present() -> Mapping[str, Any]:
    """What they are about.

    >>> with about(job="look"):
    ...     note(subject="rnd_1")
    ...     dict(present())
    {'job': 'look', 'subject': 'rnd_1'}
    >>> dict(present())
    {}
    """
    return _fields.get()


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Lines are about this as long as it is open; what is None says nothing."""
    known = {name: value for name, value in fields.items() if value is not None}
    token = _fields.set({**_fields.get(), **known})
    try:
        yield
    finally:
        _fields.reset(token)
