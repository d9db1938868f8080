"""What contracts come to along one path: each month at its price, and sums of what each month was rounded to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.contracts.rules.amounts import Range, total
from marketplace.contracts.rules.exposure.paths import Path
from marketplace.contracts.rules.exposure.pricing import priced, quoted_otherwise
from marketplace.shared.quantities import to_cent

ZERO = Decimal(0)


@dataclass(frozen=True)
class MonthToPrice:
    """A month of delivery: by which terms, and what a re-opener has multiplied its floor and cap by."""

    period: Mapping[str, Any]  # of the terms
    terms: Mapping[str, Any]  # of the version that holds for the month
    collar_factor: Fraction = Fraction(1)


@dataclass(frozen=True)
class ContractToPrice:
    """A contract, and those of its months that are asked about: at least one."""

    id: str
    number: str
    status: str
    grade_id: str  # as it is delivered
    months: tuple[MonthToPrice, ...]

    @property
    def unit_code(self) -> str:
        """What volumes are stated in."""
        code: str = self.months[0].terms["unit_code"]
        return code

    @property
    def as_monthly_mean(self) -> bool:
        """Whether a month settles otherwise than by the mean of a month, which is what a path states."""
        return any(quoted_otherwise(each.terms) for each in self.months)


@dataclass(frozen=True)
class Sum:
    """What several months come to, CNY, tax exclusive, at the seller's place."""

    value: Range  # at least, expected and greatest volume of each month
    reference_value: Decimal  # the expected volume at the reference price

    @property
    def difference(self) -> Decimal:
        """How much more the expected volume costs, or earns, than at the reference price."""
        return self.value.expected - self.reference_value

    @classmethod
    def of(cls, parts: Iterable[Sum | MonthExposure]) -> Sum:
        """Several together."""
        listed = list(parts)
        return cls(total([each.value for each in listed]), sum((each.reference_value for each in listed), ZERO))


@dataclass(frozen=True)
class MonthExposure:
    """A contract in a month.  Prices CNY per unit, values CNY, each rounded half up to 0.01."""

    period: str
    volume: Range
    price: Decimal
    limited_by: str | None  # floor, cap
    reference: Decimal
    value: Range
    reference_value: Decimal

    @property
    def price_difference(self) -> Decimal:
        """How much the price lies above the reference price."""
        return self.price - self.reference

    @property
    def difference(self) -> Decimal:
        """How much more the expected volume costs, or earns, than at the reference price."""
        return self.value.expected - self.reference_value


@dataclass(frozen=True)
class ContractExposure:
    """A contract along a path."""

    contract: ContractToPrice
    months: list[MonthExposure]
    total: Sum


@dataclass(frozen=True)
class PathExposure:
    """All contracts along a path."""

    path: Path
    contracts: list[ContractExposure]
    by_month: dict[str, Sum]
    by_grade: dict[str, Sum]
    total: Sum


def exposed(contracts: Sequence[ContractToPrice], months: Sequence[str], path: Path) -> PathExposure:
    """What contracts come to along a path that states every price they need.

    Each month stands by itself: what an option leaves open over a quarter or a year is not set off between months.
    """
    found = []
    by_month: dict[str, list[MonthExposure]] = {month: [] for month in months}
    by_grade: dict[str, list[Sum]] = {}
    for contract in contracts:
        of_months = [_month(each, path) for each in contract.months]
        exposure = ContractExposure(contract, of_months, Sum.of(of_months))
        found.append(exposure)
        by_grade.setdefault(contract.grade_id, []).append(exposure.total)
        for each in of_months:
            by_month[each.period].append(each)
    return PathExposure(
        path,
        found,
        {month: Sum.of(parts) for month, parts in by_month.items()},
        {grade_id: Sum.of(by_grade[grade_id]) for grade_id in sorted(by_grade)},
        Sum.of(each.total for each in found),
    )


def _month(month: MonthToPrice, path: Path) -> MonthExposure:
    period = month.period
    found = priced(month.terms, period["period"], path.prices, collar_factor=month.collar_factor)
    volume = Range(*(Decimal(period["volume"][name]) for name in ("minimum", "expected", "maximum")))
    reference = Decimal(period["reference"])
    value = Range(*(to_cent(each * found.price) for each in (volume.minimum, volume.expected, volume.maximum)))
    reference_value = to_cent(volume.expected * reference)
    return MonthExposure(period["period"], volume, found.price, found.limited_by, reference, value, reference_value)
