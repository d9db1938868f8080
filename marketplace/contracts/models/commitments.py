"""What contracts may call from where, month by month, as it is stored."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import Contract
from marketplace.shared.database import ExactDecimal, db


class SupplyPlace(db.Model):
    """Where goods of one grade come from; its row is what contracts that draw on it wait for."""

    __tablename__ = "supply_places"

    place: Mapped[str] = mapped_column(primary_key=True)  # rules.deliverability.place_name
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), primary_key=True)


class Commitment(db.Model):
    """The greatest volume that may be called under a contract in a month; rewritten with each version in force."""

    __tablename__ = "commitments"
    __table_args__ = (sa.Index("ix_commitments_place_grade_id_month", "place", "grade_id", "month"),)

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    place: Mapped[str]
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"))
    volume: Mapped[Decimal] = mapped_column(ExactDecimal)  # in the grade's unit

    contract: Mapped[Contract] = relationship()
