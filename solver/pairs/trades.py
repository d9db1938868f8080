"""A match with both limits as exact functions of the index values: what prices are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solver.pairs.alternates import in_grade
from solver.pairs.market_limits import MarketLimits
from solver.pairs.order_limit import OrderLimits
from solver.pairs.pair_limits import PairLimits, pair_limits
from solver.pairs.tiers import mean_discount

if TYPE_CHECKING:
    from solver.form.clearing import Match
    from solver.form.market import Market, Order


@dataclass(frozen=True, slots=True)
class Trade:
    """One match, the limits of its two orders, and the periods in which it carries volume."""

    match: Match
    limits: PairLimits
    periods: tuple[int, ...]

    @property
    def offer(self) -> Order:
        return self.limits.offer

    @property
    def need(self) -> Order:
        return self.limits.need


def trades_of(market: Market, matches: tuple[Match, ...]) -> tuple[Trade, ...]:
    """Every match with the figures its price depends on, in the order of the matches."""
    orders, known = {order.id: order for order in market.orders}, OrderLimits(MarketLimits(market))
    grades = {grade.id: grade for grade in market.grades}
    return tuple(
        Trade(
            match=match,
            limits=pair_limits(
                known,
                orders[match.offer],
                in_grade(orders[match.need], grades[match.grade]),
                match.freight_cny_per_unit - match.quality_cny_per_unit,
                mean_discount(market, orders[match.offer], match.volumes),
            ),
            periods=tuple(t for t, volume in enumerate(match.volumes) if volume > 0),
        )
        for match in matches
    )
