"""Recording: only a verified clearing of this very snapshot, all of it in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from marketplace.orders.queries import orders_by_id
from marketplace.rounds import queries
from marketplace.rounds.models import Round, RoundClearing, RoundMatch, RoundOutcome
from marketplace.rounds.rules.events import ClearingRecorded
from marketplace.rounds.rules.feedback import Feedback
from marketplace.rounds.services.feedback import told_reasons
from marketplace.rounds.services.pieces import Claim, forget_pieces
from marketplace.rounds.services.running import claimed_round
from marketplace.rounds.services.solving import Verified
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict
from marketplace.shared.events import bus
from marketplace.shared.identifiers import new_id
from solver.form.clearing import Clearing, Match, OrderOutcome
from solver.form.market import canonical_bytes, content_hash

_OWN_COLUMNS = ("id", "offer", "need", "grade", "volumes")


def record_clearing(claim: Claim, verified: Verified, *, actor: Actor, now: datetime) -> Round:
    """Record a run's result: the clearing, its matches, what became of every order.

    Emits: ClearingRecorded, upon which proposals are written in the same transaction.
    Raises: Superseded when another run has the round; Conflict when the clearing is of another market.
    """
    round_ = claimed_round(claim)
    if verified.market_hash != round_.snapshot_hash:
        raise Conflict(f"the clearing is of {verified.market_hash}, the round's snapshot is {round_.snapshot_hash}")
    round_.take("record")
    round_.solved_at = now
    clearing = verified.clearing
    db.session.add(_clearing_row(round_, clearing, now))
    db.session.add_all(_match_row(round_, number, match, now) for number, match in enumerate(clearing.matches))
    required = {o.id: o.terms.get("certificates", ()) for o in orders_by_id(o.order for o in clearing.orders)}
    db.session.add_all(_outcome_row(round_, outcome, required[outcome.order]) for outcome in clearing.orders)
    progress = queries.progress(round_.id)
    if progress is not None:
        progress.stage, progress.gap, progress.heartbeat_at = "done", clearing.gap.quantize(Decimal("0.000001")), now
    forget_pieces(round_.id)
    db.session.flush()
    audit.record(
        "rounds:clearing:recorded",
        round_.id,
        actor=actor,
        now=now,
        payload={"clearing_hash": content_hash(clearing), "status": clearing.status},  # no count: it needs five parties
    )
    bus.publish(ClearingRecorded(round_.id, actor, now))
    return round_


def _clearing_row(round_: Round, clearing: Clearing, now: datetime) -> RoundClearing:
    return RoundClearing(
        round_id=round_.id,
        document=canonical_bytes(clearing),
        hash=content_hash(clearing),
        market_hash=clearing.market_hash,
        status=clearing.status,
        objective_cny=clearing.objective,
        bound_cny=clearing.bound,
        bound_kind=clearing.bound_kind,
        gap=clearing.gap,
        clock_hit=clearing.clock_hit,
        note=clearing.note,
        recorded_at=now,
    )


def _match_row(round_: Round, number: int, match: Match, now: datetime) -> RoundMatch:
    document: dict[str, Any] = msgspec.to_builtins(match)
    return RoundMatch(
        id=new_id("mat", now),
        round_id=round_.id,
        number=number,
        offer_id=match.offer,
        need_id=match.need,
        grade_id=match.grade,
        volumes=document["volumes"],
        terms={name: value for name, value in document.items() if name not in _OWN_COLUMNS},
    )


def _outcome_row(round_: Round, outcome: OrderOutcome, certificates: Sequence[str]) -> RoundOutcome:
    return RoundOutcome(
        round_id=round_.id,
        order_id=outcome.order,
        status=outcome.status,
        requested=outcome.requested,
        filled=outcome.filled,
        reasons=told_reasons(outcome, Feedback(round_.feedback), certificates),
    )
