"""What a counterparty owes at one time: exposure per unit of a pair's volumes (docs/model.md 3.18)."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Literal

from solver.form.calendar import first_day, last_day
from solver.form.market import Market
from solver.pairs.gains import contract_days
from solver.pairs.limits import exact_limit, path_indices

ZERO = Fraction(0)


def exposures(market: Market, offer: int, need: int, side: Literal["offer", "need"]) -> list[tuple[Fraction, ...]]:
    """CNY that are open in each period per unit of the volume of each period.

    Maths: 3.18.  A delivery is open from its period on to the period in which it is paid, counted from its period's
    last day; one that is paid on delivery never is.  Valued at the limit of the order on the side that is asked.
    Shapes: (T) tuples of T.  Units: CNY per grade unit, tax exclusive.
    """
    days = contract_days(market, offer, need)
    order = market.orders[offer if side == "offer" else need]
    periods = range(len(market.calendar))
    if side == "need" or days == 0:
        return [(ZERO,) * len(periods) for _ in periods]
    values = []
    for t in periods:
        indices = {name: Fraction(value) for name, value in path_indices(market, t).items()}
        values.append(max(ZERO, exact_limit(order, t, days, indices, market.policy)))
    paid = [last_day(period) + timedelta(days) for period in market.calendar]
    begins = [first_day(period) for period in market.calendar]
    return [tuple(values[s] if s <= t and paid[s] >= begins[t] else ZERO for s in periods) for t in periods]
