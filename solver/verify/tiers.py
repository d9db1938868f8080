"""Discounts off an offer's limit by the volume of one contract (3.21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from solver.form.market import Market, Order
from solver.verify.sums import total, total_of_products

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Ladder:
    """An offer's discounts, tax exclusive.  ``starts`` and ``discounts`` begin with no discount from 0 on."""

    incremental: bool
    starts: tuple[Fraction, ...]
    discounts: tuple[Fraction, ...]  # CNY per unit

    def altogether(self, volume: Fraction) -> Fraction:
        """What a contract of a volume is discounted by."""
        if not self.incremental:
            return self.at(volume) * volume
        amount = ZERO
        for k, discount in enumerate(self.discounts):
            upper = self.starts[k + 1] if k + 1 < len(self.starts) else volume
            amount += discount * max(ZERO, min(volume, upper) - self.starts[k])
        return amount

    def at(self, volume: Fraction) -> Fraction:
        """The discount of the step that a volume reaches."""
        return next(d for start, d in zip(self.starts[::-1], self.discounts[::-1], strict=True) if volume >= start)

    def opening(self, volume: Fraction) -> Fraction:
        """What may be added to the gain of a period before it is asked whether that is negative (1.1g)."""
        return ZERO if self.incremental else self.at(volume)

    def fixed_parts(self) -> list[tuple[Fraction, Fraction, Fraction]]:
        """Start, discount d and constant k of each step: from the start on a contract is discounted by d X - k."""
        constant, found = ZERO, list[tuple[Fraction, Fraction, Fraction]]()
        for k, (start, discount) in enumerate(zip(self.starts, self.discounts, strict=True)):
            if self.incremental and k:
                constant += (discount - self.discounts[k - 1]) * start
            found.append((start, discount, constant))
        return found


def ladder(market: Market, offer: Order) -> Ladder | None:
    """The discounts of an offer, each rounded half-even to 1e-6 CNY, None where it has none."""
    if offer.tiers is None:
        return None
    tax = offer.limit_price.tax
    factor = 1 / (1 + Fraction(tax.rate)) if tax.basis == "inclusive" else Fraction(1)
    if offer.limit_price.currency != "CNY":
        factor *= Fraction(market.policy.exchange_rates[offer.limit_price.currency])
    plain = [Fraction(round(Fraction(step.discount) * factor * 10**6), 10**6) for step in offer.tiers.steps]
    starts = [Fraction(step.from_volume) for step in offer.tiers.steps]
    return Ladder(offer.tiers.kind == "incremental", (ZERO, *starts), (ZERO, *plain))


def opens_at_best(market: Market, offer: Order) -> Fraction:
    """The greatest discount that may open a period to a pair (1.1g, 3.21); none where exceptions are dropped (5.4)."""
    steps = ladder(market, offer)
    return ZERO if steps is None or market.policy.exceptions == "drop" else steps.opening(steps.starts[-1])


def best_gain(market: Market, offer: Order, gains: Sequence[Fraction], greatest: Sequence[Fraction]) -> Fraction:
    """The total best gain of a pair, over all steps (2, price)."""
    steps = ladder(market, offer)
    if steps is None:
        return total_of_products([max(gain, ZERO) for gain in gains], greatest)
    return max(
        total_of_products([max(gain + discount, ZERO) for gain in gains], greatest) - constant
        for _, discount, constant in steps.fixed_parts()
    )


def best_profit(
    steps: Ladder, gain: Sequence[float], worth: Sequence[float], greatest: Sequence[float], least: float, most: float
) -> float:
    """Greatest profit of a pair at given worths per unit, over all steps, before contract cost (4.1)."""
    found = [-1.0]
    for start, discount, constant in steps.fixed_parts():
        opened = [
            (value + float(discount), room)
            for g, value, room in zip(gain, worth, greatest, strict=True)
            if g + (0.0 if steps.incremental else float(discount)) >= -1e-9
        ]
        floor = max(least, float(start))
        if floor > most * (1 + 1e-12) or sum(room for _, room in opened) < floor * (1 - 1e-12):
            continue
        profit, taken = -float(constant), 0.0
        for value, room in sorted(opened, reverse=True):
            take = min(room, max(0.0, (max(most, floor) if value > 0 else floor) - taken))
            profit += value * take
            taken += take
        found.append(profit)
    return max(found)


def raise_totals(steps: Ladder, gain: np.ndarray, greatest: np.ndarray, best: np.ndarray) -> None:
    """Put the best gain over all steps in place of the undiscounted one, for all needs of one offer."""
    for _, discount, constant in steps.fixed_parts():
        worth = (np.maximum(gain + float(discount), 0.0) * greatest).sum(axis=1) - float(constant)
        np.maximum(best, worth, out=best)


def mean_discount(market: Market, offer: Order, volumes: Sequence[Fraction]) -> Fraction:
    """What a unit of a contract is discounted by on average (5)."""
    steps, volume = ladder(market, offer), total(volumes)
    return ZERO if steps is None or not volume else steps.altogether(volume) / volume
