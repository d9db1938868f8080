"""Indices whose publisher changes their base: what a value is worth on the base that a contract was concluded on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from marketplace.indices.rules.quotes import EARLIEST
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.texts import line_faults

GREATEST_FACTOR = Decimal(1000)
DAYS_AHEAD = 366
LONGEST_SOURCE = 300


@dataclass(frozen=True)
class Rebasing:
    """From ``from_day`` on values times ``factor`` are on the base that held before."""

    from_day: date
    factor: Decimal


def check_rebasing(from_day: date, factor: Decimal, source: str, *, today: date) -> None:
    """Raises InvalidInput with everything that is wrong with a rebasing as it is entered."""
    faults = list(line_faults("/source", source, LONGEST_SOURCE))
    last = today + timedelta(days=DAYS_AHEAD)
    if not EARLIEST < from_day <= last:
        faults.append(Fault("/from_day", "is out of range", from_day, f"after {EARLIEST}, at most {last}"))
    if not factor.is_finite() or not 1 / GREATEST_FACTOR <= factor <= GREATEST_FACTOR:
        limit = f"{1 / GREATEST_FACTOR} to {GREATEST_FACTOR}"
        faults.append(Fault("/factor", "is no factor between two bases", factor, limit))
    if faults:
        raise InvalidInput(faults)


def link(day: date, base_of: date | None, rebasings: Sequence[Rebasing]) -> Fraction:
    """What a value quoted on ``day`` is multiplied by to stand on the base that held on ``base_of``; None: as quoted.

    A value on a later base is multiplied by the factors between both, one on an earlier base divided, so that no mean
    ever mixes two bases; whoever concluded after the change reads what is quoted since as it is.

    >>> changed = [Rebasing(date(2027, 1, 15), Decimal("1.25"))]
    >>> before, after = date(2027, 1, 14), date(2027, 1, 15)
    >>> [str(link(day, base, changed)) for base in (before, after) for day in (before, after)]
    ['1', '5/4', '4/5', '1']
    """
    found = Fraction(1)
    if base_of is None:
        return found
    for each in rebasings:
        if base_of < each.from_day <= day:
            found *= Fraction(each.factor)
        elif day < each.from_day <= base_of:
            found /= Fraction(each.factor)
    return found
