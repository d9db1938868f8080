"""How much one party may have (docs/model.md 3.8)."""

from __future__ import annotations

import numpy as np

from solver.search.backend import NOT_ABOVE
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """A party's volume is at most a fraction of the requested, or of the awarded, volume.

    Maths: 3.8.  Of the requested volume a party with one pair is already held by M_p (3.4).
    """
    for rows in draft.orders:
        if rows.share is None or rows.share >= 1:
            continue
        held, volumes, units = draft.held_in(rows) * rows.each_unit, draft.volume[rows.pairs], rows.each_unit
        for party in rows.parties:
            own = rows.party == party
            held_own = float(held[own].sum())
            if not rows.share_of_awarded:
                if own.sum() > 1:
                    left = rows.share * rows.total - held_own
                    draft.model.row("share", volumes[own].ravel(), units[own].ravel(), NOT_ABOVE, left)
                continue
            of_all = np.repeat(np.where(own, 1.0 - rows.share, -rows.share) * rows.units, volumes.shape[1])
            limit = rows.share * float(held.sum()) - held_own
            draft.model.row("share_awarded", volumes.ravel(), of_all, NOT_ABOVE, limit)
