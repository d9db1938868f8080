"""A component with very many pairs, searched over the few that are worth a look; its bound is that of all pairs.

What a search does again and again (volumes by period, exact sums, parts decided again) then costs what the few
pairs cost, and only they go from process to process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.pairs.screened import Ints
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.search.found import Found
from solver.search.insertion import insert
from solver.search.narrowed import narrowed
from solver.search.relaxation import Relaxed, best_per_order
from solver.search.warm import Warm

LONG = 50_000  # pairs from which a component is shortened
PER_ORDER = 16  # pairs of each order that are kept: its best at the multipliers


@dataclass(frozen=True, slots=True)
class Kept:
    """Some pairs of a component, and whatever belongs to its pairs, for them alone."""

    positions: Ints

    def of_component(self, whole: Component) -> Component:
        """The component with these pairs alone."""
        return narrowed(whole, self.positions)

    def of_relaxed(self, relaxed: Relaxed) -> Relaxed:
        """What the relaxation says of these pairs, at multipliers and a bound of all."""
        volumes, profits = relaxed.volumes[self.positions], relaxed.profits[self.positions]
        return replace(relaxed, volumes=volumes, profits=profits)

    def of_warm(self, warm: Warm) -> Warm:
        """Volumes to begin with."""
        return replace(warm, volumes=warm.volumes[self.positions])


def worth_keeping(component: Component, relaxed: Relaxed, warm: Warm | None) -> Kept | None:
    """The relaxation's support, each order's best pairs and those to begin with; None where all pairs are looked at.

    A component whose terms speak of pairs by name keeps them all.
    """
    if len(component) < LONG or component.rules or component.demands:
        return None
    chosen = np.zeros(len(component), dtype=bool)
    chosen[best_per_order(component, relaxed.profits, PER_ORDER)] = True
    chosen |= relaxed.volumes.sum(axis=1) > 0
    if warm is not None:
        chosen |= warm.volumes.any(axis=1)
    return Kept(np.flatnonzero(chosen))


def of_the_whole(found: Found, whole: Component) -> Found:
    """What was found over the kept pairs, as volumes of all; with every contract that still fits beside them."""
    if found.kept is None:
        return found
    best, positions = ExactVolumes(whole), found.kept.tolist()
    for p, quanta in sorted(found.best.quanta.items()):
        for t, amount in enumerate(quanta):
            best.change(positions[p], t, amount)
    insert(best)
    return replace(found, component=whole, best=best, kept=None)
