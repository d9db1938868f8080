"""Content by assay: what an offer guarantees of an attribute, as a part of the whole (docs/model.md 1.1j)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solver.form.market import Order

DIVISORS = {"_pct": 2, "_ppm": 6}  # ending of an attribute's name -> power of ten that makes it a part of the whole


def divisor_of(attribute: str) -> int | None:
    """The power of ten that an attribute is divided by; None where it is no content.

    >>> divisor_of("Ni_pct"), divisor_of("Fe_ppm"), divisor_of("D50_um")
    (2, 6, None)
    """
    return next((power for ending, power in DIVISORS.items() if attribute.endswith(ending)), None)


def content_by_assay(attribute: str, offer: Order) -> Decimal | None:
    """The content an offer guarantees, between 0 and 1; None where it guarantees none.

    Units: t per t.
    """
    value, power = offer.specification.get(attribute), divisor_of(attribute)
    if not isinstance(value, Decimal) or power is None:
        return None
    content = value.scaleb(-power)
    return content if 0 <= content <= 1 else None
