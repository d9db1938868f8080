"""What an amendment may not touch: months that have begun, and those of a party that has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.shared.errors import Fault

FIXED = ("reference", "floor", "cap")


def begun_months_faults(
    before: Mapping[str, Any], after: Mapping[str, Any], present: str, held: str = ""
) -> Iterator[Fault]:
    """A fault for every month up to the present one, or up to the last of a former party, that would change or vanish.

    ``held``: that last month (rules.novation.held_until).

    >>> volume = {"expected": "1"}
    >>> one = {"periods": [{"period": "2027-01", "volume": volume, "reference": "1", "floor": "1", "cap": "1"}]}
    >>> [fault.pointer for fault in begun_months_faults(one, {"periods": []}, "2027-01")]
    ['/periods']
    >>> list(begun_months_faults(one, {"periods": []}, "2026-12"))
    []
    >>> [fault.message for fault in begun_months_faults(one, {"periods": []}, "2026-12", "2027-02")]
    ['2027-01 stays with the party that left and cannot change']
    """
    was, will = ({each["period"]: each for each in terms["periods"]} for terms in (before, after))
    for month in sorted(was.keys() | will.keys()):
        if month > max(present, held):
            continue
        one, other = was.get(month), will.get(month)
        if one is None or other is None or _agreed(one) != _agreed(other):
            why = "has begun" if month <= present else "stays with the party that left"
            limit = f"months after {max(present, held)}"
            yield Fault("/periods", f"{month} {why} and cannot change", month, limit, "past")


def _agreed(period: Mapping[str, Any]) -> list[str]:
    """What was agreed of a month; the ends of its band follow from options and from the other months of their span."""
    return [period["volume"]["expected"], *(period[name] for name in FIXED)]
