"""How much the partners that are not approved may have together (docs/model.md 3.9)."""

from __future__ import annotations

from solver.search.backend import NOT_ABOVE
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """sum of the others' x <= trial_share V_i; a partner is among the others before its approval begins.

    Maths: 3.9.  Orders without a trial share have no row: the screen took the others out.
    """
    for rows in draft.orders:
        if rows.trial is None:
            continue
        units = rows.each_unit[rows.trial]
        left = rows.trial_most - float((draft.held_in(rows)[rows.trial] * units).sum())
        draft.model.row("trial", draft.volume[rows.pairs][rows.trial], units, NOT_ABOVE, left)
