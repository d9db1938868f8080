"""Certificates as they are stored."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.evidence.rules.certificates import LIVE
from marketplace.evidence.rules.kinds import KINDS, CertificateKind
from marketplace.shared.database import Document, UtcDateTime, db


class Certificate(db.Model):
    """One document that an organisation has declared.  It never changes: a correction is a new declaration."""

    __tablename__ = "certificates"
    __table_args__ = (sa.Index("ix_certificates_organisation_id_created_at_id", "organisation_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    code: Mapped[str]  # of marketplace.evidence.rules.kinds
    number: Mapped[str]
    issuer: Mapped[str]
    grades: Mapped[list[str]] = mapped_column(Document, default=list)  # grade ids; empty: all
    sites: Mapped[list[str]] = mapped_column(Document, default=list)  # the organisation's site ids; empty: all
    valid_from: Mapped[date]
    valid_to: Mapped[date]  # inclusive
    status: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str | None]  # why an operator refused or revoked it
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None]  # member id
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}

    @property
    def kind(self) -> CertificateKind:
        """What its code stands for."""
        return KINDS[self.code]


_live = Certificate.status.in_(LIVE)
sa.Index(
    "uq_certificates_live",
    Certificate.organisation_id,
    Certificate.code,
    Certificate.number,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)
