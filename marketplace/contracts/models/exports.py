"""Exports that are made in the background, as they are stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.errands import Errand
from marketplace.accounts.models import Organisation
from marketplace.contracts.models.contracts import Contract
from marketplace.contracts.rules.exports import EXPORT, Months, Wish
from marketplace.shared.database import UtcDateTime, db


class Export(Errand, db.Model):
    """A file that a member asked for, and alone may have.

    ``basis`` says what the organisation might read when the file was made: it is given out as long as that is so.
    """

    __tablename__ = "exports"
    __table_args__ = (sa.Index("ix_exports_organisation_id_member_id_id", "organisation_id", "member_id", "id"),)
    lifecycle, SINCE, PROGRESS = EXPORT, "asked_at", "rows"

    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    what: Mapped[str]
    form: Mapped[str]
    contract_id: Mapped[str | None] = mapped_column(sa.ForeignKey("contracts.id"))  # None: all of one's own
    from_month: Mapped[str | None] = mapped_column(sa.String(7))
    to_month: Mapped[str | None] = mapped_column(sa.String(7))
    rows: Mapped[int] = mapped_column(default=0)  # so far
    name: Mapped[str | None]  # of the file
    size_bytes: Mapped[int | None]
    sha256: Mapped[str | None]
    basis: Mapped[str | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    contract: Mapped[Contract | None] = relationship()

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        return Wish(self.what, self.form, self.contract_id, Months(self.from_month, self.to_month))


class ExportPiece(db.Model):
    """A piece of such a file, in its order."""

    __tablename__ = "export_pieces"

    export_id: Mapped[str] = mapped_column(sa.ForeignKey("exports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes]  # zlib

    export: Mapped[Export] = relationship()
