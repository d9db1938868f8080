"""What happens to a contract, as far as the public may be told, and how the standard names it.

The standard has no word for a suspended contract, nor apart for a completed one: ``active`` and ``terminated`` stand
for them, and the description says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "concluded", "in_force", "amended", "suspended", "resumed", "terminated", "completed", "withdrawn", "judged"
]

# Of each kind of event: its release tags, the contract's status after it, and our own (None: as before).
TAGS: dict[Kind, tuple[tuple[str, ...], str | None, str | None]] = {
    "concluded": (("tender", "award", "contract"), "pending", "awaiting_confirmation"),
    "in_force": (("contractUpdate",), "active", "in_force"),
    "amended": (("contractAmendment",), None, None),
    "suspended": (("contractUpdate",), "active", "suspended"),
    "resumed": (("contractUpdate",), "active", "in_force"),
    "terminated": (("contractTermination",), "terminated", "terminated"),
    "completed": (("contractTermination",), "terminated", "completed"),
    "withdrawn": (("awardCancellation", "contractUpdate"), "cancelled", "withdrawn"),
    "judged": (("implementationUpdate",), None, None),
}

# Our own statuses in words: Chinese, English.
WORDS: dict[str, tuple[str, str]] = {
    "awaiting_confirmation": ("已成立，待双方确认", "Concluded; both parties have yet to confirm it"),
    "in_force": ("已生效，履行中", "In force"),
    "suspended": ("中止履行", "In force, its performance suspended"),
    "terminated": ("已提前解除", "Ended before its term was over"),
    "completed": ("已履行期满", "Has run its term"),
    "withdrawn": ("逾期未获双方确认，已撤销", "Withdrawn: not confirmed by both parties in time"),
}


@dataclass(frozen=True)
class Judged:
    """How a month was fulfilled, by both parties."""

    month: str
    met: bool  # each party fulfilled the part of it that its round lays down
    delivered: bool  # anything


@dataclass(frozen=True)
class Event:
    """One of them.  ``terms`` and ``facts``: of the version that a conclusion or an amendment puts in force."""

    kind: Kind
    moment: datetime
    number: int = 1  # of that version
    terms: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    judged: tuple[Judged, ...] = ()  # the months that were judged at that moment


@dataclass(frozen=True)
class Goods:
    """The goods of a contract: codes that do not change with its versions."""

    grade_id: str
    hs_code: str | None  # 2836.91
    unit_code: str  # UN/CEFACT Recommendation 20
    unit_zh: str
