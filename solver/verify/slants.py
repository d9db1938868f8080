"""An order's limit as a function of one index, the others on the path (section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from solver.form.market import Order
from solver.form.terms import LimitPrice, Quotation
from solver.verify.ground import Ground, depends_on_assay
from solver.verify.limits import contents_of, exchange_rate, index_values, limit_at, tax_exclusive


class Slant:
    """One order's stated limit by one index in one period: at_zero + slope x index, held by the collar, in CNY."""

    def __init__(
        self,
        price: LimitPrice,
        quotes: Mapping[str, Fraction],
        index: str,
        period: int,
        contents: Mapping[str, Fraction] | None = None,
        rate: Fraction = Fraction(1),
        added: Fraction = Fraction(0),
        ratio: Fraction = Fraction(1),
    ) -> None:
        free = LimitPrice(
            components=price.components,
            processing_fee=price.processing_fee,
            premium=price.premium,
            premium_by_period=price.premium_by_period,
        )
        self.at_zero = limit_at(free, {**quotes, index: Fraction(0)}, period, contents, rate)
        self.slope = limit_at(free, {**quotes, index: Fraction(1)}, period, contents, rate) - self.at_zero
        collar = price.collar
        self.floor = None if collar is None or collar.floor is None else Fraction(collar.floor) * rate
        self.cap = None if collar is None or collar.cap is None else Fraction(collar.cap) * rate
        self.untaxed = tax_exclusive(price, Fraction(1)) / ratio
        self.added = added

    def at(self, value: Fraction) -> Fraction:
        """The limit where the index stands at a value, tax exclusive (1.1a, 1.1b)."""
        stated = self.at_zero + self.slope * value if self.slope else self.at_zero
        if self.floor is not None:
            stated = max(stated, self.floor)
        if self.cap is not None:
            stated = min(stated, self.cap)
        if self.added:
            stated += self.added
        return stated * self.untaxed if self.untaxed != 1 else stated

    @cached_property
    def kinks(self) -> list[Fraction]:
        """Where the collar begins and ceases to hold the limit."""
        if not self.slope:
            return []
        return [(level - self.at_zero) / self.slope for level in (self.floor, self.cap) if level is not None]


class Slants:
    """The slants of a market's orders, and its index paths, each figure computed once."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._known: dict[tuple[str, str, int, str, int], Slant] = {}
        self._quotes: dict[tuple[int, Quotation | None, int], dict[str, Fraction]] = {}

    def quotes(self, path: int, quotation: Quotation | None, period: int) -> dict[str, Fraction]:
        """The indices of a path in a period of delivery, as an order quotes them (1.1i)."""
        key = (path, quotation, period)
        if key not in self._quotes:
            self._quotes[key] = index_values(self.ground.paths[path], quotation, period)
        return self._quotes[key]

    def of(self, order: Order, offer: Order, path: int, index: str, period: int) -> Slant:
        """One order's limit against an offer's goods, by one index in one period."""
        key = (order.id, offer.id if depends_on_assay(order) else "", path, index, period)
        if key not in self._known:
            price = order.limit_price
            quotes = self.quotes(path, price.quotation, period)
            contents, rate = contents_of(price, offer), exchange_rate(self.ground.market, price)
            beside = self.ground.added(order.id), self.ground.ratio(order.id)
            self._known[key] = Slant(price, quotes, index, period, contents, rate, *beside)
        return self._known[key]
