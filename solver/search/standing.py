"""What is known of one component while it is searched: the best exact volumes, the best bound, the work left."""

from __future__ import annotations

import time

import numpy as np

from solver.form.clearing import WorkLimits
from solver.pairs.screened import Floats
from solver.search.backend import BackendError, Solution, Status
from solver.search.bound import Prices, bound_at, exact_bound, proven_by_floats
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.search.formulation import Draft
from solver.search.found import Ends, Found
from solver.search.insertion import insert
from solver.search.least_missing import Least
from solver.search.rounding import exact_volumes
from solver.search.rules.demand import comes_before
from solver.search.shortened import Kept


class Standing(Ends):
    """Volumes are only ever replaced by better ones, the bound by a lower one.

    Work is counted in branch-and-bound nodes and in the backend's own questions whether to go on, never by the
    clock, which is only a safety net.
    """

    def __init__(
        self,
        component: Component,
        limits: WorkLimits,
        deadline: float | None,
        prices: Prices,
        least: Least | None = None,
        kept: Kept | None = None,
    ) -> None:
        """``kept``: the pairs of a component that are looked at; its bound is still that of all."""
        whole, self._kept = component, kept
        component = whole if kept is None else kept.of_component(whole)
        self.component, self.limits, self.deadline, self.least = component, limits, deadline, least
        self.nodes_left = limits.nodes
        self.best = ExactVolumes(component) if least is None else least.volumes
        self.dropped = 0
        self.too_late = deadline is not None and time.monotonic() >= deadline  # to do more than the least
        self.clock_hit = self.too_late  # whether the clock ended the search
        self.hurried = False  # whether it changed the search
        self.solved = False
        self.failure: str | None = None  # what the backend said, the last time that it failed
        self.before_rounding = 0.0  # greatest welfare of volumes by period before they were made exact
        self.prices = prices.rounded()
        self.recomputed = exact_bound(whole, self.prices)
        self.proven = self.recomputed  # by branch and bound, where that is less

    @property
    def found(self) -> Found:
        """What it comes to so far."""
        return Found(
            component=self.component,
            best=self.best,
            prices=self.prices,
            recomputed=self.recomputed,
            proven=self.proven,
            dropped=self.dropped,
            solved=self.solved,
            clock_hit=self.clock_hit or self.hurried,
            failure=self.failure,
            least=self.least,
            kept=None if self._kept is None else self._kept.positions,
        )

    def take(self, volumes: Floats, *, settle: bool = True) -> None:
        """Make volumes by period exact, and keep them if they are better than the best.

        ``settle``: whether a model may decide what misses a minimum.  Where it begins too late, none does, and nothing
        is inserted beside.
        """
        self.before_rounding = max(self.before_rounding, self.component.welfare(volumes))
        settle = settle and not self.too_late
        exact, dropped = exact_volumes(self.component, volumes, self.limits.backend, settle=settle)
        if not self.too_late:
            insert(exact)
        if comes_before(exact, self.best):
            self.best, self.dropped = exact, dropped

    def improve_bound(self, prices: Prices) -> None:
        """Take other multipliers if 4.1 is less at them."""
        stated = prices.rounded()
        if self._kept is not None:
            return  # what the others gain at them is not known here
        if bound_at(self.component, stated) < float(self.recomputed):
            bound = exact_bound(self.component, stated)
            if bound < self.recomputed:
                self.prices, self.recomputed = stated, bound
                self.proven = min(self.proven, bound)

    def note_bound(self, bound: float) -> None:
        """Take what a model of all pairs that matter has proven."""
        if np.isfinite(bound) and self._kept is None:
            self.proven = min(self.proven, proven_by_floats(bound))

    def solve(
        self,
        draft: Draft,
        *,
        gap: float,
        nodes: int | None = None,
        checks: int | None = None,
        start: Floats | None = None,
        forced: bool = False,
    ) -> Solution:
        """What the backend makes of a model with the work that is left; it never raises.

        ``forced``: contracts have to be made, so that there may be no solution.
        """
        seconds = None if self.deadline is None else max(0.05, self.deadline - time.monotonic())
        most = max(1, self.nodes_left if nodes is None else min(nodes, self.nodes_left))
        try:
            solution = draft.model.solve(
                self.limits.backend, gap=gap, nodes=most, checks=checks, seconds=seconds, start=start
            )
        except BackendError as error:
            solution = Solution(Status.FAILED, np.zeros(0), -np.inf, np.inf)
            self.failure = str(error)
        self.nodes_left -= max(1, solution.nodes)
        self.clock_hit |= solution.clock_hit
        self.solved |= solution.usable
        wrong = (Status.FAILED,) if forced else (Status.FAILED, Status.INFEASIBLE)  # no trade is always feasible
        if solution.status in wrong and self.failure is None:
            self.failure = f"the backend ended as {solution.status.value}"
        return solution

    def out_of_work(self) -> bool:
        """Whether no more may be done."""
        self.clock_hit |= self.deadline is not None and time.monotonic() >= self.deadline
        return self.clock_hit or self.nodes_left <= 0
