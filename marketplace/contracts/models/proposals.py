"""Proposals, their bundles, the revisions of their terms and all answers, as they are stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Organisation
from marketplace.contracts.rules.answers import Answers, Party
from marketplace.contracts.rules.lifecycle import BUNDLE, PROPOSAL
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class Bundle(db.Model):
    """Proposals of a round whose fate an order's terms over several contracts tie together; most hold one alone."""

    __tablename__ = "proposal_bundles"

    id: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    size: Mapped[int]  # how many proposals it holds
    status: Mapped[str] = mapped_column(default=BUNDLE.initial, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # the round's window; from publication on
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = BUNDLE.next(self.status, action)


class Proposal(db.Model):
    """A long-term contract proposed to one seller and one buyer; both see it once its round is published.

    What is searched for stands in columns; ``terms`` holds the revision on the table as both parties read it.
    """

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    match_id: Mapped[str] = mapped_column(sa.ForeignKey("round_matches.id"), unique=True)
    bundle_id: Mapped[str] = mapped_column(sa.ForeignKey("proposal_bundles.id"), index=True)
    seller_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    offer_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    need_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"), index=True)
    status: Mapped[str] = mapped_column(default=PROPOSAL.initial, index=True)
    expected_volume: Mapped[Decimal] = mapped_column(ExactDecimal)
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    revision: Mapped[int] = mapped_column(default=1)  # of the terms; 1: the round's own
    terms_hash: Mapped[str]  # rules.sealing
    seller_accepted: Mapped[int | None]  # the revision that each accepted last
    buyer_accepted: Mapped[int | None]
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # of the revision; from publication on
    missed: Mapped[dict[str, list[str]] | None] = mapped_column(Document)  # why it lapsed: by order, terms it missed
    excess: Mapped[dict[str, str] | None] = mapped_column(Document)  # beyond stated capacity, by month; None: unstated
    beyond_need: Mapped[dict[str, str] | None] = mapped_column(Document)  # by month; the buyer reads it
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    seller: Mapped[Organisation] = relationship(foreign_keys=[seller_id])
    buyer: Mapped[Organisation] = relationship(foreign_keys=[buyer_id])
    bundle: Mapped[Bundle] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = PROPOSAL.next(self.status, action)

    @property
    def answers(self) -> Answers:
        """Where the negotiation of a published proposal stands."""
        assert self.answer_by is not None
        accepted: dict[Party, int | None] = {"seller": self.seller_accepted, "buyer": self.buyer_accepted}
        given = {party: number for party, number in accepted.items() if number is not None}
        return Answers(self.answer_by, self.revision, given)

    def keep_answers(self, answers: Answers) -> None:
        """Store where the negotiation stands now."""
        self.answer_by, self.revision = answers.answer_by, answers.revision
        self.seller_accepted, self.buyer_accepted = answers.accepted.get("seller"), answers.accepted.get("buyer")

    def party_of(self, organisation_id: str) -> Party:
        """Which side an organisation that is one of the two is on."""
        return "seller" if organisation_id == self.seller_id else "buyer"


class ProposalRevision(db.Model):
    """The whole terms as one of the parties, or the round, put them on the table; never changed."""

    __tablename__ = "proposal_revisions"

    proposal_id: Mapped[str] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str]  # round, seller, buyer
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    hash: Mapped[str]
    outside: Mapped[list[str]] = mapped_column(Document, default=list)  # of the author's own order: its secret
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    proposal: Mapped[Proposal] = relationship()


class ProposalAnswer(db.Model):
    """One answer to a proposal, in the order given; never changed."""

    __tablename__ = "proposal_answers"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    proposal_id: Mapped[str] = mapped_column(sa.ForeignKey("proposals.id"), index=True)
    number: Mapped[int]  # 1, 2, ... of the proposal
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    member_id: Mapped[str]
    party: Mapped[str]
    action: Mapped[str]  # accept, take_back, counter, reject
    revision: Mapped[int]  # that it answers
    reason: Mapped[str | None]
    moment: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    proposal: Mapped[Proposal] = relationship()


class LimitKeptRejection(db.Model):
    """That a party rejected terms that kept its own order's limits, which nobody else learns; never changed.

    To reject and offer anew is a way to feel for the other side's limit, so that it is counted.
    """

    __tablename__ = "limit_kept_rejections"
    __table_args__ = (sa.Index("ix_limit_kept_rejections_organisation_id_grade_id", "organisation_id", "grade_id"),)

    proposal_id: Mapped[str] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"))
    grade_id: Mapped[str] = mapped_column(sa.ForeignKey("grades.id"))  # of its own order
    moment: Mapped[datetime] = mapped_column(UtcDateTime)

    proposal: Mapped[Proposal] = relationship()
