"""From a solver's floats to volumes that hold every row exactly (docs/model.md 3.5).

Whole steps first, then what breaks a cap is taken back, what misses a minimum is topped up, and what is left
of the capacities is filled.  What still misses a minimum is settled by a small model in whole quanta; a
contract that even that cannot keep is dropped, and the clearing says so.  Where dropping at once is better it is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from solver.pairs.screened import Floats
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.search.formulation import build
from solver.search.rules.demand import comes_before

NEAR = 1e-6  # of a step: nearer to a whole number than this is that number
LITTLE = Decimal("1e-5")  # of the welfare: for less than that no model is asked
REPAIRS = 30  # models in all
REPAIR_NODES = 500
REPAIR_CHECKS = 20  # of the backend, whether to go on


def exact_volumes(
    component: Component, volumes: Floats, backend: str = "highs", *, fill_up: bool = True, settle: bool = True
) -> tuple[ExactVolumes, int]:
    """Volumes in whole steps that satisfy every row, and how many contracts were dropped for it.

    ``fill_up``: whether what is left of the capacities is given to the contracts that gain by it.
    ``settle``: whether a model may decide what misses a minimum; else it is dropped.

    Shapes: volumes (pairs, periods), in grade units, from a solution of the model.
    """
    exact = _whole_steps(component, volumes)
    _take_back(exact)
    _top_up(exact)
    dropped = 0
    if exact.shortfalls():
        exact, dropped = _mended(exact, backend) if settle else (exact, _drop(exact))
    if fill_up:
        _fill_up(exact)
    return exact, dropped


def _mended(exact: ExactVolumes, backend: str) -> tuple[ExactVolumes, int]:
    """The better of dropping what misses a minimum and of deciding again what is around it; how many were dropped.

    A model that has to end early may have found next to nothing.
    """
    short, wanted = exact.copy(), exact.welfare()
    dropped = _drop(short)
    if short.welfare() >= wanted * (1 - LITTLE) and not exact.component.demands:
        return short, dropped
    _settle(exact, backend)
    also_dropped = _drop(exact)
    return (exact, also_dropped) if comes_before(exact, short) else (short, dropped)


def _whole_steps(component: Component, volumes: Floats) -> ExactVolumes:
    exact = ExactVolumes(component)
    for p in np.flatnonzero(volumes.sum(axis=1) > 0):
        steps = volumes[p] / component.pairs.step[p]
        nearest = np.rint(steps)
        whole = np.where(np.abs(steps - nearest) < NEAR, nearest, np.floor(steps))
        for t in np.flatnonzero(whole > 0):
            exact.change(int(p), int(t), int(whole[t]) * exact.step(int(p)))
    return exact


def _take_back(exact: ExactVolumes, among: Iterable[int] | None = None) -> None:
    """Lower volumes, least gainful first, until no cap is exceeded.

    ``among``: contracts whose room may have changed; None: all of them.
    """
    waiting = set(exact.quanta if among is None else among)
    while waiting:
        cells, waiting = _cells(exact, of=waiting, reverse=False), set()
        for p, t in cells:
            room = exact.room(p, t)
            if room < 0 and p in exact.quanta and exact.quanta[p][t] > 0:
                exact.change(p, t, max(room, -exact.quanta[p][t]))
                waiting |= exact.around(p)


def _top_up(exact: ExactVolumes) -> None:
    """Raise the contracts that miss a minimum, most gainful periods first, as far as the caps allow."""
    wanted = (demand.to_raise(exact) for demand in exact.component.demands)
    for short in [*exact.shortfalls(), *(short for short in wanted if short is not None)]:
        missing = short.missing
        for p, t in _cells(exact, of=short.raises):
            if missing <= 0:
                break
            step = exact.step(p)
            add = min(exact.room(p, t), int(-(-missing // step)) * step)
            if add > 0:
                exact.change(p, t, add)
                missing -= add


def _fill_up(exact: ExactVolumes) -> None:
    """Give what is left of the capacities to the contracts that gain most by it."""
    for p, t in _cells(exact):
        if exact.component.best_gain[p, t] > 0:
            exact.fill(p, t)


def _settle(exact: ExactVolumes, backend: str) -> None:
    """Decide the contracts around each missed minimum again, in whole quanta, the rest held."""
    tried: set[tuple[int, ...]] = set()
    while len(tried) < REPAIRS:
        around = (_around(exact, short.pairs) for short in exact.shortfalls())
        free = next((each for each in around if tuple(each) not in tried), None)
        if free is None:
            return
        tried.add(tuple(free))
        _settle_around(exact, free, backend)


def _around(exact: ExactVolumes, pairs: Iterable[int]) -> list[int]:
    """Contracts that share an order with some pairs."""
    component = exact.component
    orders = {int(side[p]) for p in pairs for side in (component.seller, component.buyer)}
    return sorted({p for k in orders for p in component.orders[k].pairs.tolist() if p in exact.quanta})


def _settle_around(exact: ExactVolumes, around: list[int], backend: str) -> None:
    draft = build(exact.component, np.array(around, dtype=np.int64), exact.volumes(), whole_quanta=True)
    solution = draft.model.solve(backend, nodes=REPAIR_NODES, checks=REPAIR_CHECKS)
    if not solution.usable:
        return
    before = {p: list(exact.quanta.get(p, ())) for p in around}
    short_before = len(exact.shortfalls())
    for p in around:
        exact.drop(p)
        for t in np.flatnonzero(draft.lots[p] >= 0).tolist():
            steps = round(float(solution.values[draft.lots[p, t]]))
            exact.change(p, t, steps * exact.step(p))
    _take_back(exact)
    if len(exact.shortfalls()) > short_before:
        for p, row in before.items():
            exact.drop(p)
            for t, quanta in enumerate(row):
                exact.change(p, t, quanta)


def _drop(exact: ExactVolumes) -> int:
    """Drop what still misses a minimum, until nothing does; misses that share a contract one after the other."""
    dropped = 0
    while shortfalls := exact.shortfalls():
        around: set[int] = set()
        for short in shortfalls:
            if around.isdisjoint(short.pairs):
                for p in short.pairs:
                    around |= exact.around(p) | {p}
                    exact.drop(p)
                    dropped += 1
        _take_back(exact, around & exact.quanta.keys())
    return dropped


def _cells(exact: ExactVolumes, *, of: Iterable[int] | None = None, reverse: bool = True) -> list[tuple[int, int]]:
    """Pairs and periods in which contracts may have volume, most gainful first, then by position."""
    gain, most = exact.component.pairs.gain, exact.component.pairs.most
    chosen = sorted(exact.quanta if of is None else of)
    cells = [(p, t) for p in chosen for t in range(most.shape[1]) if most[p, t] > 0]
    return sorted(cells, key=lambda cell: (-gain[cell] if reverse else gain[cell], cell))
