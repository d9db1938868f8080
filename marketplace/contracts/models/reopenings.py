"""Contracts whose price is negotiated anew, as they are stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import ContractVersion
from marketplace.contracts.rules.reopener import Trigger
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class ContractReopening(db.Model):
    """One episode in which an index moved so far that a re-opener was triggered; never changed."""

    __tablename__ = "contract_reopenings"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["contract_id", "version"], ["contract_versions.contract_id", "contract_versions.number"]
        ),
    )

    contract_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # 1, 2, ... of the contract
    version: Mapped[int]  # that was in force when it was triggered
    months: Mapped[list[str]] = mapped_column(Document)  # that triggered it
    reference: Mapped[Decimal] = mapped_column(ExactDecimal)  # what the level is measured from
    level: Mapped[Decimal] = mapped_column(ExactDecimal)  # the months' mean: rules.reopener
    result_if_none: Mapped[str]  # unchanged, index, terminate
    negotiate_until: Mapped[datetime] = mapped_column(UtcDateTime)
    triggered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    of_version: Mapped[ContractVersion] = relationship()

    @property
    def trigger(self) -> Trigger:
        """What triggered it, as the rules see it."""
        return Trigger(tuple(self.months), self.reference, self.level)
