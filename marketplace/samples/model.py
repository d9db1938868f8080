"""What a sample market consists of, before it is put through the services."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from marketplace.indices.rules.definitions import Definition
from marketplace.shared.months import first_day, last_day

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
class SampleCertificate:
    """A certificate that a sample organisation holds, for some grades and sites (their keys) or for all."""

    code: str
    valid_from: date
    valid_to: date
    grades: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleOrganisation:
    """An organisation made for the sample: marked as such, with a credit code valid in form."""

    credit_code: str
    name_zh: str
    name_latin: str
    kind: str
    sites: tuple[SampleSite, ...]
    certificates: tuple[SampleCertificate, ...] = ()
    group_parent: str | None = None  # credit code
    small: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SampleOrder:
    """One order in the order book's own terms, but that they name sites by their SampleSite's key, as ``site`` does."""

    reference: str
    credit_code: str
    side: str
    site: str
    grade: str
    terms: dict[str, Any]


@dataclass(frozen=True)
class SampleIndex:
    """A price index in CNY per tonne with its monthly quotes (month -> CNY per tonne)."""

    index_id: str
    name_zh: str
    name_en: str
    source: str
    tax_rate: Decimal | None = None  # of the value-added tax that the quotes contain; None: not stated
    quotes: dict[str, Decimal] = field(default_factory=dict)

    @property
    def definition(self) -> Definition:
        """The index as it is defined where there is none of that name yet."""
        return Definition(
            id=self.index_id,
            name_zh=self.name_zh,
            name_en=self.name_en,
            unit_code="TNE",
            currency="CNY",
            source=self.source,
            frequency="monthly",
            tax_basis="exclusive" if self.tax_rate is None else "inclusive",
            tax_rate=self.tax_rate or Decimal(0),
            rounding=Decimal(1),
        )


@dataclass(frozen=True)
class SampleMarket:
    """Everything one sample round needs; lanes of its freight may name sites by their key."""

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
    index_paths: Any = field(default_factory=dict)  # rounds.rules.paths: one path by index, or several


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


def held_through(codes: Iterable[str], months: tuple[str, ...]) -> tuple[SampleCertificate, ...]:
    """Certificates valid from a year before the first month to a year after the last."""
    year = timedelta(days=366)
    begin, end = first_day(months[0]) - year, last_day(months[-1]) + year
    return tuple(SampleCertificate(code, begin, end) for code in codes)


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
