"""Proposals as they are stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.contracts.rules.lifecycle import PROPOSAL
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class Proposal(db.Model):
    """A long-term contract proposed to one seller and one buyer; both see it once its round is published.

    What is searched for stands in columns; ``terms`` holds the proposal as both parties read it.
    """

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    match_id: Mapped[str] = mapped_column(sa.ForeignKey("round_matches.id"), unique=True)
    seller_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    offer_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    need_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), index=True)
    status: Mapped[str] = mapped_column(default=PROPOSAL.initial, index=True)
    expected_volume: Mapped[Decimal] = mapped_column(ExactDecimal)
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    seller: Mapped[Organisation] = relationship(foreign_keys=[seller_id])
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])

    __mapper_args__ = {"version_id_col": version}

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = PROPOSAL.next(self.status, action)
