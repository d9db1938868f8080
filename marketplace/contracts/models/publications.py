"""What parties consent to publish of their contracts, as it is stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.contracts.models.contracts import Contract
from marketplace.shared.database import UtcDateTime, db


class PublicationConsent(db.Model):
    """What one organisation consents to now; what it consented to before stands in its audit trail."""

    __tablename__ = "publication_consents"

    contract_id: Mapped[str] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    contract: Mapped[bool]  # that it is published at all
    volume: Mapped[bool]
    value: Mapped[bool]
    fulfilment: Mapped[bool]
    withdrawals: Mapped[int] = mapped_column(default=0)  # how often something that it had consented to was taken back
    member_id: Mapped[str]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    of: Mapped[Contract] = relationship()
