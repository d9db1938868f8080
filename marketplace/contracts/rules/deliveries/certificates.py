"""What a certificate of analysis must hold, what of it lies outside the contract, and what a month's lots contain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.indices.rules.quotes import rounded
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import amount_text, read_amount

MOST_ASSAYS = 50
ASSAY_STEP = Decimal("0.000001")  # of a mean over lots, in the attribute's unit


def read_assays(given: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, str]:
    """The assays in their shortest form; ``units``: of the grade's attributes.

    Raises: InvalidInput with every attribute that the grade does not know, or whose value is none.

    >>> read_assays({"Li2CO3_pct": "99.620"}, {"Li2CO3_pct": "%"})
    {'Li2CO3_pct': '99.62'}
    """
    faults, read = [], {}
    if not 1 <= len(given) <= MOST_ASSAYS:
        faults.append(Fault("/assays", "has no or too many entries", len(given), f"1 to {MOST_ASSAYS}", "too-many"))
    for code, value in given.items():
        pointer = f"/assays/{code.replace('~', '~0').replace('/', '~1')}"
        if code not in units:
            known = ", ".join(units)
            faults.append(Fault(pointer, "is no attribute of the grade", code[:80], known, "unknown-reference"))
            continue
        try:
            amount = read_amount(value)
        except (ValueError, TypeError) as error:
            faults.append(Fault(pointer, str(error), value, "a decimal", "wrong-type"))
            continue
        if amount < 0:
            faults.append(Fault(pointer, "is below zero", amount, f"at least 0 {units[code]}", "below-limit"))
        elif code.endswith("_pct") and amount > 100:
            faults.append(Fault(pointer, "is more than the whole", amount, "at most 100 %", "above-limit"))
        read[code] = amount_text(amount)
    if faults:
        raise InvalidInput(faults)
    return read


def outside_specification(assays: Mapping[str, str], specification: Sequence[Mapping[str, Any]]) -> list[str]:
    """The attributes whose assay lies outside what the buyer accepts.

    >>> outside_specification({"Fe_ppm": "12"}, [{"attribute": "Fe_ppm", "at_least": None, "at_most": "10"}])
    ['Fe_ppm']
    """
    found = []
    for each in specification:
        assay = assays.get(each["attribute"])
        if assay is None:
            continue
        least, most = each.get("at_least"), each.get("at_most")
        below = least is not None and Decimal(assay) < Decimal(least)
        if below or (most is not None and Decimal(assay) > Decimal(most)):
            found.append(each["attribute"])
    return found


def mean_assays(lots: Iterable[tuple[Decimal, Mapping[str, str]]]) -> dict[str, Decimal]:
    """The assays of several lots together: means weighted by volume, half up to 0.000001.

    An attribute that one of the lots has no assay of is left out: a mean over the others would price goods that
    nobody has analysed.

    >>> mean_assays([(Decimal(30), {"Ni_pct": "15", "Co_pct": "5"}), (Decimal(10), {"Ni_pct": "19"})])
    {'Ni_pct': Decimal('16.000000')}
    """
    listed = [(volume, assays) for volume, assays in lots if volume > 0]
    whole = sum((volume for volume, _ in listed), Decimal(0))
    codes = [code for code in (listed[0][1] if listed else ()) if all(code in assays for _, assays in listed)]
    return {
        code: rounded(
            sum((Fraction(volume) * Fraction(assays[code]) for volume, assays in listed), Fraction(0))
            / Fraction(whole),
            ASSAY_STEP,
        )
        for code in codes
    }
