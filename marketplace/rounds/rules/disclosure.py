"""Who may be told a figure: at least five independent parties stand behind it, or it is withheld.

Money that sums up gains is besides told only after publication, and rounded: two exact sums of one book under two
policies give a limit by arithmetic (docs/decisions/0002-what-staff-see.md).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Generic, TypeVar

FEWEST_PARTIES = 5
GREATEST_SHARE = Decimal("0.6")  # of one party in a published price

T = TypeVar("T")

TOO_FEW = "fewer-than-five"
DOMINATED = "dominant-party"
UNPUBLISHED = "before-publication"
WITH_REAL_ORDERS = "with-real-orders"

_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A figure that may be told, or the reason why it is withheld."""

    value: T | None
    withheld: str | None = None


def told(value: T, parties: Iterable[Hashable]) -> Figure[T]:
    """``value`` if at least five parties (related ones count as one) stand behind it.

    >>> told(7, "abcde"), told(7, "abcd")
    (Figure(value=7, withheld=None), Figure(value=None, withheld='fewer-than-five'))
    """
    return Figure(value) if len(set(parties)) >= FEWEST_PARTIES else Figure(None, TOO_FEW)


def rounded(amount: Decimal) -> Decimal:
    """Three significant digits, half to even.

    >>> [f"{rounded(Decimal(text)):f}" for text in ("8321987.65", "-4.5678", "0.00", "99.96")]
    ['8320000', '-4.57', '0.00', '100']
    """
    return _THREE_DIGITS.plus(amount)


def published_price(value: Decimal, volume_by_party: Mapping[str, Decimal]) -> Figure[Decimal]:
    """A price for everybody: five parties, and none with more than the greatest share of the volume traded.

    Every unit counts once for its seller and once for its buyer; the share is of the volume traded.

    >>> volumes = {"a": Decimal(5), "b": Decimal(5), "c": Decimal(4), "d": Decimal(3), "e": Decimal(3)}
    >>> published_price(Decimal(98000), volumes).value
    Decimal('98000')
    >>> published_price(Decimal(98000), {**volumes, "a": Decimal(15)}).withheld
    'dominant-party'
    """
    figure = told(value, volume_by_party)
    if figure.withheld is None:
        traded = sum(volume_by_party.values(), Decimal(0)) / 2
        if max(volume_by_party.values()) > GREATEST_SHARE * traded:
            return Figure(None, DOMINATED)
    return figure
