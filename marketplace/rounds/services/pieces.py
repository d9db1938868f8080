"""Pieces of a shared run: rows that any worker may lease, do, and record under the token of its lease.

A lease is judged by one clock, that of the database, which whoever calls hands over as ``now``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.rounds.models import Round, RoundLostLease, RoundPiece
from marketplace.shared.database import db
from marketplace.shared.errors import Superseded

LEASE = timedelta(seconds=15)
ASSEMBLY = 0  # the number of the last piece: prices, reasons, verification, recording


@dataclass(frozen=True)
class Claim:
    """The right to run a round once; a later claim takes it away."""

    round_id: str
    attempt: int
    market: bytes
    request_id: str | None = None  # of the call that asked for the run


@dataclass(frozen=True)
class OpenPiece:
    """A piece without result: the token of its latest lease, whether that is over, and whether nobody ended it."""

    number: int
    token: int
    free: bool
    lost: bool = False


def put_piece(claim: Claim, number: int, work: str) -> None:
    """Note that there is this work, unless another participant has.

    Raises: Superseded when the run has ended, or when another participant came to another piece of this number,
    which a clock has done.
    """
    must_stand(claim, while_it_is_noted=True)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = {"round_id": claim.round_id, "attempt": claim.attempt, "number": number, "work": work, "token": 0}
    db.session.execute(insert(RoundPiece).values(row).on_conflict_do_nothing())
    noted = db.session.scalar(sa.select(RoundPiece.work).where(*_this(claim, number)))
    if noted != work:
        raise Superseded(f"piece {number} of {claim.round_id} is {noted!r} to others, and {work!r} here")


def open_pieces(claim: Claim, *, now: datetime) -> list[OpenPiece]:
    """The pieces that have no result yet, by number.  Raises: Superseded when the run has ended."""
    must_stand(claim)
    query = (
        sa.select(RoundPiece.number, RoundPiece.token, RoundPiece.leased_until)
        .where(*_of(claim), RoundPiece.result.is_(None))
        .order_by(RoundPiece.number)
    )
    return [
        OpenPiece(number, token, until is None or until <= now, until is not None and until <= now)
        for number, token, until in db.session.execute(query)
    ]


def lease_piece(claim: Claim, piece: OpenPiece, *, holder: str, now: datetime) -> int | None:
    """Take a free piece: the token to record it with, or None if somebody was quicker."""
    token = piece.token + 1
    taken = sa.update(RoundPiece).where(
        *_this(claim, piece.number), RoundPiece.token == piece.token, RoundPiece.result.is_(None)
    )
    values = {"token": token, "leased_until": now + LEASE, "holder": holder}
    if not _changed(taken.values(values)):
        return None
    if piece.lost:
        lost = {"round_id": claim.round_id, "attempt": claim.attempt, "number": piece.number, "token": piece.token}
        db.session.execute(sa.insert(RoundLostLease).values(**lost, noted_at=now))
    return token


def renew_lease(claim: Claim, number: int, token: int, *, now: datetime) -> bool:
    """Hold a piece longer; False when another has taken it."""
    mine = sa.update(RoundPiece).where(*_this(claim, number), RoundPiece.token == token)
    return _changed(mine.values(leased_until=now + LEASE))


def give_back(claim: Claim, number: int, token: int) -> None:
    """Let go of a piece before its lease ends; whoever comes next takes it at once."""
    mine = sa.update(RoundPiece).where(*_this(claim, number), RoundPiece.token == token)
    _changed(mine.values(leased_until=None))


def record_piece(claim: Claim, number: int, token: int, result: bytes) -> bool:
    """Write a result down; False, and nothing is changed, when another has the piece or has done it."""
    mine = sa.update(RoundPiece).where(*_this(claim, number), RoundPiece.token == token, RoundPiece.result.is_(None))
    return _changed(mine.values(result=result, leased_until=None))


def piece_result(claim: Claim, number: int) -> bytes | None:
    """What was recorded of a piece, sealed; None as long as it is not done."""
    return db.session.scalar(sa.select(RoundPiece.result).where(*_this(claim, number)))


def must_stand(claim: Claim, *, while_it_is_noted: bool = False) -> None:
    """Raises Superseded when the run has ended: recorded, given up, or taken over.

    ``while_it_is_noted``: it does not end before the transaction does, so that no piece is left behind.
    """
    query = sa.select(Round.status, Round.attempt).filter_by(id=claim.round_id)
    if while_it_is_noted:
        query = query.with_for_update(read=True)
    state = db.session.execute(query).one_or_none()
    if state is None or tuple(state) != ("running", claim.attempt):
        raise Superseded(f"run {claim.attempt} of {claim.round_id} has ended: {state}")


def must_hold(claim: Claim, number: int, token: int) -> None:
    """Hold the piece's row; raises Superseded unless it is leased under this token."""
    query = sa.select(RoundPiece.token).where(*_this(claim, number)).with_for_update()
    if db.session.scalar(query) != token:
        raise Superseded(f"piece {number} of {claim.round_id} is another's")


def forget_pieces(round_id: str) -> None:
    """Delete all pieces of a round: their results hold limits, and nobody needs them any more."""
    db.session.execute(sa.delete(RoundPiece).where(RoundPiece.round_id == round_id))


def forget_stray_pieces(now: datetime) -> int:
    """Delete pieces whose round is not running, should the end of a run have left any; how many went."""
    running = sa.select(Round.id).where(Round.status == "running")
    gone = sa.delete(RoundPiece).where(RoundPiece.round_id.not_in(running)).returning(RoundPiece.number)
    return len(db.session.scalars(gone, execution_options={"synchronize_session": False}).all())


def _of(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return RoundPiece.round_id == claim.round_id, RoundPiece.attempt == claim.attempt


def _this(claim: Claim, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return *_of(claim), RoundPiece.number == number


def _changed(statement: sa.Update) -> bool:
    rows = db.session.execute(statement.returning(RoundPiece.number), execution_options={"synchronize_session": False})
    return rows.first() is not None
