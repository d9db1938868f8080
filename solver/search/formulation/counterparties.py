"""With how many parties an order deals (docs/model.md 3.7)."""

from __future__ import annotations

import numpy as np

from solver.search.backend import NOT_ABOVE, NOT_BELOW, handles_of
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """least z_i <= sum_g w_ig <= most.

    Maths: 3.7.  w_ig says whether any contract with the party is made; a party with a held contract is dealt with.
    """
    for rows in draft.orders:
        if rows.most is None and rows.least <= 1:
            continue
        found = [draft.any_made(rows.pairs[rows.party == party].tolist()) for party in rows.parties]
        deals = np.array([handle for handle, _ in found], dtype=np.int64)
        held = sum(always for _, always in found)
        if rows.most is not None and rows.most < len(rows.parties):
            draft.model.row("parties_most", deals, 1.0, NOT_ABOVE, rows.most - held)
        if rows.least > 1:
            filled, always = draft.any_made(rows.pairs.tolist())
            coefficients = np.append(np.ones(len(deals)), -float(rows.least))
            left = rows.least * always - held
            draft.model.row("parties_least", handles_of(deals, [filled]), coefficients, NOT_BELOW, left)
