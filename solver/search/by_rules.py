"""The part of a search that begins a component of which many orders state rules (docs/model.md 3.10 to 3.24).

Rules tie contracts together across the whole component, so that parts decided one after the other block each other.
Hence the contracts are chosen first, all together, as if each delivered evenly; then it is decided when they deliver.
"""

from __future__ import annotations

import numpy as np

from solver.pairs.screened import Ints
from solver.search.by_term import ByTerm
from solver.search.coarse import spread_evenly
from solver.search.formulation import build
from solver.search.likely import BEST_PER_ORDER, survivors, with_best
from solver.search.neighbourhoods import COARSE_PARTS, Neighbourhoods
from solver.search.outline import outline

COARSE_PAIRS = 2_500  # from which the contracts, too, are chosen part by part
COARSE_GAP = 0.01
COARSE_CHECKS = 200  # of the backend, whether to go on
COARSE_NODES = 2_000
OUTLINE_PAIRS = 250  # up to which the outline of all pairs that matter is worth its time
OUTLINE_CHECKS = 100
FINE_PRINT_CHECKS = 60


class ByRules(ByTerm):
    """What stands of one component, and its first volumes where rules decide."""

    def _first_by_rules(self) -> None:
        """The contracts that fit together if all deliver evenly; what breaks a rule then is dropped."""
        assert self._even is not None
        (over, relaxed), self._even = self._even, None  # it is not needed again, and not small
        support = np.flatnonzero(relaxed.volumes[:, 0] > 0)
        free = np.union1d(with_best(self.component, self.relaxed, BEST_PER_ORDER), support)
        if len(free) > COARSE_PAIRS:
            parts = Neighbourhoods(over, np.zeros((len(over), 1)), relaxed.profits, free, COARSE_PARTS)
            parts.improve(self.solve, COARSE_GAP, self.out_of_work)
            volumes = parts.volumes
        else:
            draft = build(over, free)
            solution = self.solve(draft, gap=COARSE_GAP, nodes=COARSE_NODES, checks=COARSE_CHECKS)
            if not solution.usable:
                return
            volumes = draft.volumes(solution)
        self._seen = np.flatnonzero(volumes[:, 0] > 0)
        self.take(volumes * spread_evenly(self.component), settle=False)

    def _outlined(self) -> bool | None:
        """The contracts that the outline makes, or that stand, with all their fine print."""
        volumes, value = self.best.volumes(), float(self.objective)
        free = survivors(self.relaxed, volumes, value)
        if len(free) > OUTLINE_PAIRS:
            return None
        draft = build(outline(self.component), free)
        solution = self.solve(draft, gap=self.limits.gap / 2, checks=OUTLINE_CHECKS, start=draft.values(volumes))
        self.note_bound(max(solution.bound, value))
        if not solution.usable:
            return False
        made = np.union1d(*(np.flatnonzero(each.sum(axis=1) > 0) for each in (draft.volumes(solution), volumes)))
        draft = build(self.component, made)
        start, gap = draft.values(volumes), self.limits.gap / 4
        solution = self.solve(draft, gap=gap, checks=FINE_PRINT_CHECKS, start=start)
        if solution.usable:
            self.take(draft.volumes(solution))
        return False

    def _stand_or_seen(self) -> Ints:
        """Pairs whose contracts stand, and those that were chosen to begin with."""
        return np.union1d(self._seen, np.flatnonzero(self.best.volumes().sum(axis=1) > 0))
