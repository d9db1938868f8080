"""Where a change stands in its file, and how it is refused."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any, NoReturn

import msgspec

from solver.form.faults import Fault, MarketError, pointer, shown
from solver.form.market import canonical_bytes

Place = tuple[str | int, ...]
EXACT_DIGITS = 100  # more than sums and products of stated amounts can have


def refuse(value: object, wanted: str, *place: str | int) -> NoReturn:
    """Raises: MarketError naming place, value and what would be right."""
    raise MarketError([Fault(pointer(*place), shown(value), wanted)])


def as_in_a_file(value: msgspec.Struct) -> dict[str, Any]:
    """A part of a market as plain JSON, so that given fields can be put in and the whole be read again."""
    plain: dict[str, Any] = msgspec.json.decode(canonical_bytes(value))
    return plain


def product(amount: Decimal, factor: Decimal) -> Decimal:
    """The exact product.

    >>> product(Decimal("99000"), Decimal("1.2"))
    Decimal('118800.0')
    """
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return amount * factor


def total(amount: Decimal, more: Decimal) -> Decimal:
    """The exact sum."""
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return amount + more


def refuse_unless_positive(factor: Decimal, *place: str | int) -> None:
    """A factor of 0 or less takes away what it should scale; another kind of change says so."""
    if factor <= 0:
        refuse(factor, "must be greater than 0", *place)
