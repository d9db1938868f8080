"""A rule that is one linear row over volumes and over which contracts are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import lcm
from operator import mul
from typing import TYPE_CHECKING

import numpy as np

from solver.search.backend import NONE, NOT_ABOVE, NOT_BELOW
from solver.search.rules.rule import Number, Shortfall

if TYPE_CHECKING:
    from solver.pairs.screened import Floats
    from solver.search.exact import ExactVolumes
    from solver.search.formulation.draft import Draft

Coefficients = tuple[Fraction, ...]  # by period
Contracts = tuple[int, ...]  # pairs
ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Counted:
    """What every quantum and every contract leaves to a row's limit: whole numbers of equal parts of its unit."""

    parts: int  # in a unit
    volumes: dict[int, tuple[int, ...]]  # pair -> by period
    made: dict[Contracts, int]
    limit: int  # what is left where there is nothing


@dataclass(frozen=True)
class Row:
    """sum of coefficient x volume + sum of coefficient x (is any of these contracts made) <= limit, or >= it."""

    term: str
    owner: int
    volumes: Mapping[int, Coefficients] = field(default_factory=dict)  # pair -> coefficient by period
    made: Mapping[Contracts, Fraction] = field(default_factory=dict)
    limit: Fraction = ZERO
    at_least: bool = False

    @cached_property
    def pairs(self) -> Contracts:
        """The contracts it looks at."""
        return tuple(sorted({*self.volumes, *(p for contracts in self.made for p in contracts)}))

    @cached_property
    def floats(self) -> dict[int, Floats]:
        """The coefficients of volumes, (T,) of each pair."""
        return {p: _as_floats(of) for p, of in self.volumes.items()}

    def add_to(self, draft: Draft, missing: int = NONE) -> None:
        """The row over what is free, less what is held; ``missing``: a variable of what it lacks."""
        handles: list[int] = []
        coefficients: list[float] = []
        held = 0.0
        for p, of in self.floats.items():
            if draft.contract[p] >= 0:
                handles += draft.volume[p].tolist()
                coefficients += of.tolist()
            else:
                held += float(of @ draft.held[p])
        for contracts, coefficient in self.made.items():
            handle, constant = draft.any_made(contracts)
            handles.append(handle)
            coefficients.append(float(coefficient))
            held += constant * float(coefficient)
        handles.append(missing)
        coefficients.append(1.0 if self.at_least else -1.0)
        sense = NOT_BELOW if self.at_least else NOT_ABOVE
        if any(handle >= 0 for handle in handles):
            limit = float(self.limit) - held
            draft.model.row(self.term, np.array(handles, dtype=np.int64), np.array(coefficients), sense, limit)

    def lacks(self, volumes: Floats) -> float:
        """How far volumes (pairs, periods) are beyond the limit of a row that looks at volumes alone, in floats."""
        beyond = sum(float(of @ volumes[p]) for p, of in self.floats.items()) - float(self.limit)
        return max(0.0, -beyond if self.at_least else beyond)

    def counted(self, exact: ExactVolumes) -> Counted:
        """The row for quanta, in parts so small that all its coefficients are whole: such sums cost far less."""
        found: Counted | None = self.__dict__.get("_counted")
        if found is None:
            found = self.__dict__["_counted"] = self._count(exact)
        return found

    def _count(self, exact: ExactVolumes) -> Counted:
        made = {contracts: self._helps(c) for contracts, c in self.made.items()}
        limit = self._helps(-self.limit)
        # Known by identity: most rows repeat a few coefficients, and a fraction is dear to hash.
        helps = {
            p: {id(c): self._helps(c) * exact.unit(p) for c in {id(c): c for c in of}.values()}
            for p, of in self.volumes.items()
        }
        all_of_them = (*(c for of in helps.values() for c in of.values()), *made.values(), limit)
        parts = lcm(*{c.denominator for c in all_of_them})
        whole = {p: {key: c.numerator * (parts // c.denominator) for key, c in of.items()} for p, of in helps.items()}
        return Counted(
            parts,
            {p: tuple(whole[p][id(c)] for c in of) for p, of in self.volumes.items()},
            {contracts: int(c * parts) for contracts, c in made.items()},
            int(limit * parts),
        )

    def left(self, exact: ExactVolumes) -> int:
        """How far volumes are from the limit, in the parts of ``counted``; negative where they are beyond it."""
        counted = self.counted(exact)
        found = counted.limit + sum(helps for contracts, helps in counted.made.items() if exact.any_made(contracts))
        return found + sum(self._part(exact, p) for p in self.volumes if p in exact.quanta)

    def slack(self, exact: ExactVolumes) -> Fraction:
        """The same in the units of the limit."""
        return Fraction(exact.left_of(self), self.counted(exact).parts)

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """Whether the row is broken, which contracts could mend it, and else which must go."""
        if not any(p in exact.quanta for p in self.pairs):
            return None
        left = exact.left_of(self)
        if left >= 0:
            return None
        slack = self.slack(exact)
        raises = tuple(p for p in self.volumes if p in exact.quanta and self._best(p) > 0)
        step = min((self._best(p) * Fraction(exact.quantum(p)) for p in raises), default=ZERO)
        return Shortfall(self.term, self._to_drop(exact), -slack / step if raises else 0, raises)

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """By the coefficient of the pair in the period, where more volume is against the row."""
        if p not in self.volumes:
            return None
        against = -self.counted(exact).volumes[p][t]
        if against <= 0:
            return None
        room = exact.left_of(self) // against
        return max(room, 0) if self.at_least else room  # what is missing is not found by taking other volume back

    def over_the_term(self) -> Row | None:
        """The same row where its coefficients do not change from period to period."""
        if any(len(set(of)) > 1 for of in self.volumes.values()):
            return None
        return replace(self, volumes={p: of[:1] for p, of in self.volumes.items()})

    def _helps(self, coefficient: Fraction) -> Fraction:
        return coefficient if self.at_least else -coefficient

    def _best(self, p: int) -> Fraction:
        return max(map(self._helps, self.volumes[p]))

    def _part(self, exact: ExactVolumes, p: int) -> int:
        return sum(map(mul, self.counted(exact).volumes[p], exact.quanta[p]))

    def _to_drop(self, exact: ExactVolumes) -> Contracts:
        """The contract of least worth whose end would be for the row; all of the row's where none is."""

        def relief(p: int) -> int:
            by_volume = self._part(exact, p) if p in self.volumes else 0
            made = self.counted(exact).made
            return -(by_volume + sum(c for own, c in made.items() if p in own and exact.only_made(p, own)))

        there = [p for p in self.pairs if p in exact.quanta]
        useful = [p for p in there if relief(p) > 0]
        return (min(useful, key=lambda p: (exact.pair_welfare(p), p)),) if useful else tuple(there)


def _as_floats(of: Coefficients) -> Floats:
    if of.count(of[0]) == len(of):
        return np.full(len(of), float(of[0]))  # one conversion: most rows are the same in all periods
    return np.array([float(c) for c in of])


def ones(pairs: Iterable[int], periods: int, coefficient: Fraction = Fraction(1)) -> dict[int, Coefficients]:
    """The same coefficient for every volume of some pairs, in the units of their grade."""
    return dict.fromkeys(pairs, (coefficient,) * periods)
