"""A match with both limits as exact functions of the index values: what prices are computed from.

Units: CNY per grade unit, tax exclusive, at the offer's named place unless said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.limits import accepted_indices, exact_limit, kinks, path_indices

if TYPE_CHECKING:
    from solver.clearing import Match
    from solver.market import Market, Order, Policy
    from solver.terms import LimitPrice

ON_PATH: Mapping[str, Fraction] = {}


@dataclass(frozen=True, slots=True)
class Trade:
    """One match, its two orders, and the index values of every period."""

    match: Match
    offer: Order
    need: Order
    policy: Policy
    periods: tuple[int, ...]  # those with volume
    path: Mapping[int, Mapping[str, Decimal]]  # period -> index -> value on the path
    extra: Decimal  # e_p: added to a price at the offer's place to have it delivered, freight less quality
    _known: dict[tuple[bool, int], Fraction] = field(default_factory=dict)

    def ask(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The offer's limit in a period, on the path or with indices moved to other values."""
        return self._limit(self.offer, period, moved)

    def bid(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The need's limit in a period, with quality and less freight."""
        return self._limit(self.need, period, moved) - Fraction(self.extra)

    def common_indices(self) -> frozenset[str]:
        """Indices on the path that both parties accept."""
        common = accepted_indices(self.offer.limit_price) & accepted_indices(self.need.limit_price)
        return frozenset(index for index in common if all(index in self.path[t] for t in self.periods))

    def kinks(self, period: int, index: str) -> tuple[Fraction, ...]:
        """Values of an index at which either limit's collar starts or stops to bind."""
        values = _exact(self.path[period])
        limits = (self.offer.limit_price, self.need.limit_price)
        return tuple(kink for limit in limits for kink in kinks(limit, period, index, values))

    def _limit(self, order: Order, period: int, moved: Mapping[str, Fraction]) -> Fraction:
        days = self.match.payment_days
        if moved:
            return exact_limit(order, period, days, {**_exact(self.path[period]), **moved}, self.policy)
        key = (order is self.offer, period if _moves(order.limit_price) else self.periods[0])
        if key not in self._known:
            self._known[key] = exact_limit(order, period, days, _exact(self.path[period]), self.policy)
        return self._known[key]


def trades_of(market: Market, matches: tuple[Match, ...]) -> tuple[Trade, ...]:
    """Every match with the figures its price depends on, in the order of the matches."""
    orders = {order.id: order for order in market.orders}
    path = {t: path_indices(market, t) for t in range(len(market.calendar))}
    return tuple(
        Trade(
            match=match,
            offer=orders[match.offer],
            need=orders[match.need],
            policy=market.policy,
            periods=tuple(t for t, volume in enumerate(match.volumes) if volume > 0),
            path=path,
            extra=match.freight_cny_per_unit - match.quality_cny_per_unit,
        )
        for match in matches
    )


def _moves(limit: LimitPrice) -> bool:
    """Whether a limit differs from period to period."""
    return limit.premium_by_period is not None or any(component.index is not None for component in limit.components)


def _exact(values: Mapping[str, Decimal]) -> dict[str, Fraction]:
    return {index: Fraction(value) for index, value in values.items()}
