"""One order's limit as a function of the index values, every exact amount computed once (docs/model.md 5).

With one index moved and the others on the path, a limit is a straight line held by its collar.  So its extremes
against a formula lie at the ends of the index range or at its own kinks, whatever the other side's limit does.
Units: CNY per grade unit, tax exclusive, at the order's named place and the contract's payment days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.limits import accepted_indices, before_collar, restatement, tax_divisor

if TYPE_CHECKING:
    from solver.market import Market, Order
    from solver.terms import LimitPrice

Path = Sequence[Mapping[str, Fraction]]  # period -> index -> value
ON_PATH: Mapping[str, Fraction] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """A stated limit by one index before its collar: at_zero + slope x index."""

    at_zero: Fraction
    slope: Fraction


class OrderLimit:
    """The limit of all orders with the same terms under contracts of the same payment days."""

    def __init__(self, limit: LimitPrice, factor: Fraction, path: Path) -> None:
        self.accepted = accepted_indices(limit)
        self._limit, self._factor, self._path = limit, factor, path
        ends = (None, None) if limit.collar is None else (limit.collar.floor, limit.collar.cap)
        self._floor, self._cap = (None if end is None else Fraction(end) for end in ends)
        self._moves = limit.premium_by_period is not None or any(part.index is not None for part in limit.components)
        self._at: dict[int, Fraction] = {}
        self._lines: dict[tuple[str, int], Line] = {}
        self._corners: dict[tuple[str, int, Fraction], list[tuple[Fraction, Fraction]]] = {}
        self._extremes: dict[tuple[str, int, Fraction, Fraction], tuple[Fraction, Fraction]] = {}

    def at(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The limit in a period, on the path or with indices moved to other values."""
        if moved:
            return self._held(before_collar(self._limit, period, {**self._path[period], **moved}, Fraction))
        key = period if self._moves else 0
        if key not in self._at:
            self._at[key] = self._held(before_collar(self._limit, period, self._path[period], Fraction))
        return self._at[key]

    def range_over(self, periods: Sequence[int]) -> tuple[Fraction, Fraction]:
        """Least and greatest limit on the path over some periods."""
        amounts = [self.at(t) for t in (periods if self._moves else periods[:1])]
        return min(amounts), max(amounts)

    def kinks(self, period: int, index: str) -> tuple[Fraction, ...]:
        """Values of one index, all others on the path, at which the collar starts or stops to bind; lowest first.

        Maths: before the collar the limit is a + b x I; the kinks are (floor - a) / b and (cap - a) / b.
        """
        line = self._line(period, index)
        if line.slope == 0:
            return ()
        ends = (self._floor, self._cap)
        return tuple(sorted({(end - line.at_zero) / line.slope for end in ends if end is not None}))

    def range_beyond(
        self, index: str, coefficient: Fraction, reach: Fraction, periods: Sequence[int]
    ) -> tuple[Fraction, Fraction]:
        """Least and greatest of limit less coefficient x index, the index anywhere within its range.

        Maths: ``reach`` is the fraction by which the index may leave the path (5.2).
        """
        ranges = [self._range_beyond(index, t, coefficient, reach) for t in periods]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def _range_beyond(
        self, index: str, period: int, coefficient: Fraction, reach: Fraction
    ) -> tuple[Fraction, Fraction]:
        key = (index, period, coefficient, reach)
        if key not in self._extremes:
            over = [limit - coefficient * value for value, limit in self._corners_at(index, period, reach)]
            self._extremes[key] = min(over), max(over)
        return self._extremes[key]

    def _corners_at(self, index: str, period: int, reach: Fraction) -> list[tuple[Fraction, Fraction]]:
        """Index values between which the limit is a straight line, the ends of the range included, and the limit."""
        key = (index, period, reach)
        if key not in self._corners:
            centre, line = self._path[period][index], self._line(period, index)
            lowest, highest = centre - abs(centre) * reach, centre + abs(centre) * reach
            inner = [kink for kink in self.kinks(period, index) if lowest < kink < highest]
            values = [lowest, *inner, highest]
            self._corners[key] = [(value, self._held(line.at_zero + line.slope * value)) for value in values]
        return self._corners[key]

    def _line(self, period: int, index: str) -> Line:
        key = (index, period)
        if key not in self._lines:
            at_zero = before_collar(self._limit, period, {**self._path[period], index: Fraction(0)}, Fraction)
            slope = sum(
                (
                    Fraction(part.content) * Fraction(part.coefficient)
                    for part in self._limit.components
                    if part.index == index
                ),
                Fraction(0),
            )
            self._lines[key] = Line(at_zero, slope)
        return self._lines[key]

    def _held(self, stated: Fraction) -> Fraction:
        """1.1a's collar, then 1.1b and 1.1c."""
        if self._cap is not None and stated > self._cap:
            stated = self._cap
        if self._floor is not None and stated < self._floor:
            stated = self._floor
        return stated if self._factor == 1 else stated * self._factor


class OrderLimits:
    """The limits of a market's orders; orders with the same terms share one."""

    def __init__(self, market: Market) -> None:
        self.policy = market.policy
        values = market.paths[0].indices if market.paths else {}
        exact = {index: [Fraction(value) for value in row] for index, row in values.items()}
        self.path: Path = [{index: row[t] for index, row in exact.items()} for t in range(len(market.calendar))]
        self._known: dict[tuple[LimitPrice, Fraction], OrderLimit] = {}

    def of(self, order: Order, days: int) -> OrderLimit:
        """An order's limit under a contract that is paid so many days after delivery."""
        factor = restatement(order, days, self.policy, Fraction) / tax_divisor(order.limit_price, Fraction)
        key = (order.limit_price, factor)
        if key not in self._known:
            self._known[key] = OrderLimit(order.limit_price, factor, self.path)
        return self._known[key]
