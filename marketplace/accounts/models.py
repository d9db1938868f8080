"""Organisations, sites, members and tokens as they are stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.rules.members import MAY_SIGN_IN
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class Organisation(db.Model):
    """A company, institute or authority that takes part."""

    __tablename__ = "organisations"
    __table_args__ = (sa.Index("ix_organisations_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_latin: Mapped[str]
    credit_code: Mapped[str] = mapped_column(unique=True)  # unified social credit code, GB 32100
    kind: Mapped[str]
    group_parent: Mapped[str | None]  # credit code of the controlling company: related parties share it
    small: Mapped[bool] = mapped_column(default=False)  # a small or micro enterprise in the legal sense
    sample: Mapped[bool] = mapped_column(default=False)  # made for a sample market, shown as such
    tags: Mapped[list[str]] = mapped_column(Document, default=list)
    earned_tags: Mapped[list[str] | None] = mapped_column(Document)  # that its fulfilment of contracts gives it
    status: Mapped[str] = mapped_column(default="pending", index=True)
    status_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}

    @property
    def verified(self) -> bool:
        """Whether it may post orders."""
        return self.status == "verified"


class Site(db.Model):
    """A place of an organisation where goods leave or arrive."""

    __tablename__ = "sites"
    __table_args__ = (sa.Index("ix_sites_organisation_id_id", "organisation_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    name: Mapped[str]
    address: Mapped[str]
    region_code: Mapped[str] = mapped_column(sa.String(6), index=True)  # GB/T 2260
    latitude_deg: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    longitude_deg: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}


class Member(db.Model):
    """A person who acts for an organisation."""

    __tablename__ = "members"
    __table_args__ = (sa.Index("ix_members_organisation_id_id", "organisation_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    password_hash: Mapped[str]  # argon2id
    roles: Mapped[list[str]] = mapped_column(Document, default=list)
    active: Mapped[bool] = mapped_column(default=True)
    session_key: Mapped[str]  # changed at sign-out everywhere and when the password changes
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_active(self) -> bool:
        """May this member sign in?"""
        return self.active and self.organisation.status in MAY_SIGN_IN

    def get_id(self) -> str:
        """What the session cookie carries: changing the key ends all sessions."""
        return f"{self.id}:{self.session_key}"

    @property
    def actor(self) -> Actor:
        """The member as services know it, with the roles that count today."""
        return Actor(
            self.id, self.organisation_id, frozenset(Role(r) for r in self.roles), verified=self.organisation.verified
        )


class ApiToken(db.Model):
    """A personal token: its secret is shown once and kept as a hash."""

    __tablename__ = "api_tokens"
    __table_args__ = (sa.Index("ix_api_tokens_member_id_id", "member_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("members.id"))
    name: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)  # SHA-256 of a 256-bit random secret
    scopes: Mapped[list[str]] = mapped_column(Document)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    member: Mapped[Member] = relationship()


class LoginFailure(db.Model):
    """Failures to sign in to one account from one address; an empty account: from that address to whatever account."""

    __tablename__ = "login_failures"

    account: Mapped[str] = mapped_column(primary_key=True)  # hash of an e-mail address, known here or not
    address: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
