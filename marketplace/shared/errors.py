"""The errors a domain raises.  The delivery code turns each into its own form (problem details, exit code)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


class DomainError(Exception):
    """Base of all errors that a user can understand and act on.  ``code`` is stable, for programs."""

    code = "error"


@dataclass(frozen=True)
class Fault:
    """One bad value: where (RFC 6901 pointer into the input), what was given, what is allowed."""

    pointer: str
    message: str
    value: Any = None
    limit: Any = None
    code: str = "invalid"

    def as_document(self) -> dict[str, Any]:
        """As JSON can keep it."""
        return {**vars(self), "value": plain(self.value), "limit": plain(self.limit)}


class InvalidInput(DomainError):
    """Values were refused; carries every fault found, not only the first."""

    code = "invalid-input"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in self.faults))

    @classmethod
    def at(
        cls, pointer: str, message: str, value: Any = None, limit: Any = None, code: str = "invalid"
    ) -> InvalidInput:
        """One fault alone."""
        return cls([Fault(pointer, message, value, limit, code)])


class NotFound(DomainError):
    """No such thing, or not this actor's: the two are never told apart."""

    code = "not-found"

    def __init__(self, kind: str, identifier: str) -> None:
        self.kind, self.identifier = kind, identifier
        super().__init__(f"no {kind} {identifier}")


class NotAllowed(DomainError):
    """The actor is known, and may not do this."""

    code = "not-allowed"


class Conflict(DomainError):
    """The thing exists already, or its state forbids this."""

    code = "conflict"


class LimitReached(Conflict):
    """There are as many as there may be: of what, how many there would be, and how many may be."""

    code = "limit-reached"

    def __init__(self, pointer: str, message: str, value: int, limit: int) -> None:
        self.fault = Fault(pointer, message, value, f"at most {limit}", "too-many")
        self.value, self.limit = value, limit
        super().__init__(f"{message}: {value}, at most {limit}")


class Superseded(Conflict):
    """Another has taken this work over, or it has ended; what this one found is dropped."""

    code = "superseded"


class TransitionNotAllowed(Conflict):
    """A lifecycle's table has no such step."""

    code = "transition-not-allowed"

    def __init__(self, kind: str, status: str, action: str) -> None:
        self.kind, self.status, self.action = kind, status, action
        super().__init__(f"{kind} is {status}: it cannot {action}")


class StaleVersion(DomainError):
    """Somebody changed the thing in between."""

    code = "stale-version"


def plain(value: Any) -> Any:
    """A value as a problem document shows it; lists and objects as JSON writes them.

    >>> plain(["x", None]), plain(Decimal("1E+2"))
    ('["x", null]', '100')
    """
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else str(value)
    if isinstance(value, bool | int | None):
        return value
    text = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list | tuple) else str(value)
    return text[:200]
