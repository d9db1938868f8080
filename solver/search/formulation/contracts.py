"""A contract is made or not, and has a least and a greatest size (docs/model.md 3.3, 3.4)."""

from __future__ import annotations

import numpy as np

from solver.search.backend import NOT_ABOVE, NOT_BELOW, handles_of
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """m_p y_p <= sum_t x_pt <= M_p y_p.

    Maths: 3.4.  It implies 3.3: x_pt <= u_pt is the bound of the variable, and without a contract all are 0.
    The links x_pt <= u_pt y_p of every period would tighten the relaxation by less than they cost.
    """
    pairs, model = draft.component.pairs, draft.model
    for p in draft.free:
        volumes = draft.volume[p][draft.volume[p] >= 0]
        both = handles_of(volumes, draft.contract[p : p + 1])
        ones = np.ones(len(volumes))
        model.row("contract_most", both, np.append(ones, -pairs.contract_most[p]), NOT_ABOVE, 0.0)
        model.row("contract_least", both, np.append(ones, -pairs.contract_least[p]), NOT_BELOW, 0.0)
