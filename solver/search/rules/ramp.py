"""How much a contract may change from one period to the next (docs/model.md 3.17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from solver.search.backend import NOT_ABOVE
from solver.search.rules.rule import Number, Shortfall

if TYPE_CHECKING:
    from solver.search.component import Component
    from solver.search.exact import ExactVolumes
    from solver.search.formulation.draft import Draft


@dataclass(frozen=True)
class Ramp:
    """|x_t - x_s| <= ramp x (contract's volume / number of its possible periods) for neighbouring possible periods."""

    owner: int
    pair: int
    fraction: Fraction
    live: tuple[int, ...]  # periods in which the pair may trade
    term: str = "ramp"

    @property
    def pairs(self) -> tuple[int, ...]:
        """The one contract."""
        return (self.pair,)

    def _neighbours(self) -> Iterator[tuple[int, int]]:
        return ((s, t) for s, t in zip(self.live, self.live[1:], strict=False) if t == s + 1)

    def add_to(self, draft: Draft) -> None:
        """Two rows for each two neighbours."""
        if draft.contract[self.pair] < 0:
            return
        handles = draft.volume[self.pair]
        mean = np.zeros(len(handles))
        mean[list(self.live)] = -float(self.fraction) / len(self.live)
        for s, t in self._neighbours():
            for up, down in ((t, s), (s, t)):
                row = mean.copy()
                row[up] += 1.0
                row[down] -= 1.0
                draft.model.row("ramp", handles, row, NOT_ABOVE, 0.0)

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """Missed if a change is too great."""
        quanta = exact.quanta.get(self.pair)
        if quanta is None:
            return None
        most = self.fraction * sum(quanta) / len(self.live)
        kept = all(abs(quanta[t] - quanta[s]) <= most for s, t in self._neighbours())
        return None if kept else Shortfall(self.term, self.pairs)

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """By the neighbours; more volume also raises the mean."""
        quanta, n = exact.quanta.get(p), len(self.live)
        beside = [other for pair in self._neighbours() if t in pair for other in pair if other != t]
        if quanta is None or not beside:
            return None
        room = min(self.fraction * sum(quanta) - n * (quanta[t] - quanta[other]) for other in beside)
        return room / (n - self.fraction)

    def over_the_term(self) -> None:
        """Says nothing about the term."""


def rules(component: Component) -> Iterator[Ramp]:
    """The stricter ramp of both sides, for every pair of an order that states one.

    Maths: 3.17.
    """
    stated = [order.ramp for order in component.market.orders]
    for p in range(len(component)) if any(ramp is not None for ramp in stated) else ():
        sides = int(component.seller[p]), int(component.buyer[p])
        ramps = [(Fraction(ramp), k) for k in sides if (ramp := stated[k]) is not None]
        live = tuple(np.flatnonzero(component.pairs.most[p] > 0).tolist())
        if ramps and len(live) > 1:
            fraction, owner = min(ramps)
            yield Ramp(owner, p, fraction, live)
