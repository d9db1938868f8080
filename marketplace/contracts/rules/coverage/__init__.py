"""How far a side's months are covered: what is signed, what is proposed, what is open; no volume counts twice."""

from marketplace.contracts.rules.coverage.capacity import (
    MonthCapacity,
    PlaceCapacity,
    capacity_by_month,
    drawn_by_month,
)
from marketplace.contracts.rules.coverage.months import MONTHS_COVERED, added, months_from
from marketplace.contracts.rules.coverage.parts import (
    MonthCoverage,
    OpenByMonth,
    OpenMonth,
    covered,
    open_by_month,
    together,
)
from marketplace.contracts.rules.coverage.promised import SIDES, CoveredSide, Promise, volumes_for

__all__ = [
    "MONTHS_COVERED",
    "SIDES",
    "CoveredSide",
    "MonthCapacity",
    "MonthCoverage",
    "OpenByMonth",
    "OpenMonth",
    "PlaceCapacity",
    "Promise",
    "added",
    "capacity_by_month",
    "covered",
    "drawn_by_month",
    "months_from",
    "open_by_month",
    "together",
    "volumes_for",
]
