"""A match with both limits as exact functions of the index values: what prices are computed from.

Units: CNY per grade unit, tax exclusive, at the offer's named place unless said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pairs.additions import Additions
from solver.pairs.limits import path_indices
from solver.pairs.order_limit import ON_PATH, OrderLimit, OrderLimits

if TYPE_CHECKING:
    from solver.form.clearing import Match
    from solver.form.market import Market, Order


@dataclass(frozen=True, slots=True)
class Trade:
    """One match, its two orders with their limits, and the index values of every period."""

    match: Match
    offer: Order
    need: Order
    seller: OrderLimit
    buyer: OrderLimit  # at the need's own place, without quality
    periods: tuple[int, ...]  # those with volume
    path: Mapping[int, Mapping[str, Decimal]]  # period -> index -> value on the path
    extra: Decimal  # e_p: added to a price at the offer's place to have it delivered, freight less quality
    exact_extra: Fraction
    ask_added: Fraction  # a_p of 1.1h: beside the offer's limit
    bid_added: Fraction  # b_p: beside the need's

    def ask(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The offer's limit in a period, on the path or with indices moved to other values."""
        return self.seller.at(period, moved) + self.ask_added

    def bid(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The need's limit in a period, with quality and less freight."""
        return self.buyer.at(period, moved) + self.bid_added - self.exact_extra

    def delivered_ask(self, limit: Fraction) -> Fraction:
        """A limit of the offer's as a delivered price."""
        return limit + self.ask_added + self.exact_extra

    def delivered_bid(self, limit: Fraction) -> Fraction:
        """A limit of the need's as a delivered price."""
        return limit + self.bid_added

    def common_indices(self) -> frozenset[str]:
        """Indices on the path that both parties accept."""
        common = self.seller.accepted & self.buyer.accepted
        return frozenset(index for index in common if all(index in self.path[t] for t in self.periods))


def trades_of(market: Market, matches: tuple[Match, ...]) -> tuple[Trade, ...]:
    """Every match with the figures its price depends on, in the order of the matches."""
    orders, limits = {order.id: order for order in market.orders}, OrderLimits(market)
    position, additions = {order.id: i for i, order in enumerate(market.orders)}, Additions(market)
    path = {t: path_indices(market, t) for t in range(len(market.calendar))}
    return tuple(
        Trade(
            match=match,
            offer=orders[match.offer],
            need=orders[match.need],
            seller=limits.of(orders[match.offer], match.payment_days),
            buyer=limits.of(orders[match.need], match.payment_days),
            periods=tuple(t for t, volume in enumerate(match.volumes) if volume > 0),
            path=path,
            extra=match.freight_cny_per_unit - match.quality_cny_per_unit,
            exact_extra=Fraction(match.freight_cny_per_unit) - Fraction(match.quality_cny_per_unit),
            ask_added=Fraction(additions.to_ask(position[match.offer], position[match.need])),
            bid_added=Fraction(additions.to_bid(position[match.offer], position[match.need])),
        )
        for match in matches
    )
