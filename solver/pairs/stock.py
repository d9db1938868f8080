"""Volume carried from period to period: what an order's stock makes possible, and its cost (docs/model.md 3.20).

A seller makes at most V_t and may deliver more from stock; a buyer uses at most V_t and may be delivered more into
stock.  What may be called or delivered at most counts, as in 3.1 and 3.2.  Units: any one unit of volume throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from solver.form.market import Order
from solver.pairs.counted import volumes_of

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock of one order.  ``cost`` in CNY per unit and period."""

    of_seller: bool
    volumes: tuple[Number, ...]  # V_t
    opening: Number
    closing: Number
    capacity: Number
    cost: Fraction

    @property
    def total(self) -> Number:
        """The most that can be delivered over the term."""
        carried = self.opening - self.closing if self.of_seller else self.capacity - self.opening
        return sum(self.volumes) + carried

    def most_in(self, t: int) -> Number:
        """The most that can be delivered in a period, if nothing is in any other."""
        before = self.opening + sum(self.volumes[:t])
        if self.of_seller:
            return min(self.volumes[t] + min(self.capacity if t else self.opening, before), self.total)
        return self.volumes[t] + self.capacity - (0 if t else self.opening)

    def room(self, used: Sequence[Number], t: int) -> Number:
        """How much more can be delivered in a period beside what is used; negative: how much is too much.

        Maths: the least over all spans of periods around t of what the stock can hold before (or after) the span,
        and what the span itself makes (or uses), less what is delivered in it.
        """
        last = len(self.volumes) - 1
        left = list(accumulate((made - taken for made, taken in zip(self.volumes, used, strict=True)), initial=0))
        # A span's own ends matter only where they are the calendar's, so each side looks for its best end by itself.
        after = min((left[b + 1] for b in range(t, last)), default=None)
        before = max((left[a] for a in range(1, t + 1)), default=None)
        begins = [(0, left[0])] + ([] if before is None else [(1, before)])
        ends = [(last, left[-1])] + ([] if after is None else [(t, after)])
        return min(self._carried(a, b, last) + end - begin for a, begin in begins for b, end in ends)

    def missing(self, used: Sequence[Number]) -> Number:
        """What a buyer lacks of its closing stock, whatever it does; 0 for a seller."""
        return 0 if self.of_seller else max(0, self.closing - self.opening - sum(used))

    def path(self, used: Sequence[Number]) -> list[Number]:
        """Stock at the end of each period, in each the least that works.  All zeros where nothing is used."""
        if not any(used):
            return [0] * len(self.volumes)
        needed: list[Number] = [0] * len(self.volumes)
        needed[-1] = self.closing
        for t in range(len(used) - 2, -1, -1):
            made = self.volumes[t + 1] - used[t + 1] if self.of_seller else used[t + 1]
            needed[t] = max(0, needed[t + 1] - made)
        stock, path = self.opening, list[Number]()
        for t, delivered in enumerate(used):
            left = stock - delivered if self.of_seller else stock + delivered - self.volumes[t]
            stock = max(needed[t], left)
            path.append(stock)
        return path

    def charge(self, used: Sequence[Number]) -> Decimal:
        """What the least stock costs, rounded half-even to a millionth of a yuan."""
        return Decimal(round(self.cost * sum(self.path(used)) * 1_000_000)).scaleb(-6)

    def _carried(self, a: int, b: int, last: int) -> Number:
        if self.of_seller:
            return (self.capacity if a else self.opening) - (self.closing if b == last else 0)
        return self.capacity - (0 if a else self.opening)


def stock_of(order: Order, unit: Fraction = Fraction(1)) -> Stock | None:
    """The stock of an order in a unit of volume (the grade's, or its quantum), None where it states none."""
    if order.storage is None:
        return None
    stated = order.storage
    return Stock(
        of_seller=order.side == "offer",
        volumes=tuple(_in(unit, each) for each in volumes_of(order)),
        opening=_in(unit, stated.opening),
        closing=_in(unit, stated.closing),
        capacity=_in(unit, stated.capacity),
        cost=Fraction(stated.cost) * unit,
    )


def _in(unit: Fraction, volume: Decimal) -> Number:
    found = Fraction(volume) / unit
    return found.numerator if found.denominator == 1 else found  # whole numbers are counted far faster


def deliverable(order: Order) -> tuple[Fraction, ...]:
    """The most that may be delivered in each period: V_t, and what stock adds.  Maths: 3.3, 3.20."""
    stock = stock_of(order)
    if stock is None:
        return tuple(map(Fraction, volumes_of(order)))
    return tuple(Fraction(stock.most_in(t)) for t in range(len(stock.volumes)))


def deliverable_total(order: Order) -> Fraction | None:
    """The most over the term where an order has stock; None where the periods say it."""
    stock = stock_of(order)
    return None if stock is None else Fraction(stock.total)
