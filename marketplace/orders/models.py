"""Orders, their revisions, files of them and their disclosures as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.errands import Errand
from marketplace.accounts.models import Organisation, Site
from marketplace.catalogue.models import Grade
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.lifecycle import UPLOAD
from marketplace.orders.rules.limits import LONGEST_REFERENCE
from marketplace.shared.database import Document, UtcDateTime, db

ALWAYS_FROM, ALWAYS_TO = date(2000, 1, 1), date(9999, 12, 31)  # where validity is left open


def validity_of(terms: Mapping[str, Any]) -> tuple[date, date]:
    """The first and the last day of an order with these terms."""
    stated = terms.get("validity", {})
    first, last = stated.get("valid_from"), stated.get("valid_to")
    return (
        ALWAYS_FROM if first is None else date.fromisoformat(first),
        ALWAYS_TO if last is None else date.fromisoformat(last),
    )


class Order(db.Model):
    """One offer or need: what is searched for in columns, its terms beside them as one document.

    ``valid_from`` and ``valid_to`` repeat the term ``validity`` for searching; ``put_terms`` keeps them equal.
    """

    __tablename__ = "orders"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "external_reference"),
        sa.Index("ix_orders_status_grade_id", "status", "grade_id"),
        sa.Index("ix_orders_organisation_id_created_at_id", "organisation_id", "created_at", "id"),
        sa.Index("ix_orders_organisation_id_valid_to_id", "organisation_id", "valid_to", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    side: Mapped[str]
    site_id: Mapped[str] = mapped_column(sa.ForeignKey("sites.id"), index=True)
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), index=True)
    status: Mapped[str]
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    external_reference: Mapped[str | None] = mapped_column(sa.String(LONGEST_REFERENCE))
    revision: Mapped[int] = mapped_column(default=0)  # number of its last OrderRevision
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    site: Mapped[Site] = relationship()
    grade: Mapped[Grade] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_offer(self) -> bool:
        """Whether it sells."""
        return self.side == Side.OFFER

    @cached_property
    def unit_code(self) -> str:
        """The unit of its volumes, its grade's: UN/CEFACT Recommendation 20."""
        return self.grade.unit_code

    def put_terms(self, terms: dict[str, Any]) -> None:
        """Replace all terms by a document that the rules have read."""
        self.terms = terms
        self.valid_from, self.valid_to = validity_of(terms)


class OrderRevision(db.Model):
    """An order as it stood after one change; nothing is ever overwritten here."""

    __tablename__ = "order_revisions"

    order_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]  # what was done: create, or an action of the lifecycle
    status: Mapped[str]
    site_id: Mapped[str]
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    member_id: Mapped[str]  # who did it; no foreign key: the history outlives its members
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship()


class OrderUpload(Errand, db.Model):
    """A file of orders that is judged and stored in the background; the file itself goes once that is done."""

    __tablename__ = "order_uploads"
    __table_args__ = (sa.Index("ix_order_uploads_organisation_id_id", "organisation_id", "id"),)
    lifecycle, SINCE, PROGRESS = UPLOAD, "received_at", "judged"

    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    format: Mapped[str]
    charset: Mapped[str | None]
    mode: Mapped[str]
    opens: Mapped[bool]  # the orders are opened at once
    file: Mapped[bytes | None] = mapped_column(deferred=True)  # zlib
    sha256: Mapped[str]  # of the file as it was sent
    size_bytes: Mapped[int]
    rows: Mapped[int]  # as counted before they were parsed
    judged: Mapped[int] = mapped_column(default=0)
    stored: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()


class OrderUploadRows(db.Model):
    """What became of some rows of a file, in its order."""

    __tablename__ = "order_upload_rows"

    upload_id: Mapped[str] = mapped_column(sa.ForeignKey("order_uploads.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # of this part of the report
    refused: Mapped[int]  # how many of these
    reports: Mapped[list[dict[str, Any]]] = mapped_column(Document)

    upload: Mapped[OrderUpload] = relationship()


class OrderPause(db.Model):
    """Until when an organisation may not open orders of a grade; its row is what those who pause it wait for."""

    __tablename__ = "order_pauses"

    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), primary_key=True)
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), primary_key=True)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: never paused yet


class Disclosure(db.Model):
    """Break-glass: one operator or authority asks to read one order with its owner and limit, another operator agrees.

    It can be read once, within a day of the approval; the owner is told.
    """

    __tablename__ = "disclosures"

    id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    requested_by: Mapped[str] = mapped_column(index=True)  # member
    requester_organisation_id: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None]  # member, never the one who asked
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    readable_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()

    order: Mapped[Order] = relationship()

    __mapper_args__ = {"version_id_col": version}
