"""What a sample market consists of, before it is put through the services."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class SampleSite:
    """A place of a sample organisation."""

    key: str
    name: str
    address: str
    region_code: str
    latitude_deg: Decimal | None
    longitude_deg: Decimal | None


@dataclass(frozen=True)
class SampleOrganisation:
    """An organisation made for the sample: marked as such, with a credit code valid in form."""

    credit_code: str
    name_zh: str
    name_latin: str
    kind: str
    sites: tuple[SampleSite, ...]
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleOrder:
    """One order in the order book's own terms; ``site`` is a SampleSite's key."""

    reference: str
    credit_code: str
    side: str
    site: str
    grade: str
    terms: dict[str, Any]


@dataclass(frozen=True)
class SampleIndex:
    """A price index with its monthly quotes (first of the month -> CNY per unit)."""

    index_id: str
    name_zh: str
    name_en: str
    source: str
    tax_rate: Decimal  # of the value-added tax that the quotes contain
    quotes: dict[str, Decimal]


@dataclass(frozen=True)
class SampleMarket:
    """Everything one sample round needs."""

    name: str
    title_zh: str
    title_en: str
    organisations: tuple[SampleOrganisation, ...]
    orders: tuple[SampleOrder, ...]
    grades: tuple[str, ...]
    calendar: tuple[str, ...]
    policy: dict[str, Any]
    freight: dict[str, Any]
    indices: tuple[SampleIndex, ...] = ()
    index_paths: dict[str, list[str]] = field(default_factory=dict)


def table(market: str, name: str) -> list[dict[str, str]]:
    """The rows of one of the market's small tables."""
    with (FOLDER / market / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def assumptions(market: str) -> dict[str, Any]:
    """The market's assumptions: value, unit and reason, by key."""
    with (FOLDER / market / "assumptions.toml").open("rb") as file:
        return tomllib.load(file)


def months_of(year: int) -> tuple[str, ...]:
    """The twelve months of a calendar year.

    >>> months_of(2027)[::11]
    ('2027-01', '2027-12')
    """
    return tuple(f"{year}-{month:02d}" for month in range(1, 13))


def spread_evenly(total: Decimal, months: tuple[str, ...], quantum: Decimal) -> dict[str, str]:
    """A yearly volume as equal monthly ones in whole quanta, what is left over in the first months.

    >>> spread_evenly(Decimal("0.0032"), months_of(2027)[:2], Decimal("0.001"))
    {'2027-01': '0.002', '2027-02': '0.001'}
    """
    quanta = int((total / quantum).to_integral_value())
    least, more = divmod(quanta, len(months))
    return {month: str(quantum * (least + (position < more))) for position, month in enumerate(months)}


def degrees(text: str) -> Decimal | None:
    """A coordinate, or None where the source has none."""
    return Decimal(text) if text else None
