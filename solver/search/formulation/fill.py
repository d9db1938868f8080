"""Nothing, or at least the minimum fill (docs/model.md 3.6)."""

from __future__ import annotations

import numpy as np

from solver.search.backend import NONE, NOT_BELOW, handles_of
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """sum x >= least_i z_i, for orders with a minimum fill.

    Maths: 3.6.  An order with a held contract is filled: its z_i is 1 and needs no variable.  A least volume
    of one lot or quantum is already in the least size of a contract (3.4), so orders without the term have no row.
    """
    for rows in draft.orders:
        if rows.filled_least <= 0:
            continue
        filled, always = draft.any_made(rows.pairs.tolist())
        volumes = draft.volume[rows.pairs].ravel()
        left = rows.filled_least * always - float((draft.held_in(rows) * rows.each_unit).sum())
        coefficients = rows.each_unit.ravel()
        if filled != NONE:
            volumes, coefficients = handles_of(volumes, [filled]), np.append(coefficients, -rows.filled_least)
        draft.model.row("fill", volumes, coefficients, NOT_BELOW, left)
