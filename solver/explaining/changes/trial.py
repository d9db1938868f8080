"""Whether a changed order would have been matched: the market around it solved again (docs/model.md 7.6).

What decides is not that some clearing gives it more, but that a better one than the published does: then, whatever the
others get, welfare rises with the order in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.explaining.changes.spliced import Base
from solver.form.clearing import WorkLimits
from solver.pairs.screened import Floats, Ints
from solver.search.bound import profits
from solver.search.exact import ExactVolumes
from solver.search.formulation import build
from solver.search.rounding import exact_volumes
from solver.search.stages import Search
from solver.search.warm import warm_starts

if TYPE_CHECKING:
    from solver.form.changes import Proof
    from solver.form.clearing import Clearing
    from solver.form.market import Market, Order
    from solver.search.component import Component

SOLVED_CELLS = 150  # pairs x periods of a component up to which it is solved again whole, to the end
TO_THE_END = WorkLimits(gap=1e-6)
OWN_PAIRS, NEXT_PAIRS, MOST_PAIRS = 6, 2, 40  # of the order, of each order around it, of all
LEAST = 1e-5  # grade units; filled volumes are stated to a millionth
NEIGHBOURHOOD_NODES, NEIGHBOURHOOD_GAP = 20, 5e-4


class Trials:
    """Changed orders of one market, each tried beside the clearing that was made."""

    def __init__(self, market: Market, clearing: Clearing) -> None:
        self.base = Base(market)
        self._clearing = clearing
        self._filled = {outcome.order: outcome.filled for outcome in clearing.orders}
        self._matches = {(match.offer, match.need): match.volumes for match in clearing.matches}

    def of(self, changed: Order) -> Proof | None:
        """How it is known that the changed order gets more than it did; None if it is not."""
        part = self.base.component_with(changed)
        if part is None:
            return None
        own = next(k for k, rows in enumerate(part.orders) if rows.order.id == changed.id)
        before = self._published(part)
        if part.pairs.gain.size <= SOLVED_CELLS:
            search = Search(part, TO_THE_END)
            search.start()
            while search.gap > TO_THE_END.gap and search.refine():
                pass
            proof: Proof = "solved" if search.gap <= TO_THE_END.gap else "neighbourhood"
            after = search.best
        else:
            proof, after = "neighbourhood", self._around(part, own)
        more = _filled(after, own) > float(self._filled[changed.id]) + LEAST and after.welfare() > before.welfare()
        return proof if more else None

    def _published(self, part: Component) -> ExactVolumes:
        """What the clearing made of the component's pairs; a pair that may not trade any more has nothing."""
        exact = ExactVolumes(part)
        for p in range(len(part)):
            offer, need = exact.both(p)
            for t, traded in enumerate(self._matches.get((offer.id, need.id), ())):
                exact.change(p, t, int(traded / exact.quantum(p)))
        return exact

    def _around(self, part: Component, own: int) -> ExactVolumes:
        """The pairs around an order decided again while all others keep their volumes."""
        warm = next(warm_starts(self._clearing, [part]))
        free = around(part, own, warm.volumes, profits(part, warm.prices))
        draft = build(part, free, warm.volumes)
        solution = draft.model.solve(
            "highs", gap=NEIGHBOURHOOD_GAP, nodes=NEIGHBOURHOOD_NODES, start=draft.values(warm.volumes)
        )
        volumes = draft.volumes(solution) if solution.usable else warm.volumes
        return exact_volumes(part, volumes)[0]


def around(part: Component, own: int, volumes: Floats, worth: Floats) -> Ints:
    """The order's best pairs, its counterparties' contracts and best pairs, and those of whom they may push out."""
    on = volumes.sum(axis=1) > 0
    chosen: dict[int, None] = {}
    waiting, seen = [(own, OWN_PAIRS)], {own}
    while waiting and len(chosen) < MOST_PAIRS:
        k, most = waiting.pop(0)
        ranked = part.orders[k].pairs[np.argsort(-worth[part.orders[k].pairs], kind="stable")]
        for p in np.concatenate([ranked[on[ranked]], ranked[~on[ranked]][:most]]).tolist():
            chosen.setdefault(p)
            other = int(part.buyer[p] if part.seller[p] == k else part.seller[p])
            if other not in seen:
                seen.add(other)
                waiting.append((other, NEXT_PAIRS))
    return np.array(sorted(chosen), dtype=np.int64)


def _filled(exact: ExactVolumes, k: int) -> float:
    """Volume of an order of the component in its own units, which are not those of every pair (3.22)."""
    rows, volumes = exact.component.orders[k], exact.volumes()
    return float((volumes[rows.pairs] * rows.each_unit).sum())
