"""Rounds, their sealed snapshots and their recorded clearings as they are stored."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.rounds.rules.lifecycle import ROUND, SILENCE, UNTAKEN, WHAT_IF
from marketplace.shared.database import Document, ExactDecimal, UtcDateTime, db


class Round(db.Model):
    """One matching round: which grades and months, by which rules, and how far it is."""

    __tablename__ = "rounds"
    __table_args__ = (sa.Index("ix_rounds_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    grade_ids: Mapped[list[str]] = mapped_column(Document)
    calendar: Mapped[list[str]] = mapped_column(Document)  # months of delivery
    policy: Mapped[dict[str, Any]] = mapped_column(Document)  # rules.policy, written out
    freight: Mapped[dict[str, Any]] = mapped_column(Document)  # rules.freight, without its lanes
    lanes: Mapped[list[dict[str, Any]]] = mapped_column(Document, deferred=True)  # may be many thousands
    index_paths: Mapped[Any] = mapped_column(Document)  # rules.paths: one path by index, or several with weights
    contracting: Mapped[dict[str, Any]] = mapped_column(Document)  # rules.contracting, written out
    feedback: Mapped[str]  # rules.feedback.Feedback
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    freezes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    publishes_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(default=ROUND.initial, index=True)
    attempt: Mapped[int] = mapped_column(default=0)  # counts the runs; only the latest may record its result
    failure: Mapped[str | None]  # why the last run came to nothing
    snapshot_hash: Mapped[str | None]
    review_note: Mapped[str | None]
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __mapper_args__ = {"version_id_col": version}

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = ROUND.next(self.status, action)


class SealedSeed(db.Model):
    """The house's one secret behind the ranks of prices (docs/model.md 5.7) and pseudonyms; never shown."""

    __tablename__ = "sealed_seed"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    seed: Mapped[str]
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoundSnapshot(db.Model):
    """The market document a round was frozen into, limits included: sealed; its hash alone is published."""

    __tablename__ = "round_snapshots"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    market: Mapped[bytes] = mapped_column(deferred=True)  # canonical bytes, changdan-market/1
    hash: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoundOrder(db.Model):
    """An order that was open when the round was frozen: in it, or left out because its terms cannot be cleared."""

    __tablename__ = "round_orders"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True, index=True)
    organisation_id: Mapped[str] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    party: Mapped[str]  # the same for related organisations
    side: Mapped[str]
    grade_id: Mapped[str]
    volume: Mapped[Decimal] = mapped_column(ExactDecimal)  # within the round's calendar
    entered: Mapped[bool]
    left_out_terms: Mapped[list[str]] = mapped_column(Document, default=list)  # pointers into the terms; none: at rest


class RoundProgress(db.Model):
    """How far the running attempt is; written apart from all else, so that it can be read while the solver works."""

    __tablename__ = "round_progress"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    attempt: Mapped[int]
    shared: Mapped[bool] = mapped_column(default=False)  # whether any worker may take part (rounds.services.pieces)
    program: Mapped[str | None]  # of a shared run: what cleared it, which every worker that takes part has to be
    stage: Mapped[str]  # clearing, verifying, done
    component: Mapped[int] = mapped_column(default=0)
    components: Mapped[int] = mapped_column(default=0)
    gap: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    request_id: Mapped[str | None]  # of the call that asked for the run, for the log
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoundPiece(db.Model):
    """A piece of a shared run's work, leased by who does it; its result is sealed, and goes when the run ends."""

    __tablename__ = "round_pieces"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: the assembly
    work: Mapped[str]  # in words; the same number of the same run is the same work for everybody
    token: Mapped[int] = mapped_column(default=0)  # raised with each lease; only the latest may record
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: nobody has it
    holder: Mapped[str | None]  # whose lease it is, for people to read
    result: Mapped[bytes | None] = mapped_column(deferred=True)

    round: Mapped[Round] = relationship()


class RoundLostLease(db.Model):
    """That a lease of a piece ran out before its work was done, noted by who leased the piece next; it stays."""

    __tablename__ = "round_lost_leases"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the lease that was lost
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    round: Mapped[Round] = relationship()


class RoundClearing(db.Model):
    """The verified clearing of a round; the document holds multipliers and outcomes, and is never shown whole."""

    __tablename__ = "round_clearings"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    document: Mapped[bytes] = mapped_column(deferred=True)  # canonical bytes, changdan-clearing/1
    hash: Mapped[str]
    market_hash: Mapped[str]
    status: Mapped[str]  # optimal, feasible, empty
    objective_cny: Mapped[Decimal] = mapped_column(ExactDecimal)
    bound_cny: Mapped[Decimal] = mapped_column(ExactDecimal)
    bound_kind: Mapped[str]
    gap: Mapped[Decimal] = mapped_column(ExactDecimal)
    clock_hit: Mapped[bool]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoundMatch(db.Model):
    """One match of the clearing, as proposals are made from it."""

    __tablename__ = "round_matches"
    __table_args__ = (sa.UniqueConstraint("round_id", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    number: Mapped[int]  # its place in the clearing
    offer_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    need_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    grade_id: Mapped[str]
    volumes: Mapped[list[str]] = mapped_column(Document)  # expected, one per month of the calendar
    terms: Mapped[dict[str, Any]] = mapped_column(Document)  # the match's other fields, changdan-clearing/1

    @property
    def expected_volume(self) -> Decimal:
        """The volume of all months, in the grade's unit."""
        return sum((Decimal(volume) for volume in self.volumes), Decimal(0))


class RoundOutcome(db.Model):
    """What became of one order of the round; told to its owner after publication."""

    __tablename__ = "round_outcomes"

    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True, index=True)
    status: Mapped[str]  # matched, partly_matched, unmatched
    requested: Mapped[Decimal] = mapped_column(ExactDecimal)
    filled: Mapped[Decimal] = mapped_column(ExactDecimal)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Document)  # as its owner is told them


class RoundWhatIf(db.Model):
    """Scenarios of a round's frozen market, asked by an operator, and what they came to."""

    __tablename__ = "round_what_ifs"
    __table_args__ = (sa.Index("ix_round_what_ifs_round_id_created_at_id", "round_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(sa.ForeignKey("rounds.id"))
    member_id: Mapped[str]  # who asked
    scenarios: Mapped[list[dict[str, Any]]] = mapped_column(Document)  # under pseudonyms, as asked
    asked: Mapped[int]  # how many
    status: Mapped[str] = mapped_column(default=WHAT_IF.initial)
    cleared: Mapped[int] = mapped_column(default=0)  # markets so far, the one as it is included
    shared: Mapped[bool] = mapped_column(default=False)  # left to workers, who take it under a lease
    token: Mapped[int] = mapped_column(default=0)  # counts who has had it
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None]
    document: Mapped[bytes | None] = mapped_column(deferred=True)  # changdan-whatif/1, exact: sealed
    hash: Mapped[str | None]
    request_id: Mapped[str | None]  # of the call that asked, for the log
    told: Mapped[list[dict[str, Any]] | None] = mapped_column(Document, deferred=True)  # what staff may know of it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = WHAT_IF.next(self.status, action)

    def lost(self, now: datetime) -> bool:
        """Whether nobody is at it any more: of a run that workers share, whether none has come in all the time."""
        return self.status == "running" and now >= self.heartbeat_at + (UNTAKEN if self.shared else SILENCE)
