"""Exports that are made in the background, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.contracts.models.contracts import Contract
from marketplace.contracts.rules.exports import EXPORT, Months, Wish
from marketplace.shared.database import Document, UtcDateTime, db
from marketplace.shared.errors import Fault


class Export(db.Model):
    """A file that a member asked for.

    ``token`` counts who has had it, ``leased_until`` says how long the last of them may be silent.  ``basis`` says what
    the organisation might read when the file was made: it is given out as long as that is so.
    """

    __tablename__ = "exports"
    __table_args__ = (sa.Index("ix_exports_organisation_id_member_id_id", "organisation_id", "member_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    member_id: Mapped[str]  # who asked, and alone may have it
    status: Mapped[str] = mapped_column(index=True, default=EXPORT.initial)
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
    faults: Mapped[list[dict[str, Any]] | None] = mapped_column(Document)  # why it was refused
    failure: Mapped[str | None]
    token: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_id: Mapped[str | None]  # of the call that asked, for the log
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    contract: Mapped[Contract | None] = relationship()

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        return Wish(self.what, self.form, self.contract_id, Months(self.from_month, self.to_month))

    @property
    def all_faults(self) -> list[Fault]:
        """Why it was refused."""
        return [Fault(**fault) for fault in self.faults or ()]

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = EXPORT.next(self.status, action)


class ExportPiece(db.Model):
    """A piece of such a file, in its order."""

    __tablename__ = "export_pieces"

    export_id: Mapped[str] = mapped_column(sa.ForeignKey("exports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes]  # zlib

    export: Mapped[Export] = relationship()
