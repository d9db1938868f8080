"""Least, expected and greatest amounts of a proposed contract: volumes, values, freight, computed exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


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


def total(ranges: Sequence[Range]) -> Range:
    """Several ranges together: the sums of what each was rounded to."""
    zero = Decimal(0)
    return Range(
        sum((each.minimum for each in ranges), zero),
        sum((each.expected for each in ranges), zero),
        sum((each.maximum for each in ranges), zero),
    )


def envelope(ranges: Sequence[Range]) -> Range:
    """What any of several ranges about the same amount allows."""
    return Range(min(each.minimum for each in ranges), ranges[0].expected, max(each.maximum for each in ranges))


def value_range(months: Sequence[Range], spans: Sequence[tuple[int, Decimal]], prices: Sequence[PeriodPrice]) -> Range:
    """What the goods may cost over the term: expected at the reference, greatest at the cap, least at the floor.

    ``spans``: neighbouring months and the least volume over all of them, which is least worth where it is called in
    the months of the lowest floors.  Units: CNY, tax exclusive, at the seller's place, freight apart; each sum rounded
    half up to 0.01.

    >>> months = [Range(Decimal("9.5"), Decimal(10), Decimal(11))]
    >>> value_range(months, [(1, Decimal("9.5"))], [PeriodPrice(Decimal(100), Decimal(90), Decimal("110.001"))])
    Range(minimum=Decimal('855.00'), expected=Decimal('1000.00'), maximum=Decimal('1210.01'))
    """
    sums = total(
        [
            Range(Decimal(0), volume.expected * price.reference, volume.maximum * price.cap)
            for volume, price in zip(months, prices, strict=True)
        ]
    )
    least, start = Decimal(0), 0
    for count, volume in spans:
        floors = [(price.floor, month.maximum) for month, price in zip(months, prices, strict=True)]
        least += _least_value(floors[start : start + count], volume)
        start += count
    return Range(_cent(least), _cent(sums.expected), _cent(sums.maximum))


def _least_value(months: Sequence[tuple[Decimal, Decimal]], volume: Decimal) -> Decimal:
    """The least that a volume costs, called in months of some price and greatest volume each."""
    value = Decimal(0)
    for price, most in sorted(months):
        called = min(volume, most)
        value += called * price
        volume -= called
    return value


def freight_cost(term: Range, freight_cny_per_unit: Decimal) -> Range:
    """What the freight of the term's volume costs, CNY, each rounded half up to 0.01."""
    return Range(*(_cent(volume * freight_cny_per_unit) for volume in (term.minimum, term.expected, term.maximum)))


def _cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
