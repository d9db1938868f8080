"""An order's stock as the search sees it, in floats (docs/model.md 3.20, 4.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.form.market import Order
from solver.pairs.screened import Floats
from solver.pairs.stock import Stock, stock_of


@dataclass(frozen=True, slots=True)
class FloatStock:
    """``sign``: 1 for a seller's stock, -1 for a buyer's.  Units: grade units, CNY per unit and period."""

    exact: Stock
    sign: int
    volumes: Floats  # (T,) V_t
    opening: float
    closing: float
    capacity: float
    cost: float

    @property
    def supply(self) -> Floats:
        """What the capacity rows of 4.1 have on their right: V_t, and a seller's opening stock.  Shapes: (T,)."""
        supply = self.volumes.copy()
        supply[0] += self.opening if self.sign > 0 else 0.0
        return supply

    def worth(self, prices: Floats) -> Floats:
        """What one unit carried out of each period gains at multipliers of the periods.  Shapes: (T,) -> (T,)."""
        worth: Floats = self.sign * (np.append(prices[1:], 0.0) - prices) - self.cost
        return worth

    def plan(self, prices: Floats) -> Floats:
        """The stock that gains most at the multipliers, each period by itself.  Shapes: (T,) -> (T,)."""
        return np.where(self.worth(prices) > 0, self.capacity, 0.0)

    def carried(self, stock: Floats) -> Floats:
        """How much of each period's capacity row a stock takes: s (c_t - c_(t-1)), nothing before the first."""
        taken: Floats = self.sign * np.diff(stock, prepend=0.0)
        return taken

    def path(self, used: Floats) -> Floats:
        """The least stock for what is delivered."""
        return np.array([float(each) for each in self.exact.path(used.tolist())])

    def charge(self, used: Floats) -> float:
        """What it costs."""
        return self.cost * float(self.path(used).sum())


def float_stock(order: Order) -> FloatStock | None:
    """The stock of an order, None where it has none."""
    exact = stock_of(order)
    if exact is None:
        return None
    return FloatStock(
        exact=exact,
        sign=1 if exact.of_seller else -1,
        volumes=np.array([float(each) for each in exact.volumes]),
        opening=float(exact.opening),
        closing=float(exact.closing),
        capacity=float(exact.capacity),
        cost=float(exact.cost),
    )
