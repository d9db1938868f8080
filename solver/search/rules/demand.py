"""A rule that trading nothing may break: it is held as far as can be, and what it lacks is counted by its class.

Unlike the other rules it makes no volumes wrong.  Of two clearings the one is better that lacks less in the most
important class, then in the next, and only then the one with more welfare (docs/model.md 3.23).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from solver.form.terms import CLASSES
from solver.search.backend import NOT_ABOVE
from solver.search.rules.row import Row
from solver.search.rules.rule import Number, Shortfall

if TYPE_CHECKING:
    from solver.search.exact import ExactVolumes
    from solver.search.formulation.draft import Draft

NEAR = 1e-6  # grade units by which a model in floats may lack more; exact volumes are compared exactly
Missing = tuple[Fraction, ...]  # by class, most important first


@dataclass(frozen=True)
class Demand:
    """A row "at least" with its class; ``most``: what it can lack."""

    key: tuple[str, ...]
    rank: int  # of its class
    row: Row
    most: Fraction

    @property
    def term(self) -> str:
        """The row's."""
        return self.row.term

    @property
    def owner(self) -> int:
        """The row's."""
        return self.row.owner

    @property
    def pairs(self) -> tuple[int, ...]:
        """The row's."""
        return self.row.pairs

    def missing(self, exact: ExactVolumes) -> Fraction:
        """What volumes lack of it, in grade units."""
        return max(Fraction(0), -self.row.slack(exact))

    def add_to(self, draft: Draft) -> None:
        """The row with what it lacks as a variable of the model."""
        handle = draft.model.add("missing", np.array([float(self.most)]))
        self.row.add_to(draft, int(handle[0]))
        draft.missing.append((self, int(handle[0])))
        draft.derived.append((handle, lambda volumes: np.array([self.row.lacks(volumes)])))

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """None: no volumes are wrong by it."""
        return None

    def to_raise(self, exact: ExactVolumes) -> Shortfall | None:
        """What is missing where contracts that are made could mend it."""
        return self.row.shortfall(exact)

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """As the row says: none for what would make it lack more."""
        return self.row.room(exact, p, t)

    def over_the_term(self) -> Demand:
        """The same: its coefficients are equal in all periods."""
        row = self.row.over_the_term()
        assert row is not None
        return replace(self, row=row)


def missing_by_class(demands: Sequence[Demand], exact: ExactVolumes) -> Missing:
    """What volumes lack of all demands, added up in each class."""
    found = [Fraction(0)] * len(CLASSES)
    for demand in demands:
        found[demand.rank] += demand.missing(exact)
    return tuple(found)


def comes_before(one: ExactVolumes, other: ExactVolumes) -> bool:
    """3.23: what the demands lack counts first, class by class, then welfare."""
    missing = [missing_by_class(each.component.demands, each) for each in (one, other)]
    return missing[0] < missing[1] or (missing[0] == missing[1] and one.welfare() > other.welfare())


def hold_classes(draft: Draft, allowed: Mapping[int, Fraction]) -> None:
    """No class lacks more, in all, than is allowed."""
    for rank, most in allowed.items():
        handles = [handle for demand, handle in draft.missing if demand.rank == rank]
        draft.model.row("missing", np.array(handles, dtype=np.int64), 1.0, NOT_ABOVE, float(most) + NEAR)
