"""One run of a frozen round: claimed, reported on while it works, then recorded or given back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.rounds import queries
from marketplace.rounds.models import Round, RoundProgress, RoundSnapshot
from marketplace.rounds.rules.lifecycle import SILENCE
from marketplace.rounds.services.pieces import Claim, forget_pieces
from marketplace.rounds.services.solving import this_program
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict, Superseded


def claim_run(
    round_id: str, *, actor: Actor, now: datetime, shared: bool = False, request_id: str | None = None
) -> Claim:
    """Take a frozen round to run it, or one whose run has given no sign of life for a minute.

    ``shared``: for all workers that care to join, and not for the caller alone.  ``request_id``: of the call that asks,
    for the log.
    Allowed: operators.  Raises: NotFound; TransitionNotAllowed; Conflict while a run is alive.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    progress = queries.progress(round_id)
    if round_.status == "running":
        _must_be_silent(progress, now)
        round_.take("resume")
    else:
        round_.take("run")
    round_.attempt += 1
    round_.failure = None
    if progress is None:
        progress = RoundProgress(round_id=round_id)
        db.session.add(progress)
    progress.attempt, progress.stage, progress.started_at, progress.heartbeat_at = round_.attempt, "clearing", now, now
    progress.component, progress.components, progress.gap = 0, 0, None
    progress.shared, progress.program = shared, this_program() if shared else None
    progress.request_id = request_id
    forget_pieces(round_id)
    db.session.flush()
    audit.record("rounds:round:run", round_id, actor=actor, now=now, payload={"attempt": round_.attempt})
    return Claim(round_id, round_.attempt, db.session.get_one(RoundSnapshot, round_id).market, request_id)


def shared_claim(round_id: str) -> Claim | None:
    """The right to take part in a round's shared run; None when there is none, or it is for another program."""
    round_, progress = queries.round_by_id(round_id), queries.progress(round_id)
    if round_.status != "running" or progress is None or not progress.shared or progress.program != this_program():
        return None
    market = db.session.get_one(RoundSnapshot, round_id).market
    return Claim(round_id, round_.attempt, market, progress.request_id)


def shared_runs() -> list[str]:
    """The rounds whose shared runs this program may join, the longest running first."""
    query = (
        sa.select(RoundProgress.round_id)
        .join(Round, Round.id == RoundProgress.round_id)
        .where(Round.status == "running", RoundProgress.shared, RoundProgress.program == this_program())
        .order_by(RoundProgress.started_at, RoundProgress.round_id)
    )
    return list(db.session.scalars(query))


def waiting_runs() -> list[datetime]:
    """Of all shared runs, whatever program they are for: when each last gave a sign of life, or was asked for."""
    query = (
        sa.select(RoundProgress.heartbeat_at)
        .join(Round, Round.id == RoundProgress.round_id)
        .where(Round.status == "running", RoundProgress.shared)
    )
    return list(db.session.scalars(query))


def note_progress(claim: Claim, step: dict[str, Any], *, now: datetime) -> None:
    """How far this run is: ``component`` k ``of`` n with its ``gap``, or its ``stage``.

    Raises: Superseded when another run has the round.
    """
    progress = _claimed_progress(claim)
    progress.stage = step.get("stage", "clearing")
    progress.component = max(progress.component, int(step.get("component", 0)))  # participants differ in pace
    progress.components = int(step.get("of", progress.components))
    gap = step.get("gap")
    progress.gap = progress.gap if gap is None else Decimal(str(gap)).quantize(Decimal("0.000001"))
    progress.heartbeat_at = now
    db.session.flush()


def note_life(claim: Claim, *, now: datetime) -> None:
    """That this run's process is alive, however long the solver is silent.

    Raises: Superseded when another run has the round.
    """
    _claimed_progress(claim).heartbeat_at = now
    db.session.flush()


def fail_run(claim: Claim, failure: str, *, actor: Actor, now: datetime) -> Round:
    """Give the round back, with the reason, so that it can be run again.

    Raises: Superseded when another run has the round.
    """
    return _failed(claimed_round(claim), failure, actor, now)


def give_up_silent_run(round_: Round, *, actor: Actor, now: datetime) -> None:
    """Put back a running round, held by the caller, whose run gives no sign of life any more.

    Raises: Conflict while the run is alive.
    """
    progress = queries.progress(round_.id)
    last = _must_be_silent(progress, now)
    _failed(round_, f"the run gave no sign of life after {last.isoformat()}", actor, now)


def claimed_round(claim: Claim) -> Round:
    """The round, held for this claim's result; raises Superseded when the claim no longer stands."""
    round_ = queries.round_to_change(claim.round_id)
    if round_.attempt != claim.attempt or round_.status != "running":
        raise Superseded(f"run {claim.attempt} of {claim.round_id} no longer has the round: it is {round_.status}")
    return round_


def _claimed_progress(claim: Claim) -> RoundProgress:
    """The claim's progress, held; raises Superseded when another run has the round."""
    progress = db.session.get_one(RoundProgress, claim.round_id, with_for_update=HELD, populate_existing=True)
    if progress.attempt != claim.attempt:
        raise Superseded(f"run {claim.attempt} of {claim.round_id} was taken over by run {progress.attempt}")
    return progress


def _failed(round_: Round, failure: str, actor: Actor, now: datetime) -> Round:
    round_.take("fail")
    round_.failure = failure
    forget_pieces(round_.id)
    db.session.flush()
    payload = {"attempt": round_.attempt, "failure": failure}
    audit.record("rounds:round:failed", round_.id, actor=actor, now=now, payload=payload)
    return round_


def _must_be_silent(progress: RoundProgress | None, now: datetime) -> datetime:
    """When a running round's run gave its last sign of life; raises Conflict while it counts as alive."""
    if progress is None:
        raise RuntimeError("a running round has no progress")  # claim_run writes both
    last = progress.heartbeat_at
    if now < last + SILENCE:
        raise Conflict(
            f"the round is running; its last sign of life was at {last.isoformat()}, and unless it gives another "
            f"it may be run again or cancelled from {(last + SILENCE).isoformat()}"
        )
    return last
