"""An order's limit as a function of one index, the others on the path (section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from solver.form.market import Market, Order
from solver.form.terms import LimitPrice
from solver.verify.limits import limit_at, tax_exclusive


class Slant:
    """One order's stated limit by one index in one period: at_zero + slope x index, held by the collar."""

    def __init__(self, price: LimitPrice, quotes: Mapping[str, Fraction], index: str, period: int) -> None:
        free = LimitPrice(
            components=price.components,
            processing_fee=price.processing_fee,
            premium=price.premium,
            premium_by_period=price.premium_by_period,
        )
        self.at_zero = limit_at(free, {**quotes, index: Fraction(0)}, period)
        self.slope = limit_at(free, {**quotes, index: Fraction(1)}, period) - self.at_zero
        collar = price.collar
        self.floor = None if collar is None or collar.floor is None else Fraction(collar.floor)
        self.cap = None if collar is None or collar.cap is None else Fraction(collar.cap)
        self.untaxed = tax_exclusive(price, Fraction(1))

    def at(self, value: Fraction) -> Fraction:
        """The limit where the index stands at a value, tax exclusive (1.1a, 1.1b)."""
        stated = self.at_zero + self.slope * value if self.slope else self.at_zero
        if self.floor is not None:
            stated = max(stated, self.floor)
        if self.cap is not None:
            stated = min(stated, self.cap)
        return stated * self.untaxed if self.untaxed != 1 else stated

    @cached_property
    def kinks(self) -> list[Fraction]:
        """Where the collar begins and ceases to hold the limit."""
        if not self.slope:
            return []
        return [(level - self.at_zero) / self.slope for level in (self.floor, self.cap) if level is not None]


class Slants:
    """The slants of a market's orders, and its index path, each figure computed once."""

    def __init__(self, market: Market) -> None:
        quoted = market.paths[0].indices if market.paths else {}
        self.quotes = [
            {name: Fraction(values[period]) for name, values in quoted.items()}
            for period in range(len(market.calendar))
        ]
        self._known: dict[tuple[str, str, int], Slant] = {}

    def of(self, order: Order, index: str, period: int) -> Slant:
        """One order's limit by one index in one period."""
        key = (order.id, index, period)
        if key not in self._known:
            self._known[key] = Slant(order.limit_price, self.quotes[period], index, period)
        return self._known[key]
