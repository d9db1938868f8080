"""The forms a price can take for a set of matches: formula, flat, by period (docs/model.md 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pricing.draw import Window

if TYPE_CHECKING:
    from solver.form.market import Policy
    from solver.pairs.trades import Trade


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
    kept, wanted = Fraction(minimum_gain), frozenset(periods)
    within = [(trade, [t for t in trade.periods if t in wanted]) for trade in trades]
    return Ends(
        lowest=max(trade.delivered_ask(trade.seller.span(own)[1]) for trade, own in within if own) + kept,
        highest=min(trade.delivered_bid(trade.buyer.span(own)[0]) for trade, own in within if own) - kept,
    )


def level(trades: Sequence[Trade]) -> Fraction:
    """The greatest limit of a set, delivered, by magnitude.  Maths: H of docs/model.md 5.3."""
    amounts: list[Fraction] = []
    for trade in trades:
        amounts += [trade.delivered_ask(amount) for amount in trade.seller.span(trade.periods)]
        amounts += [trade.delivered_bid(amount) for amount in trade.buyer.span(trade.periods)]
    return max(map(abs, amounts))


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


def _premium_ends(trades: Sequence[Trade], index: str, coefficient: Fraction, policy: Policy) -> Ends:
    kept, reach = Fraction(policy.minimum_gain), Fraction(policy.index_range)
    sold = (trade.seller.span_beyond(index, coefficient, reach, trade.periods)[1] for trade in trades)
    bought = (
        trade.delivered_bid(trade.buyer.span_beyond(index, coefficient, reach, trade.periods)[0]) for trade in trades
    )
    return Ends(
        lowest=max(trade.delivered_ask(most) for most, trade in zip(sold, trades, strict=True)) + kept,
        highest=min(bought) - kept,
    )
