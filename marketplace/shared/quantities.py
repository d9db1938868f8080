"""Exact amounts: how volumes and prices are read, checked and written."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ABSURD = Decimal("1e12")  # no volume or price in this trade comes near it
MOST_DECIMALS = 12
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_amount(text: str | int | Decimal) -> Decimal:
    """An exact, finite decimal below 1e12; raises ValueError that says what is wrong.

    >>> read_amount("120.500")
    Decimal('120.500')
    >>> read_amount("1e400")
    Traceback (most recent call last):
    ValueError: 1e400 is beyond any amount of this trade (1E+12)
    """
    if isinstance(text, bool | float):
        raise ValueError('write amounts as strings or whole numbers, e.g. "120.5"')
    if isinstance(text, str) and _PLAIN.fullmatch(text) is None:  # Decimal takes " 1_000 " and full-width digits too
        raise ValueError(f"{text[:40]!r} is not a decimal number")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{str(text)[:40]!r} is not a decimal number") from None
    if not amount.is_finite():
        raise ValueError(f"{text} is not a finite number")
    if amount.copy_abs() >= ABSURD:  # abs() would round, or overflow
        raise ValueError(f"{str(text)[:40]} is beyond any amount of this trade ({ABSURD})")
    if not -MOST_DECIMALS <= int(amount.as_tuple().exponent) <= MOST_DECIMALS:  # "0e999999999" is a gigabyte of zeros
        raise ValueError(f"{str(text)[:40]} has more than {MOST_DECIMALS} decimals or zeros")
    return amount


def amount_text(amount: Decimal) -> str:
    """The shortest plain form without exponent, as it is shown and hashed.

    >>> [amount_text(Decimal(x)) for x in ("120.500", "1E+2", "-0.0", "3")]
    ['120.5', '100', '0', '3']
    """
    text = f"{amount:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def is_multiple(amount: Decimal, step: Decimal) -> bool:
    """Whether ``amount`` is a whole number of ``step``.

    >>> is_multiple(Decimal("0.3"), Decimal("0.1"))
    True
    """
    return amount % step == 0


def to_cent(amount: Decimal) -> Decimal:
    """Money shown to people: half up to 0.01 CNY."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def down_to(amount: Decimal, step: Decimal) -> Decimal:
    """The greatest whole multiple of ``step`` that is not above a non-negative ``amount``."""
    return (amount / step).to_integral_value(ROUND_DOWN) * step


def up_to(amount: Decimal, step: Decimal) -> Decimal:
    """The least whole multiple of ``step`` that is not below a non-negative ``amount``.

    >>> up_to(Decimal("84.0005"), Decimal("0.001"))
    Decimal('84.001')
    """
    return (amount / step).to_integral_value(ROUND_UP) * step
