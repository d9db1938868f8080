"""A contract is made or not, and has a least and a greatest size (docs/model.md 3.3, 3.4)."""

from __future__ import annotations

import numpy as np

from solver.backend import NOT_ABOVE, NOT_BELOW, handles_of
from solver.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """x_pt <= u_pt y_p, and m_p y_p <= sum_t x_pt <= M_p y_p.

    Maths: 3.3, 3.4.  A link that the greatest size already implies (u_pt >= M_p) is left out.
    """
    pairs, model = draft.component.pairs, draft.model
    for p in draft.free:
        volumes, contract = draft.volume[p], draft.contract[p : p + 1]
        used = volumes[volumes >= 0]
        whole = handles_of(used, contract)
        ones = np.ones(len(used))
        model.row("contract_most", whole, np.append(ones, -pairs.contract_most[p]), NOT_ABOVE, 0.0)
        model.row("contract_least", whole, np.append(ones, -pairs.contract_least[p]), NOT_BELOW, 0.0)
        if len(used) < 2:
            continue
        for t in np.flatnonzero((volumes >= 0) & (pairs.most[p] < pairs.contract_most[p])):
            link = handles_of(volumes[t : t + 1], contract)
            model.row("link", link, np.array([1.0, -pairs.most[p, t]]), NOT_ABOVE, 0.0)
