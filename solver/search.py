"""The search for the best matches of one component."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from solver.backend import Solution, Status
from solver.bound import Prices, exact_bound, no_prices, rounded_up
from solver.clearing import WorkLimits
from solver.component import Component
from solver.exact import ExactVolumes
from solver.formulation import Draft, build
from solver.pairs import Floats
from solver.rounding import exact_volumes


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: exact volumes, and a bound that no volumes exceed."""

    volumes: ExactVolumes
    bound: Decimal
    bound_kind: Literal["recomputed", "solver"]
    prices: dict[str, Decimal]  # multipliers of 4.1 by row name
    status: Literal["feasible", "failed"]
    proven: bool  # the search ended because its gap was reached
    clock_hit: bool
    dropped: int  # contracts that no whole volumes could keep
    why: str | None = None  # of a failure


def search(component: Component, limits: WorkLimits, seconds: float | None) -> Found:
    """The best volumes found for a component within the limits on work."""
    prices = no_prices(component).rounded()
    recomputed = exact_bound(component, prices)
    draft = build(component)
    solution = draft.model.solve(limits.backend, gap=limits.gap / 2, nodes=limits.nodes, seconds=seconds)
    return _found(component, draft, solution, prices, recomputed, limits.backend)


def _found(
    component: Component, draft: Draft, solution: Solution, prices: Prices, recomputed: Decimal, backend: str
) -> Found:
    bound, kind = recomputed, "recomputed"
    if np.isfinite(solution.bound) and rounded_up(solution.bound) < bound:
        bound, kind = rounded_up(solution.bound), "solver"
    volumes, dropped = ExactVolumes(component), 0
    if solution.usable:
        volumes, dropped = exact_volumes(component, values_of(draft, solution), backend)
    failed = solution.status in (Status.FAILED, Status.INFEASIBLE)
    return Found(
        volumes=volumes,
        bound=bound,
        bound_kind=kind,  # type: ignore[arg-type]
        prices=prices.stated(component),
        status="failed" if failed else "feasible",
        proven=solution.status is Status.OPTIMAL,
        clock_hit=solution.clock_hit,
        dropped=dropped,
        why=f"the backend ended as {solution.status.value}" if failed else None,
    )


def values_of(draft: Draft, solution: Solution) -> Floats:
    """Volumes of a solution, (pairs, periods): those held, and those of contracts that are on."""
    volumes = draft.held.copy()
    on = draft.free[solution.values[draft.contract[draft.free]] > 0.5]
    handles = draft.volume[on]
    volumes[on] = np.where(handles >= 0, np.maximum(solution.values[handles], 0.0), 0.0)
    return volumes
