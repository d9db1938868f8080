"""Terms that no clearing honours yet.  A draft stores them; opening an order with one is refused by name.

Patterns are JSON pointers into an order's terms; ``*`` stands for one month, position or name.
The solver keeps the same list; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace.orders.rules.fields import step_of
from marketplace.shared.errors import Fault

NOT_YET_CLEARED: tuple[str, ...] = ()

# A value that says no more than the term's absence would is cleared all the same.
SAME_AS_ABSENT: dict[str, Any] = {}


def uncleared_terms(terms: Mapping[str, Any]) -> tuple[str, ...]:
    """Pointers of the terms in a document that this version does not clear.

    >>> uncleared_terms({"lot": "5", "alternates": [{"grade": "nickel-sulfate", "ratio": "1"}]})
    ()
    """
    found = []
    for pattern in NOT_YET_CLEARED:
        absent = SAME_AS_ABSENT.get(pattern)
        found += [at for at, value in _matches(terms, pattern.split("/")[1:], "") if value != absent]
    return tuple(found)


def uncleared_faults(terms: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The same as faults, for the one who wants to open the order."""
    message = "this term is stored, and not cleared in this version: leave it out to open the order"
    return tuple(Fault(at, message, None, "left out", "term-not-cleared-yet") for at in uncleared_terms(terms))


def _matches(value: Any, steps: list[str], at: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield at, value
        return
    first, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        for name in sorted(value) if first == "*" else [first] if first in value else []:
            yield from _matches(value[name], rest, at + step_of(name))
    elif isinstance(value, list) and first == "*":
        for position, item in enumerate(value):
            yield from _matches(item, rest, f"{at}/{position}")
