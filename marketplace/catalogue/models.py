"""Commodities and grades as they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.catalogue.rules.units import UNITS, Unit
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class Commodity(db.Model):
    """A kind of goods of the chain, such as lithium carbonate."""

    __tablename__ = "commodities"

    id: Mapped[str] = mapped_column(primary_key=True)  # a slug: it stands in addresses and files
    name_zh: Mapped[str]
    name_en: Mapped[str]
    stage: Mapped[str] = mapped_column(index=True)
    maintained_by: Mapped[str]  # shipped, or operator once an operator has written it
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}


def unit_by_attribute(attributes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The unit that each attribute of a grade is stated in, by code."""
    return {attribute["code"]: attribute["unit"] for attribute in attributes}


class Grade(db.Model):
    """A commodity in one quality: what an order names."""

    __tablename__ = "grades"

    id: Mapped[str] = mapped_column(primary_key=True)  # a slug such as lithium-carbonate-battery
    commodity_id: Mapped[str] = mapped_column(sa.ForeignKey("commodities.id"), index=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    unit_code: Mapped[str] = mapped_column(sa.String(3))  # UN/CEFACT Recommendation 20
    quantum: Mapped[Decimal] = mapped_column(ExactDecimal)  # volumes are whole multiples of it
    hs_code: Mapped[str | None]
    standard: Mapped[str | None]
    source: Mapped[str]  # read, or common_knowledge: of the HS code and the standard
    note: Mapped[str | None]
    attributes: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    conversions: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    maintained_by: Mapped[str]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    commodity: Mapped[Commodity] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def unit(self) -> Unit:
        """The unit that its volumes are in."""
        return UNITS[self.unit_code]

    @property
    def attribute_codes(self) -> tuple[str, ...]:
        """What a specification of this grade may speak of."""
        return tuple(self.unit_by_attribute)

    @property
    def unit_by_attribute(self) -> dict[str, str]:
        """The unit that each of its attributes is stated in, by code."""
        return unit_by_attribute(self.attributes)
