"""Quantities of a grade in another measure: pieces of a cell, lithium carbonate equivalent of a hydroxide.

A conversion says ``factor`` and ``per``: one grade unit is ``factor`` target units (``grade_unit``),
or one target unit is ``factor`` grade units (``target_unit``).  Where it names an ``attribute``
the factor is multiplied by that attribute's value, which the order or lot states.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Any

from marketplace.shared.errors import InvalidInput

_EXACT = Context(prec=60, traps=[Inexact])


def converted(volume: Decimal, conversion: Mapping[str, Any], attribute_value: Decimal | None = None) -> Decimal:
    """A volume of the grade in the conversion's measure, exactly.

    Units: ``volume`` in the grade's unit; the result in the conversion's.
    Raises: InvalidInput when the attribute's value is missing or not positive, or when the result has no
    finite decimal.

    >>> lce = {"code": "lce", "factor": "0.880", "per": "grade_unit", "attribute": None}
    >>> converted(Decimal(50), lce)
    Decimal('44')
    >>> pieces = {"code": "pieces", "factor": "0.001", "per": "target_unit", "attribute": "energy_Wh"}
    >>> converted(Decimal(640), pieces, Decimal(320))
    Decimal('2000')
    """
    ratio = _ratio(conversion, attribute_value)
    result = Fraction(volume) * (ratio if conversion["per"] == "grade_unit" else 1 / ratio)
    return _finite(result, volume, conversion)


def converted_back(quantity: Decimal, conversion: Mapping[str, Any], attribute_value: Decimal | None = None) -> Decimal:
    """The volume of the grade that a quantity in the conversion's measure is; the inverse of :func:`converted`.

    >>> pieces = {"code": "pieces", "factor": "0.001", "per": "target_unit", "attribute": "energy_Wh"}
    >>> converted_back(Decimal(2000), pieces, Decimal(320))
    Decimal('640')
    """
    ratio = _ratio(conversion, attribute_value)
    result = Fraction(quantity) * (1 / ratio if conversion["per"] == "grade_unit" else ratio)
    return _finite(result, quantity, conversion)


def _ratio(conversion: Mapping[str, Any], attribute_value: Decimal | None) -> Fraction:
    ratio = Fraction(conversion["factor"])
    attribute = conversion["attribute"]
    if attribute is None:
        return ratio
    if attribute_value is None:
        raise InvalidInput.at(f"/specification/{attribute}", "is needed to convert the quantity", code="required")
    if attribute_value <= 0:
        raise InvalidInput.at(
            f"/specification/{attribute}", "must be positive", attribute_value, "above 0", "out-of-range"
        )
    return ratio * Fraction(attribute_value)


def _finite(result: Fraction, volume: Decimal, conversion: Mapping[str, Any]) -> Decimal:
    try:
        return _EXACT.divide(Decimal(result.numerator), Decimal(result.denominator))
    except Inexact:
        message = f"has no finite decimal in {conversion['code']}"
        raise InvalidInput.at("/volume", message, volume, "a quantity that divides exactly") from None
