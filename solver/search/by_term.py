"""The part of a search that looks at a component with its periods added up, where that is a bound of it.

Those models are small, their bound holds, and their contracts are a good start for the periods.  Of a component whose
gains move the first models are by the period, and the rest of this is passed over.
"""

from __future__ import annotations

import numpy as np

from solver.form.clearing import WorkLimits
from solver.pairs.screened import Floats, Ints
from solver.search.backend import Status
from solver.search.begun import FULL_CELLS, Begun
from solver.search.bound import proven_by_floats
from solver.search.component import Component
from solver.search.formulation import build
from solver.search.least_missing import Least
from solver.search.likely import promising, survivors
from solver.search.neighbourhoods import OVER_THE_TERM, WIDER, Neighbourhoods, Sweeps
from solver.search.relaxation import Relaxed
from solver.search.shortened import Kept
from solver.search.standing import Standing

START_CELLS = 3_000  # up to which a model of what looks best is solved before anything else
SWEPT_PAIRS = 800  # from which what looks best is decided part by part, over the term
START_GAP = 0.001  # at which a larger component's first model may end, so that every component has its turn
RESTORE_NODES = 200
START_CHECKS = 60  # of the backend, whether to go on
TERM_CHECKS = (200, 1500)  # the same of the model of all pairs, the first time and the second


class ByTerm(Standing):
    """What stands of one component, and its models over the term."""

    def __init__(
        self,
        component: Component,
        limits: WorkLimits,
        deadline: float | None,
        start: Begun,
        least: Least | None,
        kept: Kept | None,
    ) -> None:
        super().__init__(component, limits, deadline, start.stated, least, kept)
        self.relaxed, self._term, self._over_term = start.relaxed, start.term, start.over_term
        self._divisible, self._even = start.divisible, start.even
        self._seen = np.zeros(0, dtype=np.int64)  # pairs whose contracts some model over the term made
        self._term_is_solved = False
        self._of_term: Floats | None = None  # the best volumes over the term, before they were spread
        if self.relaxed.charges is not None:
            self._prove(self.relaxed)

    def _prove(self, relaxed: Relaxed) -> None:
        """Take what is proven at charges that nobody else counts again: 4.3."""
        self.proven = min(self.proven, proven_by_floats(relaxed.bound))

    @property
    def _begun_over(self) -> tuple[Component, Relaxed]:
        """What first volumes are sought over: the term where that is a bound, else the periods."""
        if self._term is None or self._over_term is None:
            return self.component, self.relaxed
        return self._term, self._over_term

    @property
    def _promising(self) -> Ints:
        over, relaxed = self._begun_over
        return promising(over, relaxed, whole=FULL_CELLS, term=over is self._term)

    def _first_stage(self) -> bool | None:
        return False if self._first_model(self.best.volumes() if self._of_term is None else self._of_term) else None

    def _first_model(self, volumes: Floats) -> bool:
        """The model of what looks best, or of all pairs where they are few; whether it has given better volumes."""
        over, _ = self._begun_over
        free = self._promising
        if over is self._term and len(free) > SWEPT_PAIRS:
            self._sweep_the_term(volumes, OVER_THE_TERM)
            return True
        if len(free) * over.periods > START_CELLS:
            return False
        draft, gap = build(over, free), max(self.limits.gap / 2, START_GAP)
        solution = self.solve(draft, gap=gap, checks=START_CHECKS, start=draft.values(volumes))
        if len(free) == len(over):
            self.note_bound(solution.bound)
        if solution.usable:
            self._take(draft.volumes(solution))
        return solution.usable

    def _sweep_the_term(self, volumes: Floats, sweeps: Sweeps) -> None:
        """Part by part over the term, and what comes of it by the period."""
        assert self._term is not None
        assert self._over_term is not None
        support = np.flatnonzero(self._over_term.volumes[:, 0] > 0)
        self._take(self._swept(self._term, volumes, support, sweeps))

    def _swept(self, over: Component, volumes: Floats, likely: Ints, sweeps: Sweeps) -> Floats:
        """Volumes of the component, or of it over the term, decided part by part."""
        relaxed = self.relaxed if over is self.component or self._over_term is None else self._over_term
        parts = Neighbourhoods(over, volumes, relaxed.profits, likely, sweeps)
        parts.improve(self.solve, max(self.limits.gap / 2, START_GAP), self.out_of_work)
        return parts.volumes

    def _wider_over_the_term(self) -> bool | None:
        """The same with more pairs of each order, where most of what is missing is missing over the term already."""
        value, bound, reached = float(self.objective), float(self.bound), self._reached()
        if bound - max(value, reached) < (bound - value) / 2:
            return None
        of_term = self._of_term
        if of_term is None or reached < value:
            of_term = self.best.volumes().sum(axis=1, keepdims=True)
        self._sweep_the_term(of_term, WIDER)
        return False

    def _all_over_the_term(self, checks: int) -> bool | None:
        """The model of the survivors with the periods added up: its bound holds, its contracts are worth a look."""
        assert self._term is not None
        assert self._over_term is not None
        if self._term_is_solved:
            return None
        value, bound = float(self.objective), float(self.bound)
        if checks == TERM_CHECKS[0] and bound - self._reached() < (bound - value) / 2:
            return None  # most is lost between the term and its periods
        volumes = self.best.volumes().sum(axis=1, keepdims=True)
        free = survivors(self._over_term, volumes, value)
        draft, gap = build(self._term, free), self.limits.gap / 4
        solution = self.solve(draft, gap=gap, checks=checks, start=draft.values(volumes))
        self.note_bound(max(solution.bound, value))
        if solution.usable:
            self._take(draft.volumes(solution))
            self._term_is_solved = solution.status is Status.OPTIMAL
        return False

    def _take(self, volumes: Floats) -> None:
        """Volumes by period, or over the term; these are spread over the periods: the same contracts, else the best."""
        if self._term is None or volumes.shape[1] != 1:
            self.take(volumes)
            return
        if self._term.welfare(volumes) > self._reached():
            self._of_term = volumes
        made = np.flatnonzero(volumes[:, 0] > 0)
        self._seen = np.union1d(self._seen, made)
        if not self._spread(made, all_of_them=True):
            self._spread(made, all_of_them=False)

    def _spread(self, made: Ints, *, all_of_them: bool) -> bool:
        """The best volumes by period of some contracts; whether there were any."""
        draft = build(self.component, made)
        if all_of_them:
            draft.make_all()
        solution = self.solve(draft, gap=self.limits.gap / 10, nodes=RESTORE_NODES, forced=all_of_them)
        if solution.usable:
            self.take(draft.volumes(solution))
        return solution.usable

    def _reached(self) -> float:
        """Greatest welfare of volumes over the term."""
        return -np.inf if self._term is None or self._of_term is None else self._term.welfare(self._of_term)
