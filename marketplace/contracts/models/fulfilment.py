"""What parties report of their contracts' months, and what was judged of it, as it is stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import Contract
from marketplace.shared.database import ExactDecimal, UtcDateTime, db


class FulfilmentReport(db.Model):
    """What one party says was called and delivered in a month; its last one counts, none is changed."""

    __tablename__ = "fulfilment_reports"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    called: Mapped[Decimal] = mapped_column(ExactDecimal)  # in the grade's unit
    delivered: Mapped[Decimal] = mapped_column(ExactDecimal)
    member_id: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()


class FulfilmentReminder(db.Model):
    """A party was reminded that a month is still to be reported; once each."""

    __tablename__ = "fulfilment_reminders"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()


class FulfilmentJudgement(db.Model):
    """How much of a month, quarter or year a party fulfilled; made once, when its days are over."""

    __tablename__ = "fulfilment_judgements"
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "span", "party", "organisation_id"),  # a novation parts a quarter
        sa.Index("ix_fulfilment_judgements_judged_at_id", "judged_at", "id"),
        sa.Index("ix_fulfilment_judgements_organisation_id_judged_at_id", "organisation_id", "judged_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"))
    span: Mapped[str]  # 2027-01, 2027-Q1, 2027
    party: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))  # that the party was then
    per: Mapped[str]  # period, quarter, year
    due: Mapped[Decimal] = mapped_column(ExactDecimal)  # in the grade's unit
    done: Mapped[Decimal] = mapped_column(ExactDecimal)
    due_cny: Mapped[Decimal] = mapped_column(ExactDecimal)  # at the month's reference price: weighs grades in a ranking
    done_cny: Mapped[Decimal] = mapped_column(ExactDecimal)
    least: Mapped[Decimal] = mapped_column(ExactDecimal)  # part that had to be fulfilled
    met: Mapped[bool]
    basis: Mapped[str]  # rules.fulfilment.BASES
    judged_at: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()
