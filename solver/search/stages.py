"""The search for the best matches of one component, in stages that each do a limited amount of work.

``start`` gives a first clearing and a bound; each ``refine`` does more: neighbourhoods by the period, then the
full model of the pairs that may still matter.  What ends a stage is work (branch-and-bound nodes, models
tried), never the clock, which is only a safety net.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from solver.form.clearing import WorkLimits
from solver.pairs.screened import Floats, Ints
from solver.search.backend import BackendError, Solution, Status
from solver.search.bound import Prices, bound_at, exact_bound, profits, rounded_up
from solver.search.component import Component
from solver.search.dive import dive
from solver.search.exact import ExactVolumes
from solver.search.formulation import Draft, build
from solver.search.found import Found
from solver.search.insertion import insert
from solver.search.least_missing import least_missing
from solver.search.neighbourhoods import Neighbourhoods, part_size
from solver.search.relaxation import Relaxed, best_per_order, relax
from solver.search.rounding import exact_volumes
from solver.search.rules.demand import missing_by_class
from solver.search.subgradient import tightened
from solver.search.term import by_period, gains_stand_still, over_the_term
from solver.search.warm import Warm, around_changes, beside, within_counts

BY_PERIOD_CELLS = 6_000  # pairs x periods up to which adding up the periods is not worth its loss
TINY_CELLS = 150  # up to which the full model is solved to its end at once
FULL_CELLS = 700  # up to which the first model is the full one
SURVIVOR_CELLS = 6_000  # the same for the pairs that survive reduced-cost fixing
SURVIVOR_PACE = 500  # pairs x periods of the model of the survivors that take about a second
PARTS_COST = 2.5  # seconds or so that some neighbourhoods take
START_CELLS = 3_000  # up to which a model of what looks best is solved before anything else
START_GAP = 0.001  # at which a larger component's first model may end, so that every component has its turn
TERM_PACE = 5_000  # pairs x periods of which the model over the term takes about a second
START_CHECKS, SURVIVOR_CHECKS, TERM_CHECKS, CLOSE_CHECKS = (
    60,
    200,
    1500,
    400,
)  # of the backend's own questions whether to go on
FULL_NODES, SURVIVOR_NODES = 500, 2_000
BEST_WITH_OTHERS = 1  # the same, where the contracts of other models are in it too
BEST_PER_ORDER = 3  # pairs of each order in the restricted model, beside the relaxation's own
WHOLE_QUANTA_CELLS = 400  # up to which volumes without lots may be made whole by the model itself
WHOLE_QUANTA_NODES = 2_000
RESTORE_NODES = 200


@dataclass(frozen=True, slots=True)
class _Stage:
    """A piece of work that says whether it may be done again with profit, and what it costs, to compare by."""

    work: Callable[[], bool]
    cost: float


class Search:
    """One component: the best exact volumes so far, and the best bound."""

    def __init__(
        self, component: Component, limits: WorkLimits, deadline: float | None = None, warm: Warm | None = None
    ) -> None:
        self.least = least_missing(component, limits) if component.demands else None
        if self.least is not None:
            component = replace(component, allowed=self.least.allowed)
        self.component, self.limits, self.deadline = component, limits, deadline
        self.nodes_left = limits.nodes
        self.best = ExactVolumes(component) if self.least is None else self.least.volumes
        self.dropped = 0
        self.clock_hit = False
        self.solved = False
        self.failure: str | None = None  # what the backend said, the last time that it failed
        # The relaxation, and the search while it lasts, are over the term where that is a bound.
        large = component.pairs.gain.size > BY_PERIOD_CELLS
        self._flat = gains_stand_still(component)
        self.work = over_the_term(component) if large and self._flat else component
        self._seen = np.zeros(0, dtype=np.int64)  # pairs whose contracts some model made
        self.before_rounding = 0.0  # greatest welfare of volumes by period before they were made exact
        self.reached = -np.inf  # welfare of the best volumes over ``work``, before they are spread over the periods
        self.relaxed = relax(self.work, deadline)
        self._tighten = self.work is component and component.pairs.gain.size > TINY_CELLS
        if self._tighten and warm is None:
            self.relaxed = tightened(component, self.relaxed, deadline)
        self.prices = (
            self.relaxed.prices if self.work is component else by_period(self.relaxed.prices, component.periods)
        )
        self.prices = self.prices.rounded()
        self.recomputed = exact_bound(component, self.prices)
        self.proven = self.recomputed  # by branch and bound, where that is less
        self._around: Neighbourhoods | None = None
        self._stages = self._stages_of(self.work.pairs.gain.size)
        self._warm = warm
        if warm is not None:
            self._take_over(warm)

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
            clock_hit=self.clock_hit,
            failure=self.failure,
            least=self.least,
        )

    @property
    def urgency(self) -> float:
        """What the next stage may gain for what it costs, to compare components by."""
        missing = float(self.bound - self.objective)
        return missing / self._stages[0].cost if self._stages else 0.0

    def _stages_of(self, cells: int) -> list[_Stage]:
        """What is done after the start, in order: the full model where it can be solved, else parts of it first."""
        full = _Stage(self._survivors, cells / SURVIVOR_PACE)
        parts = _Stage(self._neighbourhoods, PARTS_COST)
        stages = [full, parts] if cells <= SURVIVOR_CELLS else [parts, full]
        if self._flat and self.work is self.component and cells > FULL_CELLS:
            paces = cells / TERM_PACE
            stages = [_Stage(self._over_the_term, paces), _Stage(self._promising_by_period, paces), *stages]
        if self.work is not self.component:
            cells = self.component.pairs.gain.size
            stages.append(_Stage(self._neighbourhoods_by_period, PARTS_COST))
            stages.append(_Stage(self._survivors_by_period, cells / SURVIVOR_PACE))
        return [*stages, _Stage(self._whole_quanta, PARTS_COST)]

    def start(self) -> None:
        """First volumes: the full model if it is tiny, else a model of what looks best that starts from a dive."""
        cells = self.work.pairs.gain.size
        if cells <= TINY_CELLS:
            self._solve_all()
            return
        if self._warm is not None and self._mended(self._warm):
            return
        promising = np.arange(len(self.work)) if cells <= FULL_CELLS else self._promising()
        volumes = dive(self.work, promising, self.deadline)
        if len(promising) * self.work.periods <= START_CELLS:
            draft = build(self.work, promising)
            gap = max(self.limits.gap / 2, START_GAP)
            solution = self._solve(draft, gap=gap, checks=START_CHECKS, start=draft.values(volumes))
            if cells <= FULL_CELLS:
                self._note_bound(solution.bound)
            volumes = draft.volumes(solution) if solution.usable else volumes
        self._take(volumes)

    def _take_over(self, warm: Warm) -> None:
        """Begin with what an earlier clearing had: its volumes as far as they fit, its multipliers where they serve."""
        for prices in (warm.prices, beside(warm, self.prices)):
            self._improve_bound(prices)
        self._take(within_counts(self.component, warm.volumes))
        self.reached = float(self.objective)
        if self._tighten and self.gap > self.limits.gap:
            bound = bound_at(self.component, self.prices)
            profit = profits(self.component, self.prices)
            self.relaxed = tightened(
                self.component, Relaxed(self.relaxed.volumes, self.prices, profit, bound), self.deadline
            )
            self._improve_bound(self.relaxed.prices)

    def _improve_bound(self, prices: Prices) -> None:
        """Take other multipliers if 4.1 is less at them."""
        stated = prices.rounded()
        if bound_at(self.component, stated) < float(self.recomputed):
            bound = exact_bound(self.component, stated)
            if bound < self.recomputed:
                self.prices, self.recomputed, self.proven = stated, bound, bound

    def _mended(self, warm: Warm) -> bool:
        """Decide again what lies around the changes, the rest held; whether that makes another start needless."""
        if self.gap <= self.limits.gap or not self.best.quanta:
            return bool(self.best.quanta)
        volumes = self._volumes_over(self.work)
        missing = float(self.bound - self.objective)
        free = around_changes(self.work, volumes, self.relaxed.profits, warm.filled, missing)
        if not len(free) or len(free) * self.work.periods > START_CELLS:
            return False
        draft = build(self.work, free, volumes)
        solution = self._solve(draft, gap=self.limits.gap / 2, checks=START_CHECKS, start=draft.values(volumes))
        if solution.usable:
            self._take(draft.volumes(solution))
        return True

    def _solve_all(self) -> None:
        draft, gap = build(self.work), self.limits.gap / 4
        solution = self._solve(draft, gap=gap, nodes=FULL_NODES)
        self._note_bound(solution.bound)
        if solution.usable and solution.bound - solution.objective <= gap * abs(solution.bound) + 1e-6:
            self._stages = [stage for stage in self._stages if stage.work != self._survivors]
        if solution.usable:
            self._take(draft.volumes(solution))

    def refine(self) -> bool:
        """Do the next piece of work; False when there is none left, or a backend that fails is all there is."""
        broken = self.failure is not None and not self.solved
        if broken or not self._stages or self._out_of_work():
            return False
        if not self._stages[0].work():
            self._stages.pop(0)
            self._around = None
        return True

    def _promising(self, best: int = BEST_PER_ORDER) -> Ints:
        support = np.flatnonzero(self.relaxed.volumes.sum(axis=1) > 0)
        return np.union1d(support, best_per_order(self.work, self.relaxed.profits, best))

    def _neighbourhoods(self) -> bool:
        return not self._good_over_work() and self._improve(self.work)

    def _neighbourhoods_by_period(self) -> bool:
        return self._improve(self.component)

    def _improve(self, component: Component) -> bool:
        """Some parts decided again; whether more may come of it."""
        if len(component) <= part_size(component):
            return False  # a part would be the whole
        if self._around is None:
            self._around = Neighbourhoods(component, self._volumes_over(component), self.relaxed.profits)
        elif component is self.component:
            self._around.volumes = self.best.volumes()  # whole quanta, and what was inserted beside
        more = self._around.improve(self._solve, self._out_of_work)
        self._take(self._around.volumes)
        return more

    def _survivors(self) -> bool:
        if not self._good_over_work():
            self._fix_and_solve(self.work, self.relaxed.profits, self.relaxed.bound)
        return False

    def _good_over_work(self) -> bool:
        """Whether what is still missing is lost between the term and its periods."""
        return self.work is not self.component and self.reached >= float(self.bound) * (1 - self.limits.gap / 2)

    def _survivors_by_period(self) -> bool:
        relaxed = relax(self.component, self.deadline)
        stated = relaxed.prices.rounded()
        bound = exact_bound(self.component, stated)
        if bound < self.recomputed:
            self.prices, self.recomputed = stated, bound
        self._fix_and_solve(self.component, relaxed.profits, relaxed.bound)
        return False

    def _over_the_term(self) -> bool:
        """The model of the survivors with the periods added up: its bound holds, its contracts are worth a look."""
        term = over_the_term(self.component)
        relaxed, value = relax(term, self.deadline), float(self.objective)
        volumes = self.best.volumes().sum(axis=1, keepdims=True)
        free = np.flatnonzero((relaxed.bound + np.minimum(relaxed.profits, 0.0) >= value) | (volumes[:, 0] > 0))
        draft = build(term, free)
        solution = self._solve(draft, gap=self.limits.gap / 4, checks=TERM_CHECKS, start=draft.values(volumes))
        self._note_bound(max(solution.bound, value))
        if solution.usable:
            found = draft.volumes(solution)
            self._seen = np.flatnonzero(found[:, 0] > 0)
            self._take(found)
        return False

    def _promising_by_period(self) -> bool:
        """The model of what looks best by the period, with all contracts that any model made."""
        volumes = self.best.volumes()
        made = np.flatnonzero(volumes.sum(axis=1) > 0)
        free = np.union1d(np.union1d(self._promising(BEST_WITH_OTHERS), self._seen), made)
        draft = build(self.component, free)
        solution = self._solve(draft, gap=self.limits.gap / 4, checks=CLOSE_CHECKS, start=draft.values(volumes))
        if solution.usable:
            self._take(draft.volumes(solution))
        return False

    def _fix_and_solve(self, component: Component, profits: Floats, bound: float) -> None:
        """The model of all pairs that a better clearing may use: with another one, 4.1 falls below what we have."""
        volumes = self._volumes_over(component)
        value = float(self.objective)
        free = np.flatnonzero((bound + np.minimum(profits, 0.0) >= value) | (volumes.sum(axis=1) > 0))
        if len(free) * component.periods > SURVIVOR_CELLS:
            return
        draft = build(component, free)
        start = draft.values(volumes)
        solution = self._solve(
            draft, gap=self.limits.gap / 2, nodes=SURVIVOR_NODES, checks=SURVIVOR_CHECKS, start=start
        )
        self._note_bound(max(solution.bound, value))
        if solution.usable:
            self._take(draft.volumes(solution))

    def _whole_quanta(self) -> bool:
        """Where rounding is most of the gap, let the model itself count in whole quanta."""
        cells, missing = self.component.pairs.gain.size, float(self.bound - self.objective)
        lost = self.before_rounding - float(self.objective)
        if cells > WHOLE_QUANTA_CELLS or (cells > TINY_CELLS and lost < missing / 2):
            return False
        draft = build(self.component, whole_quanta=True)
        start = draft.values(self.best.volumes())
        solution = self._solve(draft, gap=self.limits.gap / 2, nodes=WHOLE_QUANTA_NODES, start=start)
        self._note_bound(solution.bound)
        if solution.usable:
            self._take(draft.volumes(solution))
        return False

    def _take(self, volumes: Floats) -> None:
        """Make volumes exact, and keep them if they are better than the best."""
        if volumes.shape[1] != self.component.periods:
            self.reached = max(self.reached, self.work.welfare(volumes))
            volumes = self._by_period(volumes)
        self.before_rounding = max(self.before_rounding, self.component.welfare(volumes))
        exact, dropped = exact_volumes(self.component, volumes, self.limits.backend)
        insert(exact)
        if self._is_better(exact):
            self.best, self.dropped = exact, dropped

    def _is_better(self, exact: ExactVolumes) -> bool:
        """3.23: what the demands lack counts first, class by class, then welfare."""
        demands = self.component.demands
        missing = missing_by_class(demands, exact), missing_by_class(demands, self.best)
        return missing[0] < missing[1] or (missing[0] == missing[1] and exact.welfare() > self.best.welfare())

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

    def _solve(
        self,
        draft: Draft,
        *,
        gap: float,
        nodes: int | None = None,
        checks: int | None = None,
        start: Floats | None = None,
    ) -> Solution:
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
        if solution.status in (Status.FAILED, Status.INFEASIBLE) and self.failure is None:
            self.failure = f"the backend ended as {solution.status.value}"  # no trade is always feasible
        return solution

    def _note_bound(self, bound: float) -> None:
        if np.isfinite(bound):
            self.proven = min(self.proven, rounded_up(bound))

    def _out_of_work(self) -> bool:
        self.clock_hit |= self.deadline is not None and time.monotonic() >= self.deadline
        return self.clock_hit or self.nodes_left <= 0
