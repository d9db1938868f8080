"""A contract that is on delivers at least so much in every period from its first to its last (docs/model.md 3.12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from solver.search.backend import NOT_ABOVE, NOT_BELOW
from solver.search.rules.rule import Number, Shortfall

if TYPE_CHECKING:
    from solver.pairs.screened import Floats
    from solver.search.component import Component
    from solver.search.exact import ExactVolumes
    from solver.search.formulation.draft import Draft


@dataclass(frozen=True)
class Running:
    """Between the first and the last period with volume, both included, at least ``least`` quanta in each."""

    owner: int
    pair: int
    least: int  # quanta
    least_volume: float  # the same in grade units
    term: str = "minimum_per_period"

    @property
    def pairs(self) -> tuple[int, ...]:
        """The one contract."""
        return (self.pair,)

    def add_to(self, draft: Draft) -> None:
        """m r_t <= x_t <= u_t r_t, r_t - r_(t-1) <= s_t, sum of s_t <= y, for r_t: it runs, s_t: it starts."""
        if draft.contract[self.pair] < 0:
            return
        model, most = draft.model, draft.component.pairs.most[self.pair]
        runs = model.add("runs", np.where(most >= self.least_volume, 1.0, 0.0), integer=True)
        starts = model.add("starts", np.where(runs >= 0, 1.0, 0.0), integer=True)
        for t, (volume, run) in enumerate(zip(draft.volume[self.pair], runs, strict=True)):
            both = np.array([volume, run])
            model.row("runs", both, np.array([1.0, -most[t]]), NOT_ABOVE, 0.0)
            model.row("runs", both, np.array([1.0, -self.least_volume]), NOT_BELOW, 0.0)
            before = runs[t - 1] if t else -1
            model.row("starts", np.array([run, before, starts[t]]), np.array([1.0, -1.0, -1.0]), NOT_ABOVE, 0.0)
        handles = np.append(starts, draft.contract[self.pair])
        model.row("starts", handles, np.append(np.ones(len(starts)), -1.0), NOT_ABOVE, 0.0)
        draft.derived.append((runs, self._runs))
        draft.derived.append((starts, self._starts))

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """Missed if a period between the first and the last has too little."""
        quanta = exact.quanta.get(self.pair)
        if quanta is None:
            return None
        on = [t for t, n in enumerate(quanta) if n]
        least = min(quanta[on[0] : on[-1] + 1])
        return None if least >= self.least else Shortfall(self.term, self.pairs)

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """A running contract is not prolonged bit by bit."""
        quanta = exact.quanta.get(p)
        return None if quanta is None or quanta[t] else 0

    def over_the_term(self) -> None:
        """Says nothing about the term."""

    def _runs(self, volumes: Floats) -> Floats:
        runs: Floats = (volumes[self.pair] > 0).astype(np.float64)
        return runs

    def _starts(self, volumes: Floats) -> Floats:
        runs = self._runs(volumes)
        starts: Floats = np.maximum(np.diff(runs, prepend=0.0), 0.0)
        return starts


def rules(component: Component) -> Iterator[Running]:
    """The greater minimum of both sides, for every pair of an order that states one.

    Maths: 3.12.
    """
    market = component.market
    quantum = {grade.id: grade.quantum for grade in market.grades}
    for p in range(len(component)) if any(order.minimum_per_period for order in market.orders) else ():
        positions = int(component.seller[p]), int(component.buyer[p])
        stated = [order.minimum_per_period or 0 for order in component.sides(p)]
        least, owner = max(zip(stated, positions, strict=True))
        if least:
            quanta = int(-(-Fraction(least) // Fraction(quantum[market.orders[positions[0]].grade])))
            yield Running(owner, p, quanta, float(least))
