"""Whether one side of a pair keeps its own limit at every price that agreed terms may come to (5.6, that side alone).

Parties may agree on other terms than a round proposed; then neither volumes nor prices are those of a clearing, but
each side's limit is still what it stated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal

import msgspec

from solver.form.clearing import Clearing, Formula, Match
from solver.form.market import Market
from solver.verify.curves import Curves, Point
from solver.verify.ground import Ground
from solver.verify.matches import read_deals
from solver.verify.slants import Slants
from solver.verify.violation import Violation

__all__ = ["index_quotes", "keeps_limit"]


def keeps_limit(market: Market, clearing: Clearing, match: Match, side: Literal["seller", "buyer"]) -> bool:
    """Whether a side is left its limit in every month, on every path and wherever a formula is tested.

    ``match``: one of the clearing's with the volumes and prices that are agreed instead.  Without a formula the price
    may be anything from floor to cap; with one it is what the formula gives, within floor and cap.  A loss that the
    side has consented to is none here: whether it may lose on a path depends on the other side's limit.
    Raises: ValueError when the pair cannot be judged, or the formula's index is not one that both accept.
    """
    curve = _curve(market, clearing, match)
    price = match.price
    if price is None:
        raise ValueError(f"{match.id} has no price")
    if price.formula is not None and price.formula.index not in curve.indices:
        raise ValueError(f"{price.formula.index} is not accepted by both sides")
    for period in curve.periods:
        floor, cap = Fraction(price.floor[period] or 0), Fraction(price.cap[period] or 0)
        for path, (asks, bids) in enumerate(zip(curve.deal.facts.asks, curve.deal.facts.bids, strict=True)):
            if price.formula is None:
                points = [(floor, asks[period], bids[period]), (cap, asks[period], bids[period])]
            else:
                points = list(_priced(price.formula, floor, cap, curve.tested(path, price.formula.index, period)))
            for paid, ask, bid in points:
                if (paid < ask) if side == "seller" else (paid > bid):
                    return False
    return True


def index_quotes(market: Market, clearing: Clearing, match: Match, index: str) -> dict[str, Fraction]:
    """The index in every month with volume, the paths' mean; it must be one that both orders accept.

    Raises: ValueError as for :func:`keeps_limit`.
    """
    curve = _curve(market, clearing, match)
    if index not in curve.indices:
        raise ValueError(f"{index} is not accepted by both sides")
    return {market.calendar[period]: curve.quote(index, period) for period in curve.periods}


def _curve(market: Market, clearing: Clearing, match: Match) -> Curves:
    ground, faults = Ground(market), list[Violation]()
    alone = msgspec.structs.replace(clearing, matches=(msgspec.structs.replace(match, id="m1"),))
    deals = read_deals(ground, alone, faults)
    if faults:
        raise ValueError(str(faults[0]))
    return Curves(ground, Slants(ground), deals[0])


def _priced(formula: Formula, floor: Fraction, cap: Fraction, points: Sequence[Point]) -> Iterator[Point]:
    """What is paid, and both limits, at the tested index values and where floor or cap begin to bite between them.

    Between neighbouring values both limits are straight lines.
    """
    coefficient, premium = Fraction(formula.coefficient), Fraction(formula.premium)
    straight = sorted(points)
    for value, ask, bid in straight:
        yield min(max(coefficient * value + premium, floor), cap), ask, bid
    bites = [(end - premium) / coefficient for end in (floor, cap)] if coefficient else []
    for (low, ask, bid), (high, ask_after, bid_after) in itertools.pairwise(straight):
        for value, end in zip(bites, (floor, cap), strict=False):
            if low < value < high:
                part = (value - low) / (high - low)
                yield end, ask + part * (ask_after - ask), bid + part * (bid_after - bid)
