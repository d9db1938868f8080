"""Sums of exact amounts over a common denominator: one reduction in place of one per term."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm


def total(amounts: Iterable[Fraction]) -> Fraction:
    """Sum of amounts.

    >>> total([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    Fraction(1, 1)
    """
    parts = list(amounts)
    over = lcm(*(part.denominator for part in parts))
    return Fraction(sum(part.numerator * (over // part.denominator) for part in parts), over)


def total_of_products(these: Sequence[Fraction], those: Sequence[Fraction]) -> Fraction:
    """Sum of the products of two series of the same length.

    >>> total_of_products([Fraction(1, 2), Fraction(3)], [Fraction(4), Fraction(1, 3)])
    Fraction(3, 1)
    """
    below = [this.denominator * that.denominator for this, that in zip(these, those, strict=True)]
    over = lcm(*below)
    products = zip(these, those, below, strict=True)
    return Fraction(sum(this.numerator * that.numerator * (over // part) for this, that, part in products), over)
