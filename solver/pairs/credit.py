"""What a counterparty owes at one time: exposure per unit of a pair's volumes (docs/model.md 3.18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from solver.form.calendar import first_day, last_day, months_before
from solver.pairs.payment import contract_payment, seller_waits

if TYPE_CHECKING:
    from solver.form.market import Order
    from solver.form.terms import Payment
    from solver.pairs.market_limits import MarketLimits
    from solver.pairs.screened import Floats

ZERO = Fraction(0)


@dataclass(frozen=True)
class Exposures:
    """CNY that are open in each period per unit of a pair's volume of each period, tax exclusive."""

    values: tuple[Fraction, ...]  # of a unit, by the period of its volume
    parts: list[Fraction]  # of it that may be open
    places: list[list[int]]  # by period, and period of the volume: which of them is

    def at(self, period: int) -> tuple[Fraction, ...]:
        """What is open in one period per unit of each period's volume.  Shapes: (T)."""
        return tuple(self._open[place][s] for s, place in enumerate(self.places[period]))

    @cached_property
    def _open(self) -> list[list[Fraction]]:
        return [[part * value for value in self.values] for part in self.parts]

    @property
    def floats(self) -> Floats:
        """The same of all periods.  Shapes: (T, T)."""
        open_parts = np.array([float(part) for part in self.parts])[np.array(self.places)]
        found: Floats = open_parts * np.array([float(value) for value in self.values])
        return found


def exposures(limits: MarketLimits, offer: Order, need: Order, side: Literal["offer", "need"]) -> Exposures:
    """What is open to the order on the side that is asked.

    Maths: 3.18.  An offer's is what is delivered and not yet paid, a need's what is paid and not yet delivered.
    Valued at that order's own limit, the greatest on any path: any other value would tell the counterparty's.
    """
    market, values = limits.market, tuple(max(ZERO, value) for value in limits.greatest(side, offer, need))
    return Exposures(values, *_open_parts(contract_payment(market, offer, need), market.calendar, side))


@lru_cache(maxsize=1024)
def _open_parts(
    contract: Payment, calendar: tuple[str, ...], side: Literal["offer", "need"]
) -> tuple[list[Fraction], list[list[int]]]:
    """What part of the volume of each period is open in each: of the contract's terms alone, and these are few.

    The parts there are, and for each period which of them it is of each.
    """
    still_open = unpaid if side == "offer" else undelivered
    days = [(first_day(period), last_day(period)) for period in calendar]
    place: dict[Fraction, int] = {}
    places = [
        [place.setdefault(still_open(contract, days, s, t), len(place)) for s in range(len(days))]
        for t in range(len(days))
    ]
    return list(place), places


def unpaid(contract: Payment, days: list[tuple[date, date]], delivered: int, period: int) -> Fraction:
    """The part of what is delivered in one period that the buyer owes in another.

    What was prepaid or deposited is never owed; the rest from its period on to the period in which the seller has its
    money, counted from its period's last day, and not at all where it is paid on delivery.
    """
    wait = seller_waits(contract)
    if wait == 0 or period < delivered or days[delivered][1] + timedelta(wait) < days[period][0]:
        return ZERO
    return 1 - Fraction(contract.prepaid_fraction or 0) - Fraction(contract.deposit_fraction or 0)


def undelivered(contract: Payment, days: list[tuple[date, date]], delivered: int, period: int) -> Fraction:
    """The part of what is delivered in one period that the buyer has paid, and the seller still owes, in another.

    Until the period of delivery: a deposit from the calendar's first day, a prepayment from its months before.
    """
    if period > delivered:
        return ZERO
    months = contract.prepaid_offset_months or 0
    prepaid = months > 0 and months_before(days[delivered][0], months) <= days[period][1]
    return Fraction(contract.deposit_fraction or 0) + (Fraction(contract.prepaid_fraction or 0) if prepaid else ZERO)
