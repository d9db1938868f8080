"""What is called, shipped, received and certified under a contract, as it is stored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import Contract
from marketplace.contracts.rules.deliveries.shipments import REJECTION, SHIPMENT
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class CallOff(db.Model):
    """The buyer calls another volume for a month than the agreed one; the last of a month stands, none is changed."""

    __tablename__ = "call_offs"
    __table_args__ = (sa.Index("ix_call_offs_contract_id_month", "contract_id", "month"),)

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7))
    volume: Mapped[Decimal] = mapped_column(ExactDecimal)  # in the grade's unit
    version_number: Mapped[int]  # of the contract, under whose band it was called
    member_id: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()


class Shipment(db.Model):
    """One lot on its way, as its seller announced it, and what the buyer found of it."""

    __tablename__ = "shipments"
    __table_args__ = (
        sa.Index("ix_shipments_contract_id_month", "contract_id", "month"),
        sa.ForeignKeyConstraint(["contract_id", "replaces"], ["shipments.contract_id", "shipments.number"]),
    )

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7))  # of whose call it is
    lot: Mapped[str]
    volume: Mapped[Decimal] = mapped_column(ExactDecimal)  # as weighed by the seller, in the grade's unit
    shipped_on: Mapped[date]
    carrier: Mapped[str]
    waybill: Mapped[str]
    replaces: Mapped[int | None]  # the shipment whose rejected volume it makes good
    status: Mapped[str] = mapped_column(default=SHIPMENT.initial)
    announced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_on: Mapped[date | None]
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the buyer said so
    weighed: Mapped[Decimal | None] = mapped_column(ExactDecimal)  # by the buyer
    counted: Mapped[Decimal | None] = mapped_column(ExactDecimal)  # what of both weights counts
    rejected: Mapped[Decimal] = mapped_column(ExactDecimal, default=Decimal(0))
    rejection: Mapped[str] = mapped_column(default=REJECTION.initial)

    contract: Mapped[Contract] = relationship()

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = SHIPMENT.next(self.status, action)

    def take_rejection(self, action: str) -> None:
        """One step of its rejection's lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.rejection = REJECTION.next(self.rejection, action)


class ShipmentEntry(db.Model):
    """What a party said of a shipment after it was announced, in the order said; never changed."""

    __tablename__ = "shipment_entries"
    __table_args__ = (
        sa.ForeignKeyConstraint(["contract_id", "shipment_number"], ["shipments.contract_id", "shipments.number"]),
    )

    contract_id: Mapped[str] = mapped_column(primary_key=True)
    shipment_number: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    party: Mapped[str]  # seller, buyer
    action: Mapped[str]  # receive, cancel, reject, contest, concede, lower
    rejected: Mapped[Decimal] = mapped_column(ExactDecimal)  # the volume that stands rejected after it
    reason: Mapped[str | None]
    member_id: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    shipment: Mapped[Shipment] = relationship()


class LotCertificate(db.Model):
    """The analysis of a lot; a later one of the same lot takes its place, and both are kept."""

    __tablename__ = "lot_certificates"
    __table_args__ = (sa.Index("ix_lot_certificates_contract_id_lot", "contract_id", "lot"),)

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    lot: Mapped[str]
    assays: Mapped[dict[str, str]] = mapped_column(Document)  # by attribute, in its unit
    outside: Mapped[list[str]] = mapped_column(Document)  # attributes beyond what the contract guarantees
    laboratory: Mapped[str]
    issued_on: Mapped[date]
    document_hash: Mapped[str | None]  # of the certificate as the laboratory issued it
    author_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    member_id: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()
