"""Better volumes by deciding small parts of a component again, the rest held.

The part around an order: its own best pairs, the contracts of the partners in them, and those partners' best
pairs in turn.  Each is a small integer model that starts from what stands, so no part can make it worse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from solver.backend import Solution
from solver.component import Component
from solver.formulation import Draft, build
from solver.pairs import Floats, Ints

PART_CELLS = 400  # pairs x periods of a part
LEAST_PAIRS = 16
BEST_PAIRS = 6  # of an order, as seen from a part
PART_NODES = 60
PART_GAP = 5e-4
SWEEPS = 2

Solve = Callable[..., Solution]


class Neighbourhoods:
    """Volumes (pairs, periods) of a component that are improved part by part."""

    def __init__(self, component: Component, volumes: Floats, profits: Floats) -> None:
        self.component, self.volumes, self.profits = component, volumes.copy(), profits
        self._ranked = [rows.pairs[np.argsort(-profits[rows.pairs], kind="stable")] for rows in component.orders]

    def improve(self, solve: Solve, out_of_work: Callable[[], bool]) -> None:
        """Go around the orders, those with the most unfilled gain first, until a sweep finds nothing."""
        for _ in range(SWEEPS):
            found = False
            done: set[bytes] = set()
            for k in self._orders():
                part = self._part(k)
                if out_of_work():
                    return
                if part.tobytes() not in done:
                    done.add(part.tobytes())
                    found |= self._decide_again(part, solve)
            if not found:
                return

    def _decide_again(self, part: Ints, solve: Solve) -> bool:
        draft: Draft = build(self.component, part, self.volumes)
        before = self.component.welfare(self.volumes)
        solution = solve(draft, gap=PART_GAP, nodes=PART_NODES, start=draft.values(self.volumes))
        if not solution.usable:
            return False
        volumes = draft.volumes(solution)
        if self.component.welfare(volumes) <= before + 1e-6 * abs(before):
            return False
        self.volumes = volumes
        return True

    def _orders(self) -> Iterator[int]:
        """Orders with volume left, by what their best pair could gain with it."""
        left = np.array([1.0 - self._filled(k) for k in range(len(self.component.orders))])
        best = np.array([self._alone(ranked[:1]) for ranked in self._ranked])
        order = np.argsort(-left * best, kind="stable")
        return (int(k) for k in order if left[k] > 1e-3)

    def _filled(self, k: int) -> float:
        rows = self.component.orders[k]
        return float((rows.weight @ self.volumes[rows.pairs]).sum() / max(rows.total, 1e-9))

    def _alone(self, pairs: Ints) -> float:
        own = self.component.pairs
        return float((np.maximum(own.gain[pairs], 0.0) * own.most[pairs]).sum())

    def _part(self, start: int) -> Ints:
        """Pairs around an order, breadth first."""
        component, most = self.component, max(LEAST_PAIRS, PART_CELLS // self.component.periods)
        on = self.volumes.sum(axis=1) > 0
        part: dict[int, None] = {}
        waiting, seen = [start], {start}
        while waiting and len(part) < most:
            k = waiting.pop(0)
            ranked = self._ranked[k]
            own = np.concatenate([ranked[on[ranked]], ranked[~on[ranked]][:BEST_PAIRS]])
            for p in own.tolist():
                part.setdefault(p)
                other = int(component.buyer[p] if component.seller[p] == k else component.seller[p])
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return np.array(sorted(part), dtype=np.int64)
