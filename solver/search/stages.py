"""The search for the best matches of one component, in stages that each do a limited amount of work.

``start`` gives a first clearing and a bound; each ``refine`` does more.  Where gains stand still, models with the
periods added up are solved first: they are small, their bound holds, and their contracts are a good start.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from solver.form.clearing import WorkLimits
from solver.pairs.screened import Ints
from solver.search.backend import Status
from solver.search.begun import TINY_CELLS, begun
from solver.search.by_rules import ByRules
from solver.search.by_term import START_CELLS, START_CHECKS, TERM_CHECKS
from solver.search.component import Component
from solver.search.dive import dive
from solver.search.formulation import build
from solver.search.least_missing import least_missing
from solver.search.likely import survivors
from solver.search.neighbourhoods import (
    AROUND_CHANGES,
    BY_PERIOD,
    MOST_PAIRS,
    RULED,
    RULED_CLOSER,
    SEEN,
    SEEN_AT_ONCE,
    SMALL,
    Neighbourhoods,
    Sweeps,
)
from solver.search.rule_rows import rule_rows
from solver.search.shortened import worth_keeping
from solver.search.warm import Warm, around_changes, within_counts

TERM_PAIRS = 700  # up to which the model of all pairs over the term is worth its time
DEEP_PAIRS = 250  # up to which that model is solved to its end before the periods are looked at again
SURVIVOR_CELLS = 6_000  # the same by the period, for the pairs that survive reduced-cost fixing
QUICK = 5  # seconds or so of a first model that is solved at once
PACE = 500  # pairs x periods of a model that take about a second
TERM_PACE = 180  # the same of a model over the term
FIRST_PACE, WIDER_PACE = 400, 100  # the same of the first, and of what follows a sweep
LARGE_PARTS = 2  # level of neighbourhoods that is best where nothing was solved over the term
PARTS_PACE = 400  # the same of a part
OUTLINE_PACE, RULED_PACE = 250, 150  # the same of an outline, and of the whole model, where rules decide
WHEN_PACE = 250  # orders x periods for which it takes about a second to decide when their contracts deliver
QUANTA_COST = 3.0  # seconds or so
CLOSE_CHECKS, SURVIVOR_CHECKS = (80, 400), (200, 2000)  # the first time and the second
FULL_NODES, SURVIVOR_NODES = 500, 2_000
HELPED = 0.1  # part of what is missing that a stage has to find, for the next one to be as hopeful
PART_GAP = 0.01  # at which a part's model may end while the whole is farther from its bound than thrice that
RULED_PART_GAP = 0.02  # the same with rules, while six times as far
WHOLE_QUANTA_CELLS = 400  # up to which volumes without lots may be made whole by the model itself
WHOLE_QUANTA_NODES = 2_000
MOST_SEEN = 160  # contracts up to which it is decided at once when they deliver
LARGE_RULED = 500  # pairs, with rules, up to which parts cost less
SOON_ALL = 350  # up to which all pairs are decided together before parts of them


@dataclass(frozen=True, slots=True)
class _Stage:
    """A piece of work that says whether it may be done again with profit, and what it costs, to compare by."""

    work: Callable[[], bool | None]  # None: there was nothing to do
    cost: float


@dataclass(frozen=True, slots=True)
class Promise:
    """What the next piece of work may gain, and its cost in seconds or so."""

    gain: float
    cost: float

    @property
    def urgency(self) -> float:
        """Gain per second."""
        return self.gain / self.cost


class Search(ByRules):
    """One component: the best exact volumes so far, and the best bound."""

    def __init__(
        self,
        component: Component,
        limits: WorkLimits,
        deadline: float | None = None,
        warm: Warm | None = None,
        hurry_from: float | None = None,
    ) -> None:
        """``deadline``, ``hurry_from``: on the monotonic clock; from the latter a dive has to do for a beginning."""
        least = least_missing(component, limits) if component.demands else None
        if least is not None:
            component = replace(component, allowed=least.allowed)
        start = begun(component, deadline, warm)
        kept = worth_keeping(component, start.relaxed, warm)
        if kept is not None:
            start, warm = start.of(kept), None if warm is None else kept.of_warm(warm)
        super().__init__(component, limits, deadline, start, least, kept)
        self._all_is_solved = False
        self._around: Neighbourhoods | None = None
        self._hope = 1.0  # part of what is missing that the next stage may find
        self._warm, self._hurry_from = warm, hurry_from
        self._ruled = start.even is not None
        self._stages = self._stages_of(self.component.pairs.gain.size)
        if warm is not None:
            self._take_over(warm)

    @property
    def promise(self) -> Promise:
        """What the next stage may gain, and what it costs, to compare components by."""
        cost = self._stages[0].cost if self._stages else 1.0
        return Promise(float(self.bound - self.objective) * self._hope, cost)

    def _stages_of(self, cells: int) -> list[_Stage]:
        """What is done after the start, in order."""
        quanta = _Stage(self._whole_quanta, QUANTA_COST)
        if self._divisible:
            return [quanta]
        full = [_Stage(partial(self._survivors, checks), cells / PACE) for checks in SURVIVOR_CHECKS]
        if cells <= TINY_CELLS:
            return [full[1], quanta]
        part_cost = min(cells, MOST_PAIRS * self.component.periods) / PARTS_PACE
        parts = _Stage(partial(self._neighbourhoods, BY_PERIOD), part_cost)
        small = _Stage(partial(self._neighbourhoods, SMALL), part_cost / 3)
        if self._ruled:
            own_cost = part_cost * min(1.0, len(self.component) / LARGE_RULED)
            ruled = _Stage(partial(self._neighbourhoods, RULED), own_cost)
            ruled_closer = _Stage(partial(self._neighbourhoods, RULED_CLOSER), own_cost)
            when = len(self.component.orders) * self.component.periods / WHEN_PACE
            seen, outlined = _Stage(self._when_seen_deliver, when), _Stage(self._outlined, cells / OUTLINE_PACE)
            full = [replace(each, cost=cells / RULED_PACE) for each in full]
            if len(self.component) <= MOST_PAIRS:
                return [seen, outlined, full[0], quanta, full[1]]
            then = [outlined, full[0], ruled] if len(self.component) <= SOON_ALL else [ruled, full[0]]
            return [seen, *then, ruled_closer, quanta, full[1]]
        over, _ = self._begun_over
        look_best = len(self._promising)
        pace = PACE if over is self.component else FIRST_PACE
        first = _Stage(self._first_stage, look_best * over.periods / pace)
        if self._term is None:
            early = [full[0], parts] if cells <= SURVIVOR_CELLS else [parts, full[0]]
            return [first, *early, quanta, full[1]]
        pairs = len(self.component)
        if pairs > TERM_PAIRS:
            wider = _Stage(self._wider_over_the_term, look_best / WIDER_PACE)
            return [first, wider, small, parts, full[0], quanta, full[1]]
        term = [_Stage(partial(self._all_over_the_term, checks), pairs / TERM_PACE) for checks in TERM_CHECKS]
        closer = [_Stage(partial(self._likely_ones, checks), part_cost) for checks in CLOSE_CHECKS]
        middle = [term[1], parts] if pairs <= DEEP_PAIRS else [parts, term[1]]
        return [first, term[0], closer[0], *middle, closer[1], full[0], quanta, full[1]]

    def start(self) -> None:
        """First volumes: the full model if it is tiny, else a dive, so that every component has something soon."""
        cells = self.component.pairs.gain.size
        if self._divisible:
            self.take(self.relaxed.volumes)
        elif cells <= TINY_CELLS:
            self._solve_all()
        elif self._warm is not None and self._mended(self._warm):
            if not self._ruled:
                self._stages.pop(0)  # a first model is not needed
        elif self._ruled:
            self._first_by_rules()
        else:
            over, _ = self._begun_over
            volumes = dive(over, self._promising, self.deadline, rule_rows(over))
            if self._stages[0].cost > QUICK or self._in_a_hurry() or not self._first_model(volumes):
                self._take(volumes)
            else:
                self._stages.pop(0)

    def _in_a_hurry(self) -> bool:
        """Whether the first model has to wait, since others have yet to begin: no matter of work, which is told."""
        self.hurried = self._hurry_from is not None and time.monotonic() >= self._hurry_from
        return self.hurried

    def _take_over(self, warm: Warm) -> None:
        """Begin with the volumes that an earlier clearing had, as far as they fit; its contracts spread anew."""
        self.take(within_counts(self.component, warm.volumes), settle=False)
        if self.gap > self.limits.gap:
            self._spread(np.array(sorted(self.best.quanta), dtype=np.int64), all_of_them=True)

    def _mended(self, warm: Warm) -> bool:
        """Decide again what lies around the changes, the rest held; whether that makes another start needless."""
        if self.gap <= self.limits.gap or not self.best.quanta:
            return bool(self.best.quanta)
        volumes, over = self.best.volumes(), self.component if self._term is None else self._term
        missing = float(self.bound - self.objective)
        free = around_changes(self.component, volumes, self.relaxed.profits, warm.filled, missing)
        if not len(free):
            return True
        held = volumes if over is self.component else volumes.sum(axis=1, keepdims=True)
        if len(free) * over.periods > START_CELLS:
            self._take(self._swept(over, held, free, AROUND_CHANGES))
            return True
        draft = build(over, free, held)
        solution = self.solve(draft, gap=self.limits.gap / 2, checks=START_CHECKS, start=draft.values(held))
        if solution.usable:
            self._take(draft.volumes(solution))
        return True

    def _solve_all(self) -> None:
        draft, gap = build(self.component), self.limits.gap / 4
        solution = self.solve(draft, gap=gap, nodes=FULL_NODES)
        self.note_bound(solution.bound)
        if solution.usable and solution.bound - solution.objective <= gap * abs(solution.bound) + 1e-6:
            self._all_is_solved = True
        if solution.usable:
            self.take(draft.volumes(solution))

    def refine(self) -> bool:
        """Do the next piece of work; False when there is none left, or a backend that fails is all there is."""
        broken = self.failure is not None and not self.solved
        before = float(self.bound - self.objective)
        while not broken and self._stages and not self.out_of_work():
            more = self._stages[0].work()
            if not more:
                self._stages.pop(0)
                self._around = None
            if more is not None:
                helped = before - float(self.bound - self.objective) >= HELPED * before
                self._hope = 1.0 if helped else self._hope / 2
                return True
        return False

    def _likely(self) -> Ints:
        """Pairs of the relaxation's support, and those whose contracts some model made."""
        support = np.flatnonzero(self.relaxed.volumes.sum(axis=1) > 0)
        made = np.flatnonzero(self.best.volumes().sum(axis=1) > 0)
        return np.union1d(np.union1d(support, made), self._seen)

    def _when_seen_deliver(self) -> bool | None:
        """When the contracts deliver that were chosen as if all delivered evenly."""
        likely = self._stand_or_seen()
        return self._neighbourhoods(SEEN_AT_ONCE if len(likely) <= MOST_SEEN else SEEN, likely)

    def _neighbourhoods(self, sweeps: Sweeps, likely: Ints | None = None) -> bool | None:
        """Some parts decided again."""
        likely = self._likely() if likely is None else likely
        if self._around is None:
            if len(self.component) <= MOST_PAIRS and not self._ruled:
                return None  # a part would be the whole
            few = len(likely) <= MOST_PAIRS and len(self.component) <= TERM_PAIRS  # decided already
            level = LARGE_PARTS if sweeps is BY_PERIOD and (self._term is None or few) else 0
            volumes, profits = self.best.volumes(), self.relaxed.profits
            self._around = Neighbourhoods(self.component, volumes, profits, likely, sweeps, level)
        self._around.volumes = self.best.volumes()  # whole quanta, and what was inserted beside
        near = min(RULED_PART_GAP, self.gap / 6) if self._ruled else min(PART_GAP, self.gap / 3)
        gap = max(self.limits.gap / 4, near)
        more = self._around.improve(self.solve, gap, self.out_of_work)
        self.take(self._around.volumes)
        return more

    def _likely_ones(self, checks: int) -> bool | None:
        """The model of the likely pairs by the period, with no contract of any other; if they are few enough."""
        free = self._likely()
        if len(free) > MOST_PAIRS:
            return None
        draft = build(self.component, free)
        start = draft.values(self.best.volumes())
        solution = self.solve(draft, gap=self.limits.gap / 4, checks=checks, start=start)
        if solution.usable:
            self.take(draft.volumes(solution))
        return False

    def _survivors(self, checks: int) -> bool | None:
        """The model of all pairs that a better clearing may use."""
        if self._all_is_solved or self._kept is not None:
            return None
        volumes, value = self.best.volumes(), float(self.objective)
        free = survivors(self.relaxed, volumes, value)
        if len(free) * self.component.periods > SURVIVOR_CELLS:
            return None
        draft = build(self.component, free)
        start, gap = draft.values(volumes), self.limits.gap / 2
        solution = self.solve(draft, gap=gap, nodes=SURVIVOR_NODES, checks=checks, start=start)
        self._all_is_solved = solution.status is Status.OPTIMAL
        self.note_bound(max(solution.bound, value))
        if solution.usable:
            self.take(draft.volumes(solution))
        return False

    def _whole_quanta(self) -> bool | None:
        """Where rounding is most of the gap, let the model itself count in whole quanta."""
        cells, missing = self.component.pairs.gain.size, float(self.bound - self.objective)
        lost = self.before_rounding - float(self.objective)
        if cells > WHOLE_QUANTA_CELLS or (cells > TINY_CELLS and lost < missing / 2):
            return None
        draft = build(self.component, whole_quanta=True)
        start = draft.values(self.best.volumes())
        solution = self.solve(draft, gap=self.limits.gap / 2, nodes=WHOLE_QUANTA_NODES, start=start)
        self.note_bound(solution.bound)
        if solution.usable:
            self.take(draft.volumes(solution))
        return False
