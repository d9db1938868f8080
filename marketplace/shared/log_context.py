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
    """Lines are about this as long as it is open."""
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)
