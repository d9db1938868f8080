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

from solver.form.series import quotation_of
from solver.pairs.limits import accepted_indices, before_collar, moves, tax_divisor
from solver.pairs.market_limits import MarketLimits

if TYPE_CHECKING:
    from solver.form.market import Order
    from solver.form.terms import LimitPrice, Payment

Path = Sequence[Mapping[str, Fraction]]  # period -> index -> value
Span = tuple[Fraction, Fraction]  # least and greatest
ON_PATH: Mapping[str, Fraction] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """A stated limit by one index before its collar: at_zero + slope x index."""

    at_zero: Fraction
    slope: Fraction


class OrderLimit:
    """The limit on one price path of all orders with the same terms under contracts of the same payment.

    ``limit``: with numbers alone.  ``factors``: what payment and tax make of it, per period.
    ``inputs``: what is bought per unit beside it, and the limit of the need that buys it (1.1l).
    """

    def __init__(
        self,
        limit: LimitPrice,
        factors: Sequence[Fraction],
        path: Path,
        inputs: Sequence[tuple[Fraction, OrderLimit]] = (),
    ) -> None:
        self.accepted = accepted_indices(limit)
        self.quotation = quotation_of(limit)
        self._limit, self._factors, self._path = limit, factors, path
        ends = (None, None) if limit.collar is None else (limit.collar.floor, limit.collar.cap)
        self._floor, self._cap = (None if end is None else Fraction(end) for end in ends)
        self._inputs = inputs
        self.quoted_otherwise = frozenset(
            index for _, each in inputs if each.quotation != self.quotation for index in each.indices
        )
        self._moves: bool = moves(limit) or len(set(factors)) > 1 or any(each._moves for _, each in inputs)
        self._slopes = _slopes(limit)
        self._fixed: dict[int, Fraction] = {}
        self._at: dict[int, Fraction] = {}
        self._corners: dict[tuple[str, Fraction], dict[int, list[tuple[Fraction, Fraction]]]] = {}
        self._spans: dict[tuple[str, Fraction, Fraction], dict[int, Span]] = {}

    def at(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The limit in a period, on the path or with indices moved to other values."""
        if moved:
            own = self._held(period, self._stated(period, {**self._path[period], **moved}))
            return self._with_inputs(own, [each.at(period, moved) for _, each in self._inputs])
        key = period if self._moves else 0
        if key not in self._at:
            own = self._held(period, self._stated(period, self._path[period]))
            self._at[key] = self._with_inputs(own, [each.at(period) for _, each in self._inputs])
        return self._at[key]

    @property
    def indices(self) -> frozenset[str]:
        """The indices that it moves with; not its inputs'."""
        return frozenset(index for index, slope in self._slopes.items() if slope)

    def span(self, periods: Sequence[int]) -> Span:
        """Least and greatest limit on the path over some periods."""
        amounts = [self.at(t) for t in (periods if self._moves else periods[:1])]
        return min(amounts), max(amounts)

    def kinks(self, period: int, index: str) -> tuple[Fraction, ...]:
        """Values of one index, all others on the path, at which the collar starts or stops to bind; lowest first.

        Maths: before the collar the limit is a + b x I; the kinks are (floor - a) / b and (cap - a) / b.
        """
        return tuple(self._kinks(period, index))

    def span_beyond(self, index: str, coefficient: Fraction, reach: Fraction, periods: Sequence[int]) -> Span:
        """Least and greatest of limit less coefficient x index, the index anywhere within its range.

        Maths: ``reach`` is the fraction by which the index may leave the path (5.2).
        """
        known = self._spans.setdefault((index, coefficient, reach), {})
        for t in periods:
            if t not in known:
                beyond = [limit - coefficient * value for value, limit in self._corners_at(index, t, reach)]
                known[t] = min(beyond), max(beyond)
        return min(known[t][0] for t in periods), max(known[t][1] for t in periods)

    def _corners_at(self, index: str, period: int, reach: Fraction) -> list[tuple[Fraction, Fraction]]:
        """Index values between which the limit is a straight line, the ends of the range included, and the limit."""
        known = self._corners.setdefault((index, reach), {})
        if period not in known:
            centre = self._path[period][index]
            lowest, highest = centre - abs(centre) * reach, centre + abs(centre) * reach
            inner = [kink for kink in self._kinks(period, index) if lowest < kink < highest]
            known[period] = [(value, self._with(period, index, value)) for value in (lowest, *inner, highest)]
        return known[period]

    def _with(self, period: int, index: str, value: Fraction) -> Fraction:
        """The limit with one index at a value."""
        line = self._line(period, index)
        own = self._held(period, line.at_zero + line.slope * value)
        return self._with_inputs(own, [each._with(period, index, value) for _, each in self._inputs])

    def _with_inputs(self, own: Fraction, inputs: Sequence[Fraction]) -> Fraction:
        for (units, _), limit in zip(self._inputs, inputs, strict=True):
            own += units * limit
        return own

    def _kinks(self, period: int, index: str) -> list[Fraction]:
        line = self._line(period, index)
        ends = [end for end in (self._floor, self._cap) if end is not None] if line.slope else []
        kinks = {(end - line.at_zero) / line.slope for end in ends}
        return sorted(kinks.union(*(each._kinks(period, index) for _, each in self._inputs)))

    def _line(self, period: int, index: str) -> Line:
        values = {**self._path[period], index: Fraction(0)}
        return Line(self._stated(period, values), self._slopes.get(index, Fraction(0)))

    def _stated(self, period: int, values: Mapping[str, Fraction]) -> Fraction:
        """1.1a before the collar holds it: what does not move, and each index by its slope."""
        key = 0 if self._limit.premium_by_period is None else period
        if key not in self._fixed:
            self._fixed[key] = before_collar(self._limit, period, dict.fromkeys(self._slopes, Fraction(0)), Fraction)
        total = self._fixed[key]
        for index, slope in self._slopes.items():
            if values[index]:
                total += slope * values[index]
        return total

    def _held(self, period: int, stated: Fraction) -> Fraction:
        """1.1a's collar, then 1.1b and 1.1c."""
        if self._cap is not None and stated > self._cap:
            stated = self._cap
        if self._floor is not None and stated < self._floor:
            stated = self._floor
        factor = self._factors[period]
        return stated if factor == 1 else stated * factor


def _slopes(limit: LimitPrice) -> dict[str, Fraction]:
    """What a limit before its collar moves by, per unit of each index."""
    slopes: dict[str, Fraction] = {}
    for part in limit.components:
        if part.index is not None:
            slopes[part.index] = slopes.get(part.index, Fraction(0)) + Fraction(part.content) * Fraction(
                part.coefficient
            )
    return slopes


class OrderLimits:
    """The limits of a market's orders; orders with the same terms share one."""

    def __init__(self, limits: MarketLimits) -> None:
        self.limits = limits
        self._known: dict[tuple[LimitPrice, Payment, Payment, tuple[object, ...]], tuple[OrderLimit, ...]] = {}

    def of(self, order: Order, offer: Order, contract: Payment) -> tuple[OrderLimit, ...]:
        """An order's limit on every path, as it meets an offer's goods under a contract's payment terms."""
        plain = self.limits.plain(order, offer)
        inputs = self.limits.inputs.get(order.id, ())
        key = plain, order.payment, contract, tuple((units, need.id) for units, need in inputs)
        if key not in self._known:
            untaxed = tax_divisor(plain, Fraction)
            factors = tuple(factor / untaxed for factor in self.limits.factors(order, contract))
            quotation = quotation_of(plain)
            bought = [(Fraction(units), self.of(need, need, need.payment)) for units, need in inputs]
            self._known[key] = tuple(
                OrderLimit(
                    plain,
                    factors,
                    self.limits.quotes(k, quotation),
                    [(units, of_paths[k]) for units, of_paths in bought],
                )
                for k in range(len(self.limits.weights))
            )
        return self._known[key]
