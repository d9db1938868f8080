"""Both limits of a deal as functions of one index, at the offer's place (section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

from solver.market import Order
from solver.terms import LimitPrice
from solver.verify.ground import Ground
from solver.verify.limits import contract_days, limit_at, restating_factor, tax_exclusive
from solver.verify.matches import Deal


class Curves:
    """A deal seen by its price: periods with volume, both limits on the path and off it."""

    def __init__(self, ground: Ground, deal: Deal) -> None:
        self.ground = ground
        self.deal = deal
        self.periods = [period for period, volume in enumerate(deal.volumes) if volume > 0]
        self.delivery = deal.facts.freight - deal.facts.quality  # e_p
        days = contract_days(ground.market, deal.offer, deal.need)
        self._ask_factor = restating_factor(ground.market, deal.offer, days)
        self._bid_factor = restating_factor(ground.market, deal.need, days)

    def ask(self, period: int) -> Fraction:
        return self.deal.facts.asks[period]

    def bid(self, period: int) -> Fraction:
        return self.deal.facts.bids[period]

    def ask_at(self, index: str, value: Fraction, period: int) -> Fraction:
        """The offer's limit with one index off the path."""
        return self._limit(self.deal.offer, index, value, period) * self._ask_factor

    def bid_at(self, index: str, value: Fraction, period: int) -> Fraction:
        """The need's limit with one index off the path, brought to the offer's place."""
        return self._limit(self.deal.need, index, value, period) * self._bid_factor - self.delivery

    def quote(self, index: str, period: int) -> Fraction:
        """The index on the path."""
        return Fraction(self.ground.market.paths[0].indices[index][period])

    def _limit(self, order: Order, index: str, value: Fraction, period: int) -> Fraction:
        return tax_exclusive(order.limit_price, self._raw(order.limit_price, index, value, period))

    def _raw(self, price: LimitPrice, index: str, value: Fraction, period: int) -> Fraction:
        names = {component.index for component in price.components if component.index is not None}
        values = {name: value if name == index else self.quote(name, period) for name in names}
        return limit_at(price, values, period)

    @cached_property
    def indices(self) -> frozenset[str]:
        """Indices that both orders accept and the path quotes."""
        quoted = self.ground.market.paths[0].indices if self.ground.market.paths else {}
        return _accepted(self.deal.offer.limit_price) & _accepted(self.deal.need.limit_price) & frozenset(quoted)

    def tested_values(self, index: str, period: int) -> Iterator[Fraction]:
        """Index values at which a formula is tested: on the path, at the ends of the range, at the kinks between."""
        centre = self.quote(index, period)
        reach = Fraction(self.ground.market.policy.index_range)
        low, high = centre * (1 - reach), centre * (1 + reach)
        yield from (centre, low, high)
        for order in (self.deal.offer, self.deal.need):
            for kink in self._kinks(order.limit_price, index, period):
                if low < kink < high:
                    yield kink

    def _kinks(self, price: LimitPrice, index: str, period: int) -> Iterator[Fraction]:
        """Where the collar begins and ceases to hold the limit."""
        slope = sum(
            (Fraction(c.content) * Fraction(c.coefficient) for c in price.components if c.index == index), Fraction(0)
        )
        if price.collar is None or slope == 0:
            return
        free = LimitPrice(
            components=price.components,
            processing_fee=price.processing_fee,
            premium=price.premium,
            premium_by_period=price.premium_by_period,
        )
        at_zero = self._raw(free, index, Fraction(0), period)
        for level in (price.collar.floor, price.collar.cap):
            if level is not None:
                yield (Fraction(level) - at_zero) / slope


def _accepted(price: LimitPrice) -> frozenset[str]:
    if price.accepted_indices is not None:
        return frozenset(price.accepted_indices)
    return frozenset(component.index for component in price.components if component.index is not None)
