"""Discounts by volume as functions of a contract's volume (docs/model.md 3.21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from solver.form.market import Market, Order

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """From a volume on ``discount`` per unit less ``offset``.  Units: grade units, millionths of a yuan per unit."""

    start: Fraction
    discount_micro: int
    offset_micro: Fraction


@dataclass(frozen=True, slots=True)
class FloatStep:
    """The same in floats and yuan."""

    start: float
    discount: float
    offset: float


@dataclass(frozen=True)
class Discounts:
    """An offer's steps, the first of them no discount from 0 on; starts and discounts rise."""

    incremental: bool
    steps: tuple[Step, ...]

    @cached_property
    def floats(self) -> tuple[FloatStep, ...]:
        """The steps as a model takes them."""
        return tuple(
            FloatStep(float(step.start), step.discount_micro / MICRO, float(step.offset_micro) / MICRO)
            for step in self.steps
        )

    def step_at(self, volume: Fraction) -> int:
        """The step that a contract's volume reaches."""
        return max(j for j, step in enumerate(self.steps) if step.start <= volume)

    def total_micro(self, volume: Fraction) -> Fraction:
        """What a contract of a volume is discounted by altogether, in millionths of a yuan."""
        step = self.steps[self.step_at(volume)]
        return step.discount_micro * volume - step.offset_micro


def discounts_of(market: Market, order: Order) -> Discounts:
    """The discounts of an offer with tiers, tax exclusive and in CNY, rounded half-even to 1e-6 CNY per unit.

    Maths: 3.21.  An incremental discount is d_j X - K_j from step j on, K_j = K_(j-1) + (d_j - d_(j-1)) x start_j.
    """
    assert order.tiers is not None
    incremental = order.tiers.kind == "incremental"
    steps = [Step(Fraction(0), 0, Fraction(0))]
    for tier in order.tiers.steps:
        discount, start = round(_plain(market, order, Fraction(tier.discount)) * MICRO), Fraction(tier.from_volume)
        rise = (discount - steps[-1].discount_micro) * start if incremental else Fraction(0)
        steps.append(Step(start, discount, steps[-1].offset_micro + rise))
    return Discounts(incremental, tuple(steps))


def mean_discount(market: Market, offer: Order, volumes: Sequence[Decimal]) -> Fraction:
    """What a unit of a contract of these volumes is discounted by on average, in CNY.  Maths: 5."""
    volume = sum(map(Fraction, volumes), Fraction(0))
    if offer.tiers is None or not volume:
        return Fraction(0)
    return discounts_of(market, offer).total_micro(volume) / volume / MICRO


def _plain(market: Market, order: Order, discount: Fraction) -> Fraction:
    """A discount is stated as the limit is: in its currency, with or without tax."""
    tax, currency = order.limit_price.tax, order.limit_price.currency
    if currency != "CNY":
        discount *= Fraction(market.policy.exchange_rates[currency])
    return discount / (1 + Fraction(tax.rate)) if tax.basis == "inclusive" else discount
