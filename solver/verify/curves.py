"""Both limits of a deal as functions of one index, at the offer's place (section 5)."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property

from solver.form.terms import LimitPrice
from solver.verify.additions import added_to_ask, added_to_bid
from solver.verify.ground import Ground
from solver.verify.limits import contract_days, restating_factor
from solver.verify.matches import Deal
from solver.verify.slants import Slant, Slants

Point = tuple[Fraction, Fraction, Fraction]  # an index value, the ask and the bid there


class Curves:
    """A deal seen by its price: periods with volume, both limits on the path and off it."""

    def __init__(self, ground: Ground, slants: Slants, deal: Deal) -> None:
        self.ground, self.slants = ground, slants
        self.deal = deal
        self.periods = [period for period, volume in enumerate(deal.volumes) if volume > 0]
        self.delivery = deal.facts.freight - deal.facts.quality  # e_p
        days = contract_days(ground.market, deal.offer, deal.need)
        self._ask_factor = restating_factor(ground.market, deal.offer, days)
        self._bid_factor = restating_factor(ground.market, deal.need, days)
        self._ask_added = added_to_ask(ground, deal.offer, deal.need)
        self._bid_added = added_to_bid(ground, deal.offer, deal.need)
        self._tested: dict[tuple[str, int], list[Point]] = {}

    def ask(self, period: int) -> Fraction:
        return self.deal.facts.asks[period]

    def bid(self, period: int) -> Fraction:
        return self.deal.facts.bids[period]

    def quote(self, index: str, period: int) -> Fraction:
        """The index on the path."""
        return self.slants.quotes[period][index]

    @cached_property
    def indices(self) -> frozenset[str]:
        """Indices that both orders accept and the path quotes."""
        quoted = self.ground.market.paths[0].indices if self.ground.market.paths else {}
        return _accepted(self.deal.offer.limit_price) & _accepted(self.deal.need.limit_price) & frozenset(quoted)

    def tested(self, index: str, period: int) -> list[Point]:
        """Index values at which a formula is tested, with both limits there, at the offer's place.

        On the path, at the ends of the range, and at the kinks of both limits between.
        """
        key = (index, period)
        if key not in self._tested:
            sold, bought = (self.slants.of(side, index, period) for side in (self.deal.offer, self.deal.need))
            centre = self.quote(index, period)
            reach = Fraction(self.ground.market.policy.index_range)
            low, high = centre * (1 - reach), centre * (1 + reach)
            values = [centre, low, high, *(kink for kink in (*sold.kinks, *bought.kinks) if low < kink < high)]
            self._tested[key] = [(value, *self._both(sold, bought, value)) for value in values]
        return self._tested[key]

    def _both(self, sold: Slant, bought: Slant, value: Fraction) -> tuple[Fraction, Fraction]:
        ask, bid = sold.at(value), bought.at(value)
        if self._ask_factor != 1:
            ask *= self._ask_factor
        if self._bid_factor != 1:
            bid *= self._bid_factor
        return ask + self._ask_added, bid + self._bid_added - self.delivery


def _accepted(price: LimitPrice) -> frozenset[str]:
    if price.accepted_indices is not None:
        return frozenset(price.accepted_indices)
    return frozenset(component.index for component in price.components if component.index is not None)
