"""Least, expected and greatest volume and value of a proposed contract, computed exactly.

Both options are about the same agreed volume: the buyer may call, and the seller may deliver, within their own
band, and neither is added to the other.  So the least volume is what the wider of both ``down`` leaves, the greatest
what the wider of both ``up`` allows.  The least volume is firm: below it there is no right to call or to deliver.
Volumes are whole quanta of the grade, so each month's band is rounded inwards: nobody is promised more than its option,
and the greatest volume stays within the capacity kept for it (docs/model.md 1.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Band:
    """How far the volume may leave the agreed one, as fractions, and whose options that are."""

    buyer_down: Decimal
    buyer_up: Decimal
    seller_down: Decimal
    seller_up: Decimal

    @property
    def down(self) -> Decimal:
        """The wider of both options downwards."""
        return max(self.buyer_down, self.seller_down)

    @property
    def up(self) -> Decimal:
        """The wider of both options upwards."""
        return max(self.buyer_up, self.seller_up)


@dataclass(frozen=True)
class PeriodPrice:
    """Reference, floor and cap of one month, CNY per unit at the seller's place, tax exclusive."""

    reference: Decimal
    floor: Decimal
    cap: Decimal


@dataclass(frozen=True)
class Range:
    """A least, an expected and a greatest amount."""

    minimum: Decimal
    expected: Decimal
    maximum: Decimal


def volume_range(expected: Decimal, band: Band, quantum: Decimal) -> Range:
    """What one month's volume may be, in whole quanta of the grade: the least rounded up, the greatest down.

    Units: the grade's.  ``expected`` is a multiple of ``quantum``, so the three stay in order.

    >>> volume_range(Decimal("75.818"), Band(Decimal("0.05"), Decimal("0.1"), Decimal(0), Decimal(0)), Decimal("0.001"))
    Range(minimum=Decimal('72.028'), expected=Decimal('75.818'), maximum=Decimal('83.399'))
    """
    least = (expected * (1 - band.down) / quantum).to_integral_value(ROUND_CEILING) * quantum
    most = (expected * (1 + band.up) / quantum).to_integral_value(ROUND_FLOOR) * quantum
    return Range(least, expected, most)


def total(ranges: Sequence[Range]) -> Range:
    """The months together: the sums of what each month's band was rounded to."""
    zero = Decimal(0)
    return Range(
        sum((each.minimum for each in ranges), zero),
        sum((each.expected for each in ranges), zero),
        sum((each.maximum for each in ranges), zero),
    )


def value_range(volumes: Sequence[Range], prices: Sequence[PeriodPrice]) -> Range:
    """What the goods may cost over the term: least volume at the floor, expected at the reference, greatest at the cap.

    Units: CNY, tax exclusive, at the seller's place, freight apart; each sum rounded half up to 0.01.

    >>> months = [Range(Decimal("9.5"), Decimal(10), Decimal(11))]
    >>> value_range(months, [PeriodPrice(Decimal(100), Decimal(90), Decimal("110.001"))])
    Range(minimum=Decimal('855.00'), expected=Decimal('1000.00'), maximum=Decimal('1210.01'))
    """
    sums = total(
        [
            Range(volume.minimum * price.floor, volume.expected * price.reference, volume.maximum * price.cap)
            for volume, price in zip(volumes, prices, strict=True)
        ]
    )
    return Range(_cent(sums.minimum), _cent(sums.expected), _cent(sums.maximum))


def freight_cost(volumes: Sequence[Range], freight_cny_per_unit: Decimal) -> Range:
    """What the freight of those volumes costs, CNY, each rounded half up to 0.01."""
    whole = total(volumes)
    return Range(*(_cent(v * freight_cny_per_unit) for v in (whole.minimum, whole.expected, whole.maximum)))


def _cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
