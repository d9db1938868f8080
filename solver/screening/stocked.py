"""The greatest contract of an order with stock: its periods no longer say it (docs/model.md 3.4, 3.20)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from solver.form.market import Order
from solver.pairs.amounts import up_of
from solver.pairs.screened import Floats, Ints
from solver.pairs.stock import deliverable_total


def hold_to_stock(
    most: tuple[Floats, Ints],
    sides: tuple[Sequence[Order], Sequence[Order]],
    index: tuple[Ints, Ints],
    steps: Ints,
    quantum: Decimal,
) -> None:
    """Lower M_p (as float, and in whole steps) to what the orders with stock can deliver or take over the term.

    Shapes: (P,) each; ``index`` positions into both sides.
    """
    exact, whole = most
    for own, others, of_own, of_other in ((*sides, *index), (*sides[::-1], *index[::-1])):
        for i, order in enumerate(own):
            total = deliverable_total(order)
            if total is None:
                continue
            for p in np.flatnonzero(of_own == i).tolist():
                reached = total / (1 + Fraction(up_of(others[int(of_other[p])].flexibility.requires)))
                exact[p] = min(exact[p], float(reached))
                whole[p] = min(whole[p], int(reached // Fraction(quantum)) // int(steps[p]))
