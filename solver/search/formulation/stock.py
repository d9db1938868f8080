"""Volume carried from one period to the next (docs/model.md 3.20)."""

from __future__ import annotations

import numpy as np

from solver.pairs.screened import Floats
from solver.search.backend import NOT_ABOVE, NOT_BELOW
from solver.search.component import OrderRows
from solver.search.formulation.draft import Draft
from solver.search.stocks import FloatStock


def add_rows(draft: Draft, rows: OrderRows, stock: FloatStock) -> None:
    """0 <= made_t <= V_t, made_t = delivered_t + s (c_t - c_(t-1)), c_t <= capacity z, c_last >= closing z.

    Maths: 3.20, in place of 3.1 or 3.2; s is 1 for a seller and -1 for a buyer, c_(-1) = opening z.
    """
    model, sign = draft.model, stock.sign
    carried = model.add("stock", np.full(len(stock.volumes), stock.capacity))
    filled, always = draft.any_made(rows.pairs.tolist())
    held = rows.weight @ draft.held_in(rows)
    for t, most in enumerate(stock.volumes):
        before = carried[t - 1] if t else filled
        coefficient = -sign * (1.0 if t else stock.opening)
        handles = np.concatenate([draft.volume[rows.pairs, t], [carried[t], before]])
        columns = np.concatenate([rows.weight, [sign, coefficient]])
        constant = held[t] + (0.0 if t else coefficient * always)
        model.row("stock_most", handles, columns, NOT_ABOVE, float(most - constant))
        model.row("stock_least", handles, columns, NOT_BELOW, float(-constant))
        both = np.array([carried[t], filled])
        model.row("stock", both, np.array([1.0, -stock.capacity]), NOT_ABOVE, stock.capacity * always)
    both = np.array([carried[-1], filled])
    model.row("stock_closing", both, np.array([1.0, -stock.closing]), NOT_BELOW, stock.closing * always)
    model.gain(carried, -stock.cost)

    def paths(volumes: Floats) -> Floats:
        return stock.path(rows.weight @ volumes[rows.pairs])

    draft.derived.append((carried, paths))
