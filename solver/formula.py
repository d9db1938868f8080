"""The forms a price can take for a set of matches: formula, flat, by period (docs/model.md 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.draw import Window

if TYPE_CHECKING:
    from solver.market import Policy
    from solver.trades import Trade


@dataclass(frozen=True, slots=True)
class Ends:
    """Between which amounts a delivered price (or a formula's premium) leaves both sides the minimum gain."""

    lowest: Fraction
    highest: Fraction

    def window(self, policy: Policy, level: Fraction, minimum_gain: Decimal) -> Window | None:
        """The part of it from which a price is drawn; a party's limit itself is never drawn."""
        width = self.highest - self.lowest
        if width < 0:
            return None
        kept = Fraction(minimum_gain)
        return Window(
            lowest=self.lowest + Fraction(policy.price_split.low) * width,
            highest=self.lowest + Fraction(policy.price_split.high) * width,
            level=level,
            not_at=(self.lowest - kept, self.highest + kept),
        )


def fixed_ends(trades: Sequence[Trade], periods: Sequence[int], minimum_gain: Decimal) -> Ends:
    """Ends of one delivered price that serves all trades in all of the periods.

    Maths: docs/model.md 5.2, flat and by period.
    """
    kept = Fraction(minimum_gain)
    within = [(trade, t) for trade in trades for t in trade.periods if t in periods]
    return Ends(
        lowest=max(trade.ask(t) + kept + Fraction(trade.extra) for trade, t in within),
        highest=min(trade.bid(t) - kept + Fraction(trade.extra) for trade, t in within),
    )


def formulas(trades: Sequence[Trade], policy: Policy) -> Iterator[tuple[str, Decimal, Ends]]:
    """Every index and coefficient that the rules allow, in their order, with the ends of its premium.

    Maths: docs/model.md 5.2, formula.
    """
    common = frozenset.intersection(*(trade.common_indices() for trade in trades))
    for coefficient in policy.formula_coefficients:
        if coefficient <= 0:
            continue
        for index in sorted(common):
            yield index, coefficient, _premium_ends(trades, index, Fraction(coefficient), policy)


def corner_values(trade: Trade, period: int, index: str, index_range: Decimal) -> tuple[Fraction, ...]:
    """Index values between which both limits and a formula are straight lines, ends of the range included."""
    value = Fraction(trade.path[period][index])
    reach = abs(value) * Fraction(index_range)
    lowest, highest = value - reach, value + reach
    inner = {kink for kink in trade.kinks(period, index) if lowest < kink < highest}
    return tuple(sorted({lowest, value, highest} | inner))


def _premium_ends(trades: Sequence[Trade], index: str, coefficient: Fraction, policy: Policy) -> Ends:
    kept = Fraction(policy.minimum_gain)
    lowest: list[Fraction] = []
    highest: list[Fraction] = []
    for trade in trades:
        for t in trade.periods:
            for value in corner_values(trade, t, index, policy.index_range):
                moved = {index: value}
                followed = coefficient * value - Fraction(trade.extra)
                lowest.append(trade.ask(t, moved) + kept - followed)
                highest.append(trade.bid(t, moved) - kept - followed)
    return Ends(max(lowest), min(highest))
