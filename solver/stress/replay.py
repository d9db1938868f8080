"""One proposal on one window of a path: its price, both limits, and what breaks.  Maths: docs/model.md 8.5."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.form.clearing import MatchPrice
from solver.form.market import Market
from solver.pairs.trades import Trade
from solver.stress.windows import Window


@dataclass(frozen=True, slots=True)
class Moment:
    """One period of one proposal, the indices moved."""

    period: int
    value: Fraction  # CNY at the proposed reference: the weight of every share
    price: Fraction  # CNY per unit at the offer's place
    seller_short: Fraction  # CNY per unit by which the price is below the offer's limit; 0: it is not
    buyer_short: Fraction  # by which it is above the need's
    at_floor: bool
    at_cap: bool
    out_of_range: bool  # the formula's index, beyond what the formula was tested for


def moments(market: Market, trade: Trade, window: Window) -> list[Moment]:
    """Every period in which a proposal carries volume, on one window.

    The price is the formula's, held by floor and cap; without a formula the reference.
    """
    terms = trade.match.price
    assert terms is not None
    return [_moment(market, trade, terms, window, t) for t in trade.periods]


def _moment(market: Market, trade: Trade, terms: MatchPrice, window: Window, t: int) -> Moment:
    reference, floor, cap = (Fraction(row[t] or 0) for row in (terms.reference, terms.floor, terms.cap))
    price, out_of_range = reference, False
    if terms.formula is not None:
        index = terms.formula.index
        value = window.quotes[t].get(index, Fraction(trade.limits.index(index, t)))
        price = Fraction(terms.formula.coefficient) * value + Fraction(terms.formula.premium)
        least, most = (Fraction(end) for end in trade.limits.index_span(index, t))
        reach = Fraction(market.policy.index_range)
        out_of_range = value < least - abs(least) * reach or value > most + abs(most) * reach
    held = max(floor, min(cap, price))
    ask, bid = trade.limits.ask(t, window.quotes[t]), trade.limits.bid(t, window.quotes[t])
    return Moment(
        period=t,
        value=reference * Fraction(trade.match.volumes[t]),
        price=held,
        seller_short=max(Fraction(0), ask - held),
        buyer_short=max(Fraction(0), held - bid),
        at_floor=price < floor,
        at_cap=price > cap,
        out_of_range=out_of_range,
    )
