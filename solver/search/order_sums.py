"""What one order's contracts take of its limits, counted in quanta of the order's own grade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from solver.form.market import Grade
from solver.pairs.amounts import volume
from solver.pairs.counted import volumes_of
from solver.pairs.stock import Stock, stock_of
from solver.search.component import OrderRows
from solver.search.rules.rule import Number


@dataclass(slots=True)
class OrderSums:
    """One order's limits and what is taken of them, in quanta of its own grade."""

    rows: OrderRows
    capacity: list[int]
    used: list[Number]
    stock: Stock | None = None  # in quanta
    total: Number = 0
    by_party: dict[int, Number] = field(default_factory=dict)
    contracts_by_party: dict[int, int] = field(default_factory=dict)
    tried: Number = 0
    fill: Fraction = Fraction(0)
    share: Fraction | None = None
    share_most: Fraction | None = None  # of the requested volume
    trial_most: Fraction | None = None
    place: dict[int, int] = field(default_factory=dict)  # pair -> position within the order's pairs

    def room(self, t: int) -> Number:
        """Quanta that can still be delivered in a period (3.1, 3.2; with stock 3.20)."""
        return self.capacity[t] - self.used[t] if self.stock is None else self.stock.room(self.used, t)

    def parties(self) -> int:
        """How many parties it deals with."""
        return sum(count > 0 for count in self.contracts_by_party.values())

    def caps(self, p: int, t: int) -> Iterator[Number]:
        """Quanta of its own that a pair may still have in a period by 3.8 and 3.9."""
        place = self.place[p]
        of_party = self.by_party.get(int(self.rows.party[place]), 0)
        if self.share_most is not None:
            yield self.share_most - of_party
        elif self.share is not None and self.share < 1:
            yield (self.share * self.total - of_party) / (1 - self.share)
        if self.trial_most is not None and self.rows.trial is not None and self.rows.trial[place, t]:
            yield self.trial_most - self.tried


def order_sums(rows: OrderRows, grade: Grade) -> OrderSums:
    """The limits of an order, nothing taken of them yet."""
    order = rows.order
    quantum = grade.quantum
    unit = Fraction(quantum)
    stated = [int(each / quantum) for each in volumes_of(order)]
    total = Fraction(volume(order)) / unit
    sums = OrderSums(rows, stated, [0] * len(stated), stock_of(order, unit))
    sums.place = {int(p): place for place, p in enumerate(rows.pairs)}
    if order.minimum_fill:
        sums.fill = Fraction(order.minimum_fill) * total
    if order.maximum_share is not None and order.maximum_share.fraction < 1:
        sums.share = Fraction(order.maximum_share.fraction)
        sums.share_most = None if rows.share_of_awarded else sums.share * total
    if rows.trial is not None:
        sums.trial_most = rows.trial_exact / unit
    return sums


@dataclass(frozen=True, slots=True)
class Weights:
    """What a quantum of a pair is to one of its orders, in quanta of that order's grade."""

    called: Number  # of its capacity (3.1, 3.2)
    own: Number  # of everything else: 1, or what an alternate stands for (3.22)
