"""Decimals as people and files read them: digits, and a point where there is a fraction."""

from __future__ import annotations

from decimal import Decimal


def plain(amount: Decimal) -> str:
    """A decimal without exponent, trailing zeros and the sign of a zero.

    >>> plain(Decimal("98000.50")), plain(Decimal("1E+2")), plain(Decimal("-0.00"))
    ('98000.5', '100', '0')
    """
    if amount == amount.to_integral_value():
        return str(int(amount))
    return format(amount.normalize(), "f")


def in_digits(amount: Decimal) -> Decimal:
    """The same amount, written without exponent and without the sign of a zero; its places after the point stay.

    >>> [str(in_digits(Decimal(text))) for text in ("1.6E+4", "0.50", "-0.00", "-0E+1")]
    ['16000', '0.50', '0.00', '0']
    """
    return Decimal(format(amount or amount.copy_abs(), "f"))
