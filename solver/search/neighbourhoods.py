"""Better volumes by deciding parts of a component again, the rest held.

A part grows from an order, breadth first, over candidates: contracts that stand, pairs of the relaxation's support,
and each order's best at the multipliers.  A round covers every candidate about once, so that it is a sweep and not
a pile of parts on top of each other; each is an integer model that starts from what stands and cannot make it worse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.backend import SEED, Solution
from solver.search.component import Bools, Component
from solver.search.formulation import Draft, build
from solver.search.relaxation import best_per_order

MOST_PAIRS = 120  # of a part
PART_NODES = 20

Solve = Callable[..., Solution]


@dataclass(frozen=True, slots=True)
class Sweeps:
    """In what order which parts are decided again, and how thoroughly."""

    levels: tuple[tuple[int, int], ...]  # pairs of each order that are candidates, and pairs of a part
    rounds: int  # at each level, while something is found
    checks: int  # of the backend, whether to go on
    at_once: int | None = None  # parts that are one piece of work; None: all of them


SMALL = Sweeps(((0, 30),), rounds=2, checks=20, at_once=4)
BY_PERIOD = Sweeps(((0, 60), (1, 90), (1, 120), (2, 120), (3, 120)), rounds=8, checks=40, at_once=2)
OVER_THE_TERM = Sweeps(((3, MOST_PAIRS),), rounds=1, checks=60)
AROUND_CHANGES = Sweeps(((0, MOST_PAIRS),), rounds=1, checks=60)
WIDER = Sweeps(((5, MOST_PAIRS),), rounds=1, checks=60)
COARSE_PARTS = Sweeps(((0, 400),), rounds=1, checks=60)
SEEN_AT_ONCE = Sweeps(((0, 200),), rounds=1, checks=60)
SEEN = Sweeps(((0, 40),), rounds=1, checks=60, at_once=12)
RULED = Sweeps(((3, 60), (5, 90), (8, 90)), rounds=1, checks=60, at_once=2)
RULED_CLOSER = Sweeps(((3, 60), (5, 90), (8, 120)), rounds=4, checks=100, at_once=2)


class Neighbourhoods:
    """Volumes (pairs, periods) of a component that are improved part by part."""

    def __init__(
        self,
        component: Component,
        volumes: Floats,
        profits: Floats,
        likely: Ints,
        sweeps: Sweeps = BY_PERIOD,
        level: int = 0,
    ) -> None:
        self.component, self.volumes, self._profits, self._sweeps = component, volumes.copy(), profits, sweeps
        self._ranked = [rows.pairs[np.argsort(-profits[rows.pairs], kind="stable")] for rows in component.orders]
        self._likely = likely
        self._random = np.random.default_rng(SEED)
        self._settled: dict[bytes, bytes] = {}  # part -> what its orders had when it could not be improved
        self._waiting: list[int] = []
        self._found, self._first, self._round = True, True, 0
        self._level = level
        self.candidate, self._covered = self._admitted()

    def improve(self, solve: Solve, gap: float, out_of_work: Callable[[], bool]) -> bool:
        """Decide some parts again to a relative gap; whether more may come of going on."""
        tried, most = 0, self._sweeps.at_once
        while (most is None or tried < most) and not out_of_work():
            while not self._waiting:  # a level may know of no pair at all
                if not self._next_round():
                    return False
            k = self._waiting.pop(0)
            if not self._covered[self._own(k)].all():
                part = self._part(k)
                self._covered[part] = True
                tried += self._decide_again(part, solve, gap)
        return True

    def _next_round(self) -> bool:
        if not self._found or self._round == self._sweeps.rounds:
            if self._level + 1 == len(self._sweeps.levels):
                return False
            self._level, self._round = self._level + 1, 0
            self.candidate, self._covered = self._admitted()
        self._waiting, self._found, self._first = self._orders(), False, False
        self._covered[:] = False
        self._round += 1
        return True

    def _admitted(self) -> tuple[Bools, Bools]:
        """Candidates: the likely pairs and the best of each order; and none of them covered."""
        best, _ = self._sweeps.levels[self._level]
        candidate = np.zeros(len(self.component), dtype=bool)
        candidate[self._likely] = True
        candidate[best_per_order(self.component, self._profits, best)] = True
        return candidate, np.zeros(len(self.component), dtype=bool)

    def _decide_again(self, part: Ints, solve: Solve, gap: float) -> int:
        """How many models it took: none where the part stands as it did when it could not be improved."""
        key, around = part.tobytes(), self._around(part)
        if self._settled.get(key) == around:
            return 0
        draft: Draft = build(self.component, part, self.volumes)
        before = self.component.welfare(self.volumes)
        solution = solve(draft, gap=gap, nodes=PART_NODES, checks=self._sweeps.checks, start=draft.values(self.volumes))
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
        if not self._first:
            orders = [int(k) for k in self._random.permutation(len(self.component.orders))]
        else:
            left = np.array([1.0 - self._filled(k) for k in range(len(self.component.orders))])
            best = np.array([self._alone(ranked[:1]) for ranked in self._ranked])
            orders = [int(k) for k in np.argsort(-left * best, kind="stable")]
        return [k for k in orders if self.candidate[self._ranked[k]].any()]

    def _filled(self, k: int) -> float:
        rows = self.component.orders[k]
        return float((rows.weight @ self.volumes[rows.pairs]).sum() / max(rows.total, 1e-9))

    def _alone(self, pairs: Ints) -> float:
        own = self.component.pairs
        return float((np.maximum(own.gain[pairs], 0.0) * own.most[pairs]).sum())

    def _own(self, k: int) -> Ints:
        """Candidates of an order, the best first."""
        ranked = self._ranked[k]
        own: Ints = ranked[self.candidate[ranked] | (self.volumes[ranked].sum(axis=1) > 0)]
        return own

    def _part(self, start: int) -> Ints:
        """Pairs around an order, breadth first."""
        component, (_, most) = self.component, self._sweeps.levels[self._level]
        part: dict[int, None] = {}
        waiting, seen = [start], {start}
        while waiting and len(part) < most:
            k = waiting.pop(0)
            for p in self._own(k).tolist():
                part.setdefault(p)
                other = int(component.buyer[p] if component.seller[p] == k else component.seller[p])
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return np.array(sorted(part), dtype=np.int64)
