"""Nothing, or at least the minimum fill (docs/model.md 3.6)."""

from __future__ import annotations

import numpy as np

from solver.search.backend import NOT_ABOVE, NOT_BELOW, handles_of
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """sum x >= least_i z_i and y_p <= z_i, for orders with a minimum fill or a least number of counterparties.

    Maths: 3.6.  An order with a held contract is filled: its z_i is 1 and needs no variable.  A least volume
    of one lot or quantum is already in the least size of a contract (3.4), so orders without the terms have no row.
    """
    model = draft.model
    for k, rows in enumerate(draft.component.orders):
        if not rows.needs_filled or not draft.touches(rows):
            continue
        volumes = draft.volume[rows.pairs].ravel()
        if len(draft.contracts_held(rows)):
            left = rows.filled_least - float(draft.held_in(rows).sum())
            model.row("fill", volumes, 1.0, NOT_BELOW, left)
            continue
        filled = model.add("filled", np.ones(1), integer=True)
        draft.filled[k] = int(filled[0])
        if rows.filled_least > 0:
            coefficients = np.append(np.ones(len(volumes)), -rows.filled_least)
            model.row("fill", handles_of(volumes, filled), coefficients, NOT_BELOW, 0.0)
        for contract in draft.contract[rows.pairs]:
            if contract >= 0:
                model.row("filled", np.array([contract, filled[0]]), np.array([1.0, -1.0]), NOT_ABOVE, 0.0)
