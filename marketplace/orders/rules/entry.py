"""The one form in which an order is entered, whatever way it comes: its head, and the terms beside it.

``{"side": "offer", "grade": "lithium-carbonate-battery", "site": "sit_…", "volumes": {"2027-01": "120"}, …}``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.limits import LONGEST_NAME, LONGEST_REFERENCE
from marketplace.shared.errors import Fault

HEAD = ("side", "grade", "site", "unit", "external_reference")


@dataclass(frozen=True)
class Entry:
    """An order's head as it was entered; None where it was absent or wrong.  ``terms`` are unread yet."""

    side: Side | None
    grade: str | None
    site: str | None
    unit: str | None  # only compared with the grade's: a wrong unit is an error, not a conversion
    external_reference: str | None
    terms: dict[str, Any]


def read_entry(given: Any) -> tuple[Entry, list[Fault]]:
    """The head of an entered order, and what is wrong with it."""
    faults: list[Fault] = []
    document: Mapping[str, Any] = given if isinstance(given, dict) else {}
    head = Fields({name: document[name] for name in HEAD if name in document}, "", faults)
    if not isinstance(given, dict):
        faults.append(Fault("", "must be an object", str(given)[:80], "{...}", "wrong-type"))
    else:
        head.require("side", "grade", "site")
    side = head.choice("side", tuple(Side))
    entry = Entry(
        side=None if side is None else Side(side),
        grade=head.text("grade", longest=LONGEST_NAME),
        site=head.text("site", longest=LONGEST_NAME),
        unit=head.text("unit", longest=3),
        external_reference=head.text("external_reference", longest=LONGEST_REFERENCE),
        terms={name: value for name, value in document.items() if name not in HEAD},
    )
    return entry, faults
