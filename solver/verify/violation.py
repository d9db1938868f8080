"""What the verifier says of a clearing that is not what it claims to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One claim of a clearing that does not hold.

    ``term``: the number in docs/model.md and its name; ``pointer``: where in the clearing (RFC 6901),
    or ``market:`` and a pointer into the market; ``message``: value found and value due.
    """

    term: str
    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.term} at {self.pointer}: {self.message}"
