"""Notices that parties of a contract give each other, as they are stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import Contract
from marketplace.contracts.rules.notices import NOTICE
from marketplace.shared.database import UtcDateTime, db


class ContractNotice(db.Model):
    """One notice: what one party announces to the other, on which ground, and what became of it."""

    __tablename__ = "contract_notices"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    member_id: Mapped[str]
    kind: Mapped[str]  # suspension, resumption, termination
    ground: Mapped[str]  # agreed, force_majeure, breach
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default=NOTICE.initial)
    effective_from: Mapped[datetime | None] = mapped_column(UtcDateTime)  # without the other's consent; None: by it
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # took effect, refused, withdrawn

    contract: Mapped[Contract] = relationship()

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = NOTICE.next(self.status, action)
