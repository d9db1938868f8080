"""The forms a price can take for a set of matches: formula, flat, by period (docs/model.md 5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pricing.draw import Window

if TYPE_CHECKING:
    from solver.form.market import Policy
    from solver.form.terms import Quotation
    from solver.pairs.pair_limits import PairLimits
    from solver.pairs.trades import Trade


@dataclass(frozen=True, slots=True)
class Ends:
    """Between which amounts a delivered price (or a formula's premium) leaves both sides the minimum gain."""

    lowest: Fraction
    highest: Fraction
    not_at: tuple[Fraction, ...] = ()  # further limits inside, of paths that lose

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
            not_at=(self.lowest - kept, self.highest + kept, *self.not_at),
        )


def fixed_ends(trades: Sequence[Trade], periods: Sequence[int], minimum_gain: Decimal) -> Ends:
    """Ends of one delivered price that serves all trades in all of the periods.

    Maths: docs/model.md 5.2, flat and by period.
    """
    kept, wanted = Fraction(minimum_gain), frozenset(periods)
    within = [(trade.limits, [t for t in trade.periods if t in wanted]) for trade in trades]
    return _ends((limits, limits.ends(own, kept), limits.limits_where_it_loses(own)) for limits, own in within if own)


def _ends(found: Iterable[tuple[PairLimits, tuple[Fraction, Fraction], Iterable[Fraction]]]) -> Ends:
    """The narrowest ends of all, delivered."""
    delivered = [
        (lowest + limits.exact_extra, highest + limits.exact_extra, [limits.exact_extra + each for each in inside])
        for limits, (lowest, highest), inside in found
    ]
    return Ends(
        lowest=max(lowest for lowest, _, _ in delivered),
        highest=min(highest for _, highest, _ in delivered),
        not_at=tuple(each for _, _, inside in delivered for each in inside),
    )


def ends_alone(limits: PairLimits, period: int, minimum_gain: Decimal) -> Ends:
    """Ends of a pair's own price in one period, delivered.  Maths: docs/model.md 5.4."""
    own = (period,)
    return _ends([(limits, limits.ends(own, Fraction(minimum_gain)), limits.limits_where_it_loses(own))])


def mean_ends(trade: Trade, period: int) -> Ends:
    """Both limits of a trade in a period, the paths' mean, delivered.  Maths: docs/model.md 5.4."""
    extra = trade.limits.exact_extra
    return Ends(trade.limits.ask(period) + extra, trade.limits.bid(period) + extra)


def level(trades: Sequence[Trade]) -> Fraction:
    """The greatest limit of a set, delivered, by magnitude.  Maths: H of docs/model.md 5.3."""
    amounts: list[Fraction] = []
    for trade in trades:
        amounts += [amount + trade.limits.exact_extra for amount in trade.limits.extremes(trade.periods)]
    return max(map(abs, amounts))


def formulas(trades: Sequence[Trade], policy: Policy) -> Iterator[tuple[str, Quotation, Decimal, Ends]]:
    """Every index and coefficient that the rules allow, in their order, with the ends of its premium.

    Maths: docs/model.md 5.2, formula.  All orders of a set quote an index alike, or it is none of theirs.
    """
    common = frozenset.intersection(*(trade.limits.common_indices(trade.periods) for trade in trades))
    for coefficient in policy.formula_coefficients:
        if coefficient <= 0:
            continue
        for index, quotation in sorted(common, key=lambda each: each[0]):
            yield index, quotation, coefficient, _premium_ends(trades, index, Fraction(coefficient), policy)


def _premium_ends(trades: Sequence[Trade], index: str, coefficient: Fraction, policy: Policy) -> Ends:
    kept, reach = Fraction(policy.minimum_gain), Fraction(policy.index_range)
    return _ends(
        (
            trade.limits,
            trade.limits.ends_beyond(index, coefficient, reach, trade.periods, kept),
            trade.limits.limits_where_it_loses(trade.periods, index, coefficient),
        )
        for trade in trades
    )
