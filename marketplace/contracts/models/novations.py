"""Parties that are to change, and those that have left, as they are stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation, Site
from marketplace.contracts.models.contracts import Contract, ContractVersion
from marketplace.contracts.rules.novation import Former
from marketplace.shared.database import UtcDateTime, db


class ContractNovation(db.Model):
    """What a version whose origin is a novation is about: who takes whose place, from when, from or to which place."""

    __tablename__ = "contract_novations"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["contract_id", "number"], ["contract_versions.contract_id", "contract_versions.number"]
        ),
    )

    contract_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[str]  # seller, buyer
    leaving_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    incoming_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    from_month: Mapped[str] = mapped_column(sa.String(7))
    ground: Mapped[str]  # insolvency, reorganisation, agreed
    court_reference: Mapped[str | None]  # of an insolvency: the court's decision
    days_end: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of an insolvency: to object; None: consent needed
    site_id: Mapped[str | None] = mapped_column(sa.ForeignKey("sites.id"))  # named by the incoming party
    capacity_stated: Mapped[bool | None]  # of an incoming seller's place, when it was named

    version: Mapped[ContractVersion] = relationship()
    leaving: Mapped[Organisation] = relationship(foreign_keys=[leaving_id])
    incoming: Mapped[Organisation] = relationship(foreign_keys=[incoming_id])
    site: Mapped[Site | None] = relationship()

    @property
    def parties(self) -> dict[str, str]:
        """By role (rules.novation.ROLES) those two whom the contract itself does not name together."""
        return {"leaving": self.leaving_id, "incoming": self.incoming_id}


class FormerParty(db.Model):
    """Who has left a contract by which version, and the last month that it still delivers, takes and pays for."""

    __tablename__ = "former_parties"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # of the novation's version
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    side: Mapped[str]
    until: Mapped[str] = mapped_column(sa.String(7))
    left_at: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()

    @property
    def former(self) -> Former:
        """As the rules know it."""
        return Former(self.number, self.organisation_id, self.until)
