"""What an amendment may not touch: months that have begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.shared.errors import Fault

FIXED = ("volume", "reference", "floor", "cap")


def begun_months_faults(before: Mapping[str, Any], after: Mapping[str, Any], present: str) -> Iterator[Fault]:
    """A fault for every month up to the present one that would change or vanish.

    >>> one = {"periods": [{"period": "2027-01", "volume": "1", "reference": "1", "floor": "1", "cap": "1"}]}
    >>> [fault.pointer for fault in begun_months_faults(one, {"periods": []}, "2027-01")]
    ['/periods']
    >>> list(begun_months_faults(one, {"periods": []}, "2026-12"))
    []
    """
    was, will = ({each["period"]: each for each in terms["periods"]} for terms in (before, after))
    for month in sorted(was.keys() | will.keys()):
        if month > present:
            continue
        one, other = was.get(month), will.get(month)
        if one is None or other is None or any(one[name] != other[name] for name in FIXED):
            message = f"{month} has begun and cannot change"
            yield Fault("/periods", message, month, f"months after {present}", "past")
