"""Volumes in whole lots (docs/model.md 3.5)."""

from __future__ import annotations

import numpy as np

from solver.search.backend import EQUAL
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft, *, everywhere: bool = False) -> None:
    """x_pt = step_p l_pt with l_pt whole, for pairs with a lot (``everywhere``: also whole quanta for the others).

    Maths: 3.5.
    """
    pairs, model = draft.component.pairs, draft.model
    chosen = draft.free if everywhere else draft.free[pairs.has_lot[draft.free]]
    if not len(chosen):
        return
    step = pairs.step[chosen, None]
    greatest = np.floor(pairs.most[chosen] / step + 1e-9)
    draft.lots[chosen] = model.add("lots", greatest, integer=True)
    for p in chosen:
        for t in np.flatnonzero(draft.volume[p] >= 0):
            handles = np.array([draft.volume[p, t], draft.lots[p, t]])
            signs = np.array([1.0, -pairs.step[p]])
            model.row("lots", handles, signs, EQUAL, 0.0)
