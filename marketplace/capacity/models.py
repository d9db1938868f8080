"""Production lines, their capacity statements and the consent to use them, as they are stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.shared.database import ExactDecimal, UtcDateTime, db


class ProductionLine(db.Model):
    """A line of an organisation that makes one grade at one of its sites."""

    __tablename__ = "production_lines"
    __table_args__ = (
        sa.UniqueConstraint("site_id", "name"),
        sa.Index("ix_production_lines_organisation_id_created_at_id", "organisation_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("sites.id"))
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), index=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}


class CapacityStatement(db.Model):
    """From a month on the line makes this much a month.  A restatement is a further vintage; none is ever changed."""

    __tablename__ = "capacity_statements"
    __table_args__ = (sa.UniqueConstraint("line_id", "kind", "from_month", "vintage"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(sa.ForeignKey("production_lines.id"))
    kind: Mapped[str]  # installed or staged
    from_month: Mapped[str] = mapped_column(sa.String(7))  # 2027-01
    vintage: Mapped[int]  # 1, 2, ...; the greatest holds
    volume_per_month: Mapped[Decimal] = mapped_column(ExactDecimal)  # in the grade's unit
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LineGrant(db.Model):
    """A producer's consent that another organisation offers what its line makes."""

    __tablename__ = "line_grants"
    __table_args__ = (sa.Index("ix_line_grants_line_id_created_at_id", "line_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    line_id: Mapped[str] = mapped_column(sa.ForeignKey("production_lines.id"))
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)  # who may offer
    status: Mapped[str]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}


_granted = LineGrant.status == "granted"
sa.Index(
    "uq_line_grants_granted",
    LineGrant.line_id,
    LineGrant.organisation_id,
    unique=True,
    sqlite_where=_granted,
    postgresql_where=_granted,
)
