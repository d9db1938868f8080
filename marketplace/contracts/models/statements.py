"""Payments, statements of what is owed, and who confirmed them, as they are stored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import Contract
from marketplace.contracts.rules.lifecycle import STATEMENT
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class ContractPayment(db.Model):
    """Money that the seller says it received, or paid back if negative; never changed."""

    __tablename__ = "contract_payments"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # prepayment, deposit, settlement
    month: Mapped[str | None] = mapped_column(sa.String(7))  # that a prepayment is for; of a settlement its statement's
    amount: Mapped[Decimal] = mapped_column(ExactDecimal)  # CNY
    paid_on: Mapped[date]
    reference: Mapped[str]  # of the bank
    member_id: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()


class ContractStatement(db.Model):
    """What is owed for a month, provisionally or finally, or what a correction of one or more months comes to.

    ``document`` holds every figure (rules.settlement.documents); ``hash`` is of it, and confirmations name it.
    """

    __tablename__ = "contract_statements"
    __table_args__ = (sa.Index("ix_contract_statements_contract_id_month", "contract_id", "month"),)

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # provisional, final, correction
    month: Mapped[str] = mapped_column(sa.String(7))  # of a correction the first month that it corrects
    status: Mapped[str] = mapped_column(default=STATEMENT.initial)
    payable: Mapped[Decimal] = mapped_column(ExactDecimal)  # CNY with tax, by the buyer; by the seller if negative
    document: Mapped[dict[str, Any]] = mapped_column(Document)
    hash: Mapped[str]
    author_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    reason: Mapped[str | None]  # of a correction; of an objection once there is one
    member_id: Mapped[str]
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by_id: Mapped[str | None]  # the member of the other party
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # confirmed, disputed or replaced

    contract: Mapped[Contract] = relationship()

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = STATEMENT.next(self.status, action)
