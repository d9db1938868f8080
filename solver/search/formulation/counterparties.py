"""With how many parties an order deals (docs/model.md 3.7)."""

from __future__ import annotations

import numpy as np

from solver.pairs.screened import Ints
from solver.search.backend import NOT_ABOVE, NOT_BELOW, handles_of
from solver.search.component import OrderRows
from solver.search.formulation.draft import Draft


def add_rows(draft: Draft) -> None:
    """least z_i <= sum_g w_ig <= most.

    Maths: 3.7.  A party with one pair needs no w of its own: the contract says it.  For others
    y_p <= w_ig <= sum of the party's y_p; a party with a held contract counts as dealt with.
    """
    for k, rows in enumerate(draft.component.orders):
        if (rows.most is None and rows.least <= 1) or not draft.touches(rows):
            continue
        deals, held = _deals(draft, rows)
        if rows.most is not None and rows.most < len(rows.parties):
            draft.model.row("parties_most", deals, 1.0, NOT_ABOVE, rows.most - held)
        if rows.least > 1:
            if k in draft.filled:
                handles = handles_of(deals, [draft.filled[k]])
                coefficients = np.append(np.ones(len(deals)), -float(rows.least))
                draft.model.row("parties_least", handles, coefficients, NOT_BELOW, -held)
            else:
                draft.model.row("parties_least", deals, 1.0, NOT_BELOW, rows.least - held)


def _deals(draft: Draft, rows: OrderRows) -> tuple[Ints, int]:
    """Handles that are 1 for each further party dealt with, and how many are dealt with by held contracts."""
    held = set(rows.party[draft.contracts_held(rows)].tolist())
    handles: list[int] = []
    for party in rows.parties:
        contracts = draft.contract[rows.pairs[rows.party == party]]
        contracts = contracts[contracts >= 0]
        if int(party) in held or not len(contracts):
            continue
        if len(contracts) == 1:
            handles.append(int(contracts[0]))
            continue
        deals = draft.model.add("party", np.ones(1), integer=True)
        for contract in contracts:
            draft.model.row("party_on", np.array([contract, deals[0]]), np.array([1.0, -1.0]), NOT_ABOVE, 0.0)
        both = handles_of(deals, contracts)
        draft.model.row("party_off", both, np.append(1.0, -np.ones(len(contracts))), NOT_ABOVE, 0.0)
        draft.parties.append((int(deals[0]), contracts))
        handles.append(int(deals[0]))
    return np.array(handles, dtype=np.int64), len(held)
