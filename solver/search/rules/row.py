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

    @cached_property
    def _whole(self) -> tuple[int, dict[int, tuple[int, ...]]]:
        """A common denominator, and the coefficients in its parts: sums of whole numbers cost far less."""
        parts = lcm(*(c.denominator for of in self.volumes.values() for c in set(of)))
        return parts, {p: tuple(int(c * parts) for c in of) for p, of in self.volumes.items()}

    def slack(self, exact: ExactVolumes) -> Fraction:
        """How far the volumes are from the limit; negative where they are beyond it."""
        value = sum((self._part(exact, p) for p in self.volumes if p in exact.quanta), ZERO)
        value += sum((c for contracts, c in self.made.items() if exact.any_made(contracts)), ZERO)
        return value - self.limit if self.at_least else self.limit - value

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """Whether the row is broken, which contracts could mend it, and else which must go."""
        if not any(p in exact.quanta for p in self.pairs):
            return None
        slack = self.slack(exact)
        if slack >= 0:
            return None
        raises = tuple(p for p in self.volumes if p in exact.quanta and self._best(p) > 0)
        step = min((self._best(p) * Fraction(exact.quantum(p)) for p in raises), default=ZERO)
        return Shortfall(self.term, self._to_drop(exact), -slack / step if raises else 0, raises)

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """By the coefficient of the pair in the period, where more volume is against the row."""
        if p not in self.volumes:
            return None
        against = -self._helps(self.volumes[p][t])
        if against <= 0:
            return None
        room = exact.slack_of(self) / against / Fraction(exact.quantum(p))
        return max(room, ZERO) if self.at_least else room  # what is missing is not found by taking other volume back

    def over_the_term(self) -> Row | None:
        """The same row where its coefficients do not change from period to period."""
        if any(len(set(of)) > 1 for of in self.volumes.values()):
            return None
        return replace(self, volumes={p: of[:1] for p, of in self.volumes.items()})

    def _helps(self, coefficient: Fraction) -> Fraction:
        return coefficient if self.at_least else -coefficient

    def _best(self, p: int) -> Fraction:
        return max(map(self._helps, self.volumes[p]))

    def _part(self, exact: ExactVolumes, p: int) -> Fraction:
        parts, coefficients = self._whole
        return Fraction(sum(map(mul, coefficients[p], exact.quanta[p])), parts) * Fraction(exact.quantum(p))

    def _to_drop(self, exact: ExactVolumes) -> Contracts:
        """The contract of least worth whose end would be for the row; all of the row's where none is."""

        def relief(p: int) -> Fraction:
            by_volume = self._helps(self._part(exact, p)) if p in self.volumes else ZERO
            ends = (c for contracts, c in self.made.items() if p in contracts and exact.only_made(p, contracts))
            return -(by_volume + self._helps(sum(ends, ZERO)))

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
