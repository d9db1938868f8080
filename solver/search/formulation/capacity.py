"""What an order offers or needs in each period (docs/model.md 3.1, 3.2)."""

from __future__ import annotations

from solver.search.backend import NOT_ABOVE
from solver.search.formulation import stock
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """sum_p (1 + up_p) x_pt <= V_it: the most that may be called counts, not only what is expected.

    Maths: 3.1 for offers, 3.2 for needs.
    """
    for rows in draft.orders:
        if rows.stock is not None:
            stock.add_rows(draft, rows, rows.stock)
            continue
        left = rows.capacity - rows.weight @ draft.held_in(rows)
        for t, limit in enumerate(left):
            draft.model.row("capacity", draft.volume[rows.pairs, t], rows.weight, NOT_ABOVE, max(0.0, float(limit)))
