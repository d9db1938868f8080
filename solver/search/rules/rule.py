"""What a term that looks over several contracts asks of a component's volumes (decision 6 in docs).

A rule is a function of volumes alone: which contracts are made follows from them.  Units: grade units.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from solver.search.exact import ExactVolumes
    from solver.search.formulation.draft import Draft

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A term that is missed, and what may be done about it.

    ``pairs``: contracts without which it would hold, or at least one of them; ``missing``: quanta that are missing
    where the contracts in ``raises`` could have more (0: volume would not help).
    """

    term: str
    pairs: tuple[int, ...]
    missing: Number = 0
    raises: tuple[int, ...] = ()


class Rule(Protocol):
    """One term of one order, or of several together."""

    @property
    def term(self) -> str:
        """The term's name, which is also the reason that is given where it binds (docs/model.md 7.3)."""

    @property
    def owner(self) -> int:
        """Which of the component's orders states it."""

    @property
    def pairs(self) -> tuple[int, ...]:
        """The contracts it looks at."""

    def add_to(self, draft: Draft) -> None:
        """Put what it asks of the free pairs into a model, in view of what the others hold."""

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """Whether volumes miss it, exactly."""

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """How many quanta more a made contract may have in a period; negative: less; None: as many as wanted."""

    def over_the_term(self) -> Rule | None:
        """What remains of it where all periods are one; None where it says nothing about that."""
