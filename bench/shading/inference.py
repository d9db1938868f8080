"""How near a party comes to the other's limit from what it sees of a contract: the price and its own limit.

The guesses are those of the attacker in tests/scenarios (guesses.py) that serve best, and are scored as there: see
:mod:`bench.shading.hits`; every rule has the factors that serve it best in hindsight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.shading.hits import PARTS, hits_at_best
from bench.shading.markets import PriceRule, one_grade
from bench.shading.response import cleared
from solver.pairs.market_limits import MarketLimits
from solver.pricing.prices import priced

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """What one party sees of a contract, and what it does not, CNY per unit at the offer's place."""

    size: int
    rule: str
    level: float  # what everybody knows of the grade
    price: float
    own: float
    theirs: float
    sign: int  # +1: their limit lies above the price


def seen(size: int, seed: int, rules: Sequence[PriceRule], *, whole: bool) -> list[Seen]:
    """Both parties of every match of a truthful market, by price rule."""
    market, base = one_grade(size, seed, whole=whole)
    limits, orders = MarketLimits(market), {order.id: order for order in market.orders}
    matches, found = cleared(market, whole=whole).matches, []
    for rule in rules:
        for match in priced(rule.policy(market, base, f"secret {seed}"), matches):
            offer, need = orders[match.offer], orders[match.need]
            assert match.price is not None
            price = next(float(reference) for reference in match.price.reference if reference is not None)
            ask = float(limits.ask(offer, need, 0, 0))
            bid = float(limits.bid(offer, need, 0, 0)) - float(match.freight_cny_per_unit)
            found.append(Seen(size, rule.name, float(base), price, ask, bid, 1))
            found.append(Seen(size, rule.name, float(base), price, bid, ask, -1))
    return found


@dataclass(frozen=True)
class Guessed:
    """Which part of the limits is hit to within 2 %."""

    limits: int
    by_level: float  # by who knows the grade alone
    by_price: float  # who also sees the price
    by_both: float  # and reckons with its own limit


def guessed(of: Sequence[Seen]) -> Guessed:
    """The best of each kind of guess, over the limits of one size and price rule."""
    level, price, own, theirs = (
        np.array([getattr(each, name) for each in of]) for name in ("level", "price", "own", "theirs")
    )
    signs = np.array([float(each.sign) for each in of])

    def rate(guess: Floats) -> float:
        return float(hits_at_best(guess, theirs, signs).mean())

    by_price = max(rate(level), rate(price))
    return Guessed(len(of), rate(level), by_price, max(by_price, *(rate(_split(price, own, signs, p)) for p in PARTS)))


def _split(price: Floats, own: Floats, signs: Floats, part: float) -> Floats:
    """If the price lay ``part`` of the way from the seller's limit to the buyer's."""
    theirs: Floats = np.where(signs > 0, part, 1 - part)
    solved: Floats = (price - (1 - theirs) * own) / theirs
    return solved
