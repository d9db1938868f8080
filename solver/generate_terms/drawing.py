"""A generated market while terms are switched on: its orders, and what a sensible size of a term is measured by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
from msgspec.structs import replace

from solver.form.market import Market, Order
from solver.form.terms import SplitVolume

Random = np.random.Generator
Fields = dict[str, Any]  # of an order

CENT, GRAM, METRE, THOUSANDTH = Decimal("0.01"), Decimal("0.001"), Decimal("0.001"), Decimal("0.001")


@dataclass(frozen=True)
class Term:
    """One optional term: how it is drawn for an order, which orders may carry it, what it needs around it.

    ``draw`` gives the fields of one order that change; ``prepare`` changes what must be there for the term to bind
    (who grants, who holds, the policy), before any order is drawn.
    """

    draw: Callable[[Drawing, int, Random], Fields]
    may: Callable[[Drawing, int], bool] = lambda drawing, k: True
    prepare: Callable[[Drawing, Random], None] = lambda drawing, random: None


class Drawing:
    """The orders of a market, changed one after the other; figures of the market as it was drawn stay."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.orders = list(market.orders)
        self.periods = len(market.calendar)
        self.total = [sum(map(_whole, order.volumes), Decimal(0)) for order in market.orders]
        self.price = [_price(market, order) for order in market.orders]
        self._place = np.array([(float(o.site.x_km or 0), float(o.site.y_km or 0)) for o in market.orders])
        self._of: dict[tuple[str, str], list[int]] = {}
        for k, order in enumerate(market.orders):
            self._of.setdefault((order.side, order.grade), []).append(k)

    def is_offer(self, k: int) -> bool:
        return self.orders[k].side == "offer"

    def change(self, k: int, fields: Fields) -> None:
        """Give an order other terms."""
        self.orders[k] = replace(self.orders[k], **fields)

    def month(self, k: int) -> Decimal:
        """Mean volume of a period."""
        return self.total[k] / self.periods

    def money(self, k: int, fraction: float) -> Decimal:
        """A fraction of the order's price, CNY per unit."""
        return rounded(self.price[k] * fraction, CENT)

    def stated(self, k: int, fraction: float) -> Decimal:
        """The same as the order's limit is stated: in its currency, with or without tax."""
        limit = self.orders[k].limit_price
        rate = self.market.policy.exchange_rates.get(limit.currency, Decimal(1))
        tax = 1 + limit.tax.rate if limit.tax.basis == "inclusive" else Decimal(1)
        return (self.money(k, fraction) * tax / rate).quantize(CENT, ROUND_HALF_EVEN)

    def volume(self, k: int, fraction: float, *, least: Decimal = GRAM) -> Decimal:
        """A fraction of the order's volume over the term, in whole quanta."""
        return max(least, rounded(float(self.total[k]) * fraction, GRAM))

    def alike(self, k: int) -> list[int]:
        """Orders of the same side and grade, itself among them."""
        return self._of[self.orders[k].side, self.orders[k].grade]

    def others(self, k: int) -> list[int]:
        """Orders of the other side and the same grade."""
        return self._of.get(("need" if self.is_offer(k) else "offer", self.orders[k].grade), [])

    def of_grade(self, side: str, grade: str) -> list[int]:
        return self._of.get((side, grade), [])

    def next_alike(self, k: int) -> int:
        """The order after it of the same side and grade; after the last the first."""
        own = self.alike(k)
        return own[(own.index(k) + 1) % len(own)]

    def some_partners(self, k: int, most: int, random: Random) -> list[int]:
        """Counterparties that it would gain with, at random; any where it would gain with none."""
        others = self.others(k)
        gaining = [j for j in others if self._gain(k, j) > 0] or others
        if not gaining:
            return []
        return [int(j) for j in random.choice(gaining, min(most, len(gaining)), replace=False)]

    def finished(self, name: str) -> Market:
        """The market under its name, which is also what ranks its prices."""
        policy = replace(self.market.policy, sealed_seed=name)
        return replace(self.market, name=name, policy=policy, orders=tuple(self.orders))

    def _gain(self, k: int, j: int) -> float:
        offer, need = (k, j) if self.is_offer(k) else (j, k)
        away = float(np.hypot(*(self._place[offer] - self._place[need])))
        return self.price[need] - self.price[offer] - away * float(self.market.freight.cny_per_unit_km)


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """For each of ``count`` things the first of those that it is joined with.

    >>> joined(4, [(1, 3), (3, 2)])
    [0, 1, 1, 1]
    """
    first = list(range(count))

    def root(i: int) -> int:
        while first[i] != i:
            i = first[i]
        return i

    for one, two in pairs:
        least, most = sorted((root(one), root(two)))
        first[most] = least
    return [root(i) for i in range(count)]


def rounded(value: float, step: Decimal) -> Decimal:
    """Half-even to a step, and not in exponents."""
    return Decimal(float(value)).quantize(step, ROUND_HALF_EVEN)


def _whole(volume: Decimal | SplitVolume) -> Decimal:
    return volume.firm + volume.planned if isinstance(volume, SplitVolume) else volume


def _price(market: Market, order: Order) -> float:
    """The mean of the limit over paths and periods, CNY per unit."""
    (component,) = order.limit_price.components
    if component.index is None:
        return float(component.fixed or 0)
    index = [path.indices[component.index] for path in market.paths]
    return float(np.mean(np.array(index, dtype=float))) + float(order.limit_price.premium)
