"""Better volumes by deciding small parts of a component again, the rest held.

The part around an order: its own best pairs, the contracts of the partners in them, and those partners' best
pairs in turn.  Each is a small integer model that starts from what stands, so no part can make it worse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.backend import SEED, Solution
from solver.search.component import Component
from solver.search.formulation import Draft, build

PART_CELLS = 540  # pairs x periods of a part, within the following numbers of pairs
LEAST_PAIRS, MOST_PAIRS = 16, 60
BEST_PAIRS = 6  # of an order, as seen from a part
PART_NODES = 60
PART_GAP = 5e-4
PARTS_AT_ONCE = 16
ROUNDS = 8

Solve = Callable[..., Solution]


def part_size(component: Component) -> int:
    """How many pairs a part has."""
    return max(LEAST_PAIRS, min(MOST_PAIRS, PART_CELLS // component.periods))


class Neighbourhoods:
    """Volumes (pairs, periods) of a component that are improved part by part."""

    def __init__(self, component: Component, volumes: Floats, profits: Floats) -> None:
        self.component, self.volumes = component, volumes.copy()
        self._ranked = [rows.pairs[np.argsort(-profits[rows.pairs], kind="stable")] for rows in component.orders]
        self._waiting: list[int] = []
        self._round = 0
        self._found = True
        self._settled: dict[bytes, bytes] = {}  # part -> what its orders had when it could not be improved
        self._random = np.random.default_rng(SEED)

    def improve(self, solve: Solve, out_of_work: Callable[[], bool]) -> bool:
        """Decide some parts again; whether more may come of going on: until a whole round finds nothing."""
        tried = 0
        while tried < PARTS_AT_ONCE and not out_of_work():
            if not self._waiting:
                if not self._found or self._round == ROUNDS:
                    return False
                self._waiting, self._found = self._orders(), False
                self._round += 1
            tried += self._decide_again(self._part(self._waiting.pop(0)), solve)
        return True

    def _decide_again(self, part: Ints, solve: Solve) -> int:
        """How many models it took: none where the part stands as it did when it could not be improved."""
        key, around = part.tobytes(), self._around(part)
        if self._settled.get(key) == around:
            return 0
        draft: Draft = build(self.component, part, self.volumes)
        before = self.component.welfare(self.volumes)
        solution = solve(draft, gap=PART_GAP, nodes=PART_NODES, start=draft.values(self.volumes))
        volumes = draft.volumes(solution) if solution.usable else self.volumes
        if self.component.welfare(volumes) > before + 1e-7 * abs(before):
            self.volumes, self._found = volumes, True
            around = self._around(part)
        self._settled[key] = around
        return 1

    def _around(self, part: Ints) -> bytes:
        """Everything that deciding a part depends on: the volumes of its orders."""
        orders = np.union1d(self.component.seller[part], self.component.buyer[part])
        pairs = np.unique(np.concatenate([self.component.orders[k].pairs for k in orders.tolist()]))
        return hashlib.sha256(np.rint(self.volumes[pairs] * 1e6).tobytes()).digest()

    def _orders(self) -> list[int]:
        """Where the parts of a round begin: first with the orders that have most to gain, then in any order."""
        if self._round:
            return [int(k) for k in self._random.permutation(len(self.component.orders))]
        left = np.array([1.0 - self._filled(k) for k in range(len(self.component.orders))])
        best = np.array([self._alone(ranked[:1]) for ranked in self._ranked])
        return [int(k) for k in np.argsort(-left * best, kind="stable") if left[k] > 1e-3]

    def _filled(self, k: int) -> float:
        rows = self.component.orders[k]
        return float((rows.weight @ self.volumes[rows.pairs]).sum() / max(rows.total, 1e-9))

    def _alone(self, pairs: Ints) -> float:
        own = self.component.pairs
        return float((np.maximum(own.gain[pairs], 0.0) * own.most[pairs]).sum())

    def _part(self, start: int) -> Ints:
        """Pairs around an order, breadth first."""
        component, most = self.component, part_size(self.component)
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
