"""What the document says beside the terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.contracts.rules.document.wording import Text

Row = tuple[Text, Text]  # what is stated, and its value


@dataclass(frozen=True)
class Side:
    """One party as the document names it, and the place that its goods leave or reach."""

    name_zh: str
    name_latin: str
    credit_code: str
    site: str
    address: str


@dataclass(frozen=True)
class PartyChange:
    """One party in the place of another, by which version and from which month on (rules.novation)."""

    version: int
    side: str  # seller, buyer
    leaving: Side
    incoming: Side
    from_month: str
    ground: str
    court_reference: str | None
    collars: Sequence[Mapping[str, str]] = ()  # period, floor, cap: of months that a re-opener had moved
    collars_on: str | None = None  # the day in Beijing on which they stood so


@dataclass(frozen=True)
class Facts:
    """What the document says beside the terms."""

    number: str
    version: int
    concluded_on: str  # 2026-12-11, in Beijing
    seller: Side
    buyer: Side
    grade_zh: str
    grade_en: str
    standard: str | None
    unit: str  # t, as it is written behind an amount
    attribute_units: Mapping[str, str]
    terms_hash: str
    code: str  # rules.document.verification_code
    novations: Sequence[PartyChange] = ()  # up to this version, the first one first
