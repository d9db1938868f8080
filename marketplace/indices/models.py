"""Indices and their quotes as they are stored."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.indices.rules.definitions import Definition, is_withheld
from marketplace.shared.database import ExactDecimal, UtcDateTime, db


class PriceIndex(db.Model):
    """A price that contracts may follow."""

    __tablename__ = "price_indices"

    id: Mapped[str] = mapped_column(primary_key=True)  # a code such as LC-CN: formulas name it
    name_zh: Mapped[str]
    name_en: Mapped[str]
    unit_code: Mapped[str] = mapped_column(sa.String(3))  # UN/CEFACT Recommendation 20
    currency: Mapped[str] = mapped_column(sa.String(3))  # ISO 4217
    source: Mapped[str]
    frequency: Mapped[str]
    tax_basis: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(ExactDecimal)
    rounding: Mapped[Decimal] = mapped_column(ExactDecimal)  # step of the monthly mean
    contributors: Mapped[int | None]
    largest_share: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    dominance_limit: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    fallback_id: Mapped[str | None] = mapped_column(sa.ForeignKey("price_indices.id"))
    fallback_max_age_days: Mapped[int]
    divergence_limit: Mapped[Decimal | None] = mapped_column(ExactDecimal)  # fraction of the fallback's value
    divergence_days: Mapped[int | None]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}

    @property
    def definition(self) -> Definition:
        """The index as the rules see it."""
        return Definition(**{field.name: getattr(self, field.name) for field in fields(Definition)})

    @property
    def withheld(self) -> bool:
        """Whether only operators may see its quotes, and no contract may be priced by it."""
        return is_withheld(self.definition)


class IndexQuote(db.Model):
    """What an index was on a day.  A correction is a further vintage; none is ever changed."""

    __tablename__ = "index_quotes"
    __table_args__ = (sa.UniqueConstraint("index_id", "basis", "day", "vintage"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    index_id: Mapped[str] = mapped_column(sa.ForeignKey("price_indices.id"))
    basis: Mapped[str] = mapped_column(default="mean")  # which series of the index: rules.quotes.BASES
    day: Mapped[date]
    vintage: Mapped[int]  # 1, 2, ...; the greatest holds
    value: Mapped[Decimal] = mapped_column(ExactDecimal)  # in the index's currency per unit
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IndexRebasing(db.Model):
    """A change of an index's base: values quoted from a day on times a factor are on the base before.

    A correction is a further vintage; none is ever changed.
    """

    __tablename__ = "index_rebasings"

    index_id: Mapped[str] = mapped_column(sa.ForeignKey("price_indices.id"), primary_key=True)
    from_day: Mapped[date] = mapped_column(primary_key=True)
    vintage: Mapped[int] = mapped_column(primary_key=True)  # 1, 2, ...; the greatest holds
    factor: Mapped[Decimal] = mapped_column(ExactDecimal)
    source: Mapped[str]  # where the publisher says so
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    index: Mapped[PriceIndex] = relationship()
