"""The search for the best matches of one component, in stages that each do a limited amount of work.

``start`` gives a first clearing and a bound; each ``refine`` does more: neighbourhoods by the period, then the
full model of the pairs that may still matter.  What ends a stage is work (branch-and-bound nodes, models
tried), never the clock, which is only a safety net.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from solver.backend import BackendError, Solution, Status
from solver.bound import exact_bound, rounded_up
from solver.clearing import WorkLimits
from solver.component import Component
from solver.exact import ExactVolumes
from solver.formulation import Draft, build
from solver.insertion import insert
from solver.neighbourhoods import PART_CELLS, Neighbourhoods
from solver.pairs import Floats, Ints
from solver.relaxation import best_per_order, relax
from solver.rounding import exact_volumes
from solver.term import by_period, gains_stand_still, over_the_term

BY_PERIOD_CELLS = 400  # pairs x periods up to which adding up the periods is not worth its loss
FULL_CELLS = 700  # the same up to which the full model is solved at once
SURVIVOR_CELLS = 12_000  # the same for the pairs that survive reduced-cost fixing
BEST_PER_ORDER = 2  # pairs of each order in the restricted model, beside the relaxation's own
WHOLE_QUANTA_CELLS = 400  # up to which volumes without lots may be made whole by the model itself
WHOLE_QUANTA_NODES = 2_000
RESTORE_NODES = 200


class Search:
    """One component: the best exact volumes so far, and the best bound."""

    def __init__(self, component: Component, limits: WorkLimits, deadline: float | None = None) -> None:
        self.component, self.limits, self.deadline = component, limits, deadline
        self.nodes_left = limits.nodes
        self.best = ExactVolumes(component)
        self.dropped = 0
        self.clock_hit = False
        self.solved = False
        self.failure: str | None = None  # what the backend said, the last time that it failed
        # The relaxation, and the search while it lasts, are over the term where that is a bound.
        large = component.pairs.gain.size > BY_PERIOD_CELLS
        self.work = over_the_term(component) if large and gains_stand_still(component) else component
        self.rounding_loss = 0.0  # welfare of the best volumes before they were made exact, less that after
        self.reached = -np.inf  # welfare of the best volumes over ``work``, before they are spread over the periods
        self.relaxed = relax(self.work, deadline)
        self.prices = (
            self.relaxed.prices if self.work is component else by_period(self.relaxed.prices, component.periods)
        )
        self.prices = self.prices.rounded()
        self.recomputed = exact_bound(component, self.prices)
        self.proven = self.recomputed  # by branch and bound, where that is less
        self._stages: list[Callable[[], None]] = [self._neighbourhoods, self._survivors]
        if self.work is not component:
            self._stages += [self._neighbourhoods_by_period, self._survivors_by_period]
        self._stages.append(self._whole_quanta)

    @property
    def objective(self) -> Decimal:
        """Welfare of the best volumes, exactly."""
        return self.best.welfare()

    @property
    def bound(self) -> Decimal:
        """The least bound known; never below what was found."""
        return max(self.objective, min(self.recomputed, self.proven))

    @property
    def gap(self) -> float:
        """Relative distance of bound and objective."""
        return float((self.bound - self.objective) / max(abs(self.bound), Decimal(1)))

    def start(self) -> None:
        """First volumes: the full model if it is small, else one of the pairs that look best."""
        free = self._all() if self.work.pairs.gain.size <= FULL_CELLS else self._promising()
        draft = build(self.work, free)
        solution = self._solve(draft, gap=self.limits.gap / 4)
        if len(free) == len(self.work):
            self._note_bound(solution.bound)
            self._stages.remove(self._survivors)
        if solution.usable:
            self._take(draft.volumes(solution))

    def refine(self) -> bool:
        """Do the next stage; False when there is none left, or a backend that fails is all there is."""
        broken = self.failure is not None and not self.solved
        if broken or not self._stages or self._out_of_work():
            return False
        self._stages.pop(0)()
        return True

    def _all(self) -> Ints:
        return np.arange(len(self.component), dtype=np.int64)

    def _promising(self) -> Ints:
        support = np.flatnonzero(self.relaxed.volumes.sum(axis=1) > 0)
        return np.union1d(support, best_per_order(self.work, self.relaxed.profits, BEST_PER_ORDER))

    def _neighbourhoods(self) -> None:
        if not self._good_over_work():
            self._improve(self.work)

    def _neighbourhoods_by_period(self) -> None:
        self._improve(self.component)

    def _improve(self, component: Component) -> None:
        if component.pairs.gain.size <= PART_CELLS:
            return  # a part would be the whole
        around = Neighbourhoods(component, self._volumes_over(component), self.relaxed.profits)
        around.improve(self._solve, self._out_of_work)
        self._take(around.volumes)

    def _survivors(self) -> None:
        if not self._good_over_work():
            self._fix_and_solve(self.work, self.relaxed.profits, self.relaxed.bound)

    def _good_over_work(self) -> bool:
        """Whether what is still missing is lost between the term and its periods."""
        return self.work is not self.component and self.reached >= float(self.bound) * (1 - self.limits.gap / 2)

    def _survivors_by_period(self) -> None:
        relaxed = relax(self.component, self.deadline)
        stated = relaxed.prices.rounded()
        bound = exact_bound(self.component, stated)
        if bound < self.recomputed:
            self.prices, self.recomputed = stated, bound
        self._fix_and_solve(self.component, relaxed.profits, relaxed.bound)

    def _fix_and_solve(self, component: Component, profits: Floats, bound: float) -> None:
        """The model of all pairs that a better clearing may use: with another one, 4.1 falls below what we have."""
        volumes = self._volumes_over(component)
        value = float(self.objective)
        free = np.flatnonzero((bound + np.minimum(profits, 0.0) >= value) | (volumes.sum(axis=1) > 0))
        if len(free) * component.periods > SURVIVOR_CELLS:
            return
        draft = build(component, free)
        solution = self._solve(draft, gap=self.limits.gap / 2, start=draft.values(volumes))
        self._note_bound(max(solution.bound, value))
        if solution.usable:
            self._take(draft.volumes(solution))

    def _whole_quanta(self) -> None:
        """Where rounding is most of the gap, let the model itself count in whole quanta."""
        missing = float(self.bound - self.objective)
        if self.component.pairs.gain.size > WHOLE_QUANTA_CELLS or self.rounding_loss < missing / 2:
            return
        draft = build(self.component, whole_quanta=True)
        start = draft.values(self.best.volumes())
        solution = self._solve(draft, gap=self.limits.gap / 2, nodes=WHOLE_QUANTA_NODES, start=start)
        self._note_bound(solution.bound)
        if solution.usable:
            self._take(draft.volumes(solution))

    def _take(self, volumes: Floats) -> None:
        """Make volumes exact, and keep them if they are better than the best."""
        if volumes.shape[1] != self.component.periods:
            self.reached = max(self.reached, self.work.welfare(volumes))
            volumes = self._by_period(volumes)
        exact, dropped = exact_volumes(self.component, volumes, self.limits.backend)
        insert(exact)
        if exact.welfare() > self.best.welfare():
            self.best, self.dropped = exact, dropped
            self.rounding_loss = self.component.welfare(volumes) - float(exact.welfare())

    def _by_period(self, volumes: Floats) -> Floats:
        """Volumes over the term spread over the periods: the same contracts, else the best of them."""
        made = np.flatnonzero(volumes.sum(axis=1) > 0)
        for all_of_them in (True, False):
            draft = build(self.component, made)
            if all_of_them:
                draft.make_all()
            solution = self._solve(draft, gap=self.limits.gap / 10, nodes=RESTORE_NODES)
            if solution.usable:
                return draft.volumes(solution)
        return np.zeros(self.component.pairs.gain.shape)

    def _volumes_over(self, component: Component) -> Floats:
        volumes = self.best.volumes()
        return volumes if component is self.component else volumes.sum(axis=1, keepdims=True)

    def _solve(self, draft: Draft, *, gap: float, nodes: int | None = None, start: Floats | None = None) -> Solution:
        seconds = None if self.deadline is None else max(0.05, self.deadline - time.monotonic())
        most = max(1, self.nodes_left if nodes is None else min(nodes, self.nodes_left))
        try:
            solution = draft.model.solve(self.limits.backend, gap=gap, nodes=most, seconds=seconds, start=start)
        except BackendError as error:
            solution = Solution(Status.FAILED, np.zeros(0), -np.inf, np.inf)
            self.failure = str(error)
        self.nodes_left -= max(1, solution.nodes)
        self.clock_hit |= solution.clock_hit
        self.solved |= solution.usable
        if solution.status in (Status.FAILED, Status.INFEASIBLE) and self.failure is None:
            self.failure = f"the backend ended as {solution.status.value}"  # no trade is always feasible
        return solution

    def _note_bound(self, bound: float) -> None:
        if np.isfinite(bound):
            self.proven = min(self.proven, rounded_up(bound))

    def _out_of_work(self) -> bool:
        self.clock_hit |= self.deadline is not None and time.monotonic() >= self.deadline
        return self.clock_hit or self.nodes_left <= 0
