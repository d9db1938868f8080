"""How little of a component's demands must be missing, class by class, and which cannot all hold (docs/model.md 3.23).

Before any welfare: the least that the most important class lacks, with that held the least that the next lacks, and
so on.  What is found is allowed to be missing from then on, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from solver.form.clearing import WorkLimits
from solver.pairs.screened import Ints
from solver.search.backend import NOT_ABOVE, Status
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.search.formulation import build
from solver.search.rounding import exact_volumes
from solver.search.rules.demand import missing_by_class

ALL_CELLS = 6_000  # pairs x periods up to which all pairs are free
WHOLE_QUANTA_CELLS = 700  # up to which the model itself counts in whole quanta
CHECKS = 200  # of the backend's own questions whether to go on
MOST_SETS = 20  # of rules to give up that are listed

Key = tuple[str, ...]


@dataclass(frozen=True)
class Least:
    """Volumes that lack the least, and what they show."""

    volumes: ExactVolumes
    allowed: dict[int, Fraction]  # by class
    proven: bool  # whether less is impossible, by the backend's word
    give_up: tuple[tuple[Key, ...], ...] = ()  # the smallest sets of demands without which the rest can hold
    complete: bool = True  # whether these are all such sets, and none smaller is left out


def least_missing(component: Component, limits: WorkLimits) -> Least:
    """Class by class, most important first, with what the classes before may lack held."""
    free = _concerned(component)
    best, allowed, proven = ExactVolumes(component), dict[int, Fraction](), True
    missing = missing_by_class(component.demands, best)
    for rank in sorted({demand.rank for demand in component.demands}):
        if missing[rank]:
            held = replace(component, allowed=dict(allowed))
            draft = build(held, free, whole_quanta=_in_quanta(component, free))
            handles = [handle for demand, handle in draft.missing if demand.rank == rank]
            draft.model.aim_at(np.array(handles, dtype=np.int64), -1.0)
            solution = draft.model.solve(limits.backend, nodes=limits.nodes, checks=CHECKS)
            proven &= solution.status is Status.OPTIMAL
            if solution.usable:
                exact, _ = exact_volumes(held, draft.volumes(solution), limits.backend)
                found = missing_by_class(component.demands, exact)
                if found < missing:
                    best, missing = exact, found
        allowed[rank] = missing[rank]
    if not any(missing):
        return Least(best, allowed, proven)
    give_up, complete = _sets_to_give_up(component, free, limits)
    if not give_up:  # the work ended first: what lacks now is a set too
        complete, give_up = False, (tuple(sorted(demand.key for demand in component.demands if demand.missing(best))),)
    return Least(best, allowed, proven, give_up, complete and len(free) == len(component))


def _concerned(component: Component) -> Ints:
    """All pairs; of a large component those that some demand wants more of."""
    if component.pairs.gain.size <= ALL_CELLS:
        return np.arange(len(component), dtype=np.int64)
    wanted = {p for demand in component.demands for p, of in demand.row.volumes.items() if max(of) > 0}
    return np.array(sorted(wanted), dtype=np.int64)


def _in_quanta(component: Component, free: Ints) -> bool:
    return len(free) * component.periods <= WHOLE_QUANTA_CELLS


def _sets_to_give_up(component: Component, free: Ints, limits: WorkLimits) -> tuple[tuple[tuple[Key, ...], ...], bool]:
    """Every smallest set of demands whose end lets all others hold, one model after another, each set cut off."""
    draft = build(component, free, whole_quanta=_in_quanta(component, free))
    model, demands = draft.model, component.demands
    ends = model.add("gives_up", np.ones(len(demands)), integer=True)
    for (demand, handle), end in zip(draft.missing, ends.tolist(), strict=True):
        model.row("gives_up", np.array([handle, end]), np.array([1.0, -float(demand.most)]), NOT_ABOVE, 0.0)
    model.aim_at(ends, -1.0)
    found, proven = list[tuple[Key, ...]](), True
    while len(found) < MOST_SETS:
        solution = model.solve(limits.backend, nodes=limits.nodes, checks=CHECKS)
        proven &= solution.status in (Status.OPTIMAL, Status.INFEASIBLE)
        if not solution.usable:
            return tuple(sorted(found)), proven
        chosen = np.flatnonzero(solution.values[ends] > 0.5)
        if found and len(chosen) > len(found[0]):
            return tuple(sorted(found)), proven
        keys = tuple(sorted(demands[k].key for k in chosen))
        found = [*found, keys] if found and len(keys) == len(found[0]) else [keys]
        model.row("another", ends[chosen], 1.0, NOT_ABOVE, len(chosen) - 1.0)
    return tuple(sorted(found)), False
