"""A lifecycle is a table ``{(status, action): next status}``; everything not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.shared.errors import TransitionNotAllowed


@dataclass(frozen=True)
class Lifecycle:
    """The steps that a kind of thing may take.

    >>> door = Lifecycle("door", "open", {("open", "shut"): "shut", ("shut", "open"): "open"})
    >>> door.next("open", "shut")
    'shut'
    >>> door.next("shut", "shut")
    Traceback (most recent call last):
    marketplace.shared.errors.TransitionNotAllowed: door is shut: it cannot shut
    """

    kind: str
    initial: str
    table: Mapping[tuple[str, str], str]

    def next(self, status: str, action: str) -> str:
        """The status after ``action``; raises TransitionNotAllowed when the table has no such step."""
        try:
            return self.table[status, action]
        except KeyError:
            raise TransitionNotAllowed(self.kind, status, action) from None

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every status, in the order in which the table names them."""
        names = [self.initial, *(s for s, _ in self.table), *self.table.values()]
        return tuple(dict.fromkeys(names))

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action, in the order in which the table names them."""
        return tuple(dict.fromkeys(action for _, action in self.table))
