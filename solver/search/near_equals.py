"""Among volumes of nearly the best welfare those that serve the round's aims best, one aim after the other.

Maths: docs/model.md 3.26.  What is taken is exact: no aim is ever worse than before, and welfare never below its floor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import numpy as np

from solver.form.clearing import Aim, AimName, WorkLimits
from solver.pairs.screened import Ints
from solver.search.backend import NOT_BELOW, BackendError
from solver.search.bound import profits
from solver.search.exact import ExactVolumes
from solver.search.formulation import Draft, build
from solver.search.found import Found
from solver.search.near_equal_aims import NearEqualAim
from solver.search.rounding import exact_volumes
from solver.search.rules.demand import missing_by_class

WHOLE_CELLS = 700  # pairs x periods up to which all pairs are decided again together
PART_CELLS = 360  # of a part of a larger component
BEST_PAIRS = 4  # of a need, beside its contracts, in a part
EXACT_CELLS, GAP = 60, 1e-4  # a model of more cells may end at this gap
NODES, CHECKS = 500, 20
MILLION = 10**6
NEAR = 1e-6  # by which a model in floats may lack more of an aim that is held; exact volumes are compared exactly


def nearly_equal(found: Found, tolerance: Decimal, aims: list[NearEqualAim], limits: WorkLimits) -> Found:
    """The component's volumes that serve its aims best within the tolerance, then those of the most welfare."""
    best = found.best
    if not best.quanta or not aims:
        return found
    floor = best.welfare() - max(Decimal(0), best.welfare()) * tolerance
    for count in range(1, len(aims) + 2):  # at last all aims are held, and welfare is taken back as far as it goes
        for free in _parts(found):
            best = _better(found, best, free, aims[:count], floor, limits, back=count > len(aims))
    return replace(found, best=best)


def stated_aims(before: list[Found], after: list[Found], aims: list[list[NearEqualAim]]) -> tuple[Aim, ...]:
    """What every aim came to over all components, as it is stated: lacking amounts as such, to a millionth."""
    sums: dict[str, list[Fraction]] = {}
    for old, new, own in zip(before, after, aims, strict=True):
        for aim in own:
            both = sums.setdefault(aim.name, [Fraction(0), Fraction(0)])
            both[0] += aim.sign * aim.value(old.best)
            both[1] += aim.sign * aim.value(new.best)
    names: tuple[AimName, ...] = get_args(AimName)
    return tuple(
        Aim(aim=name, before=_stated(sums[name][0]), reached=_stated(sums[name][1])) for name in names if name in sums
    )


def _stated(worth: Fraction) -> Decimal:
    return Decimal(round(worth * MILLION)).scaleb(-6)


def _better(
    found: Found,
    best: ExactVolumes,
    free: Ints,
    aims: list[NearEqualAim],
    floor: Decimal,
    limits: WorkLimits,
    *,
    back: bool,
) -> ExactVolumes:
    """Some pairs decided again, the rest held: for the last of the aims, or for welfare, with all other aims held."""
    component = found.component
    draft = build(component, free, best.volumes(), whole_quanta=True)
    draft.model.hold_objective(float(floor) - component.welfare(draft.held) - NEAR)
    for aim in aims if back else aims[:-1]:
        _hold(draft, aim, float(aim.value(best)))
    if not back:
        handles, coefficients, _ = aims[-1].terms(draft)
        draft.model.aim_at(handles, coefficients)
    try:
        gap = 0.0 if len(free) * component.periods <= EXACT_CELLS else GAP
        start = draft.values(best.volumes())
        solution = draft.model.solve(limits.backend, gap=gap, nodes=NODES, checks=CHECKS, start=start)
    except BackendError:
        return best
    if not solution.usable:
        return best
    exact, _ = exact_volumes(component, draft.volumes(solution), limits.backend, fill_up=False)
    before, after = (_rank(found, volumes, aims) for volumes in (best, exact))
    return exact if exact.welfare() >= floor and after > before else best


def _rank(found: Found, volumes: ExactVolumes, aims: list[NearEqualAim]) -> tuple[Fraction, ...]:
    """What the demands lack first, then the aims, then welfare: the more, the better."""
    missing = missing_by_class(found.component.demands, volumes)
    return (*(-each for each in missing), *(aim.value(volumes) for aim in aims), Fraction(volumes.welfare()))


def _hold(draft: Draft, aim: NearEqualAim, least: float) -> None:
    handles, coefficients, constant = aim.terms(draft)
    draft.model.row("aim", handles, coefficients, NOT_BELOW, least - constant - NEAR)


def _parts(found: Found) -> Iterator[Ints]:
    """All pairs; of a large component, need by need, its contracts and its best pairs, some needs together."""
    component = found.component
    if component.pairs.gain.size <= WHOLE_CELLS:
        yield np.arange(len(component), dtype=np.int64)
        return
    if any(rows.stock is not None for rows in component.orders):
        return  # what a stock costs cannot be told apart between what is held and what is free
    profit, part = profits(component, found.prices), list[int]()
    for rows in component.orders:
        if rows.order.side == "need":
            ranked = rows.pairs[np.argsort(-profit[rows.pairs], kind="stable")]
            part += sorted({*ranked[:BEST_PAIRS].tolist(), *(p for p in rows.pairs.tolist() if p in found.best.quanta)})
            if len(part) * component.periods >= PART_CELLS:
                yield np.array(part, dtype=np.int64)
                part = []
    if part:
        yield np.array(part, dtype=np.int64)
