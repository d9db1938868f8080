"""Contracts, the versions of their terms and who confirmed which, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.contracts.rules.lifecycle import CONTRACT, VERSION
from marketplace.shared.database import Document, UtcDateTime, db


class Contract(db.Model):
    """What both parties agreed: made once of one proposal; its parties are those of the version in force.

    Whoever was a party before is a FormerParty, and still is the one for its months: queries.party_in_month.
    """

    __tablename__ = "contracts"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)  # as people write it
    proposal_id: Mapped[str] = mapped_column(sa.ForeignKey("proposals.id"), unique=True)
    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    seller_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), index=True)
    status: Mapped[str] = mapped_column(default=CONTRACT.initial, index=True)
    in_force: Mapped[int | None]  # number of the version that holds; None until both have confirmed the first
    confirm_by: Mapped[datetime] = mapped_column(UtcDateTime)  # the first version
    version: Mapped[int] = mapped_column()
    concluded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    seller: Mapped[Organisation] = relationship(foreign_keys=[seller_id])
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])

    __mapper_args__ = {"version_id_col": version}

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = CONTRACT.next(self.status, action)


class ContractVersion(db.Model):
    """The whole terms of a contract; a later version takes the place of an earlier one, which stays as it was."""

    __tablename__ = "contract_versions"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str]  # conclusion, amendment, novation
    status: Mapped[str] = mapped_column(default=VERSION.initial)
    author_id: Mapped[str | None]  # organisation that proposed it; None: the conclusion
    reason: Mapped[str | None]
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    terms_hash: Mapped[str]  # of the first that of the revision of the proposal that both accepted
    facts: Mapped[dict[str, Any]] = mapped_column(Document)  # names and places as they were: rules.document.Facts
    beyond_need: Mapped[dict[str, str] | None] = mapped_column(Document)  # of an amendment; the buyer's alone
    pdf: Mapped[bytes | None] = mapped_column(deferred=True)  # as it was first confirmed
    pdf_hash: Mapped[str | None]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    contract: Mapped[Contract] = relationship()

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = VERSION.next(self.status, action)


class ContractConfirmation(db.Model):
    """One party's electronic confirmation of one version: by whom, when, of which document; never changed."""

    __tablename__ = "contract_confirmations"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["contract_id", "number"], ["contract_versions.contract_id", "contract_versions.number"]
        ),
    )

    contract_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    member_id: Mapped[str]
    document_hash: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    confirmed: Mapped[ContractVersion] = relationship()
