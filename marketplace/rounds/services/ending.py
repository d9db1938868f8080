"""How a round ends: looked over by a person and published, or cancelled with its orders set free."""

from __future__ import annotations

from datetime import datetime

from marketplace.orders import services as orders
from marketplace.rounds import queries
from marketplace.rounds.models import Round
from marketplace.rounds.rules.events import RoundCancelled, RoundPublished
from marketplace.rounds.rules.lifecycle import HOLDING
from marketplace.rounds.rules.policy import counts_planned
from marketplace.rounds.services.running import give_up_silent_run
from marketplace.rounds.services.telling import tell_outcomes
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.events import bus
from marketplace.shared.texts import paragraph_faults

LONGEST_NOTE = 2000


def review_round(round_id: str, note: str, *, actor: Actor, now: datetime) -> Round:
    """Note that an operator has looked the clearing over; nothing is published without it.

    Allowed: operators.  Raises: NotFound; TransitionNotAllowed; InvalidInput for an empty note.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    round_.take("review")
    faults = list(paragraph_faults("/note", note, LONGEST_NOTE))
    if faults:
        raise InvalidInput(faults)
    note = note.strip()
    round_.review_note, round_.reviewed_at = note, now
    db.session.flush()
    audit.record("rounds:round:reviewed", round_id, actor=actor, now=now, payload={"note": note})
    return round_


def publish_round(round_id: str, *, actor: Actor, now: datetime) -> Round:
    """Let every party see its proposals and what became of its orders.

    Allowed: operators.  Changes: the orders' status; their owners are told.  Emits: RoundPublished.
    Raises: NotFound; TransitionNotAllowed before the review.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    round_.take("publish")
    round_.published_at = now
    outcomes = {outcome.order_id: outcome.status for outcome in queries.outcomes_of(round_id)}
    orders.record_outcomes(
        outcomes,
        months=round_.calendar,
        planned_sold=counts_planned(round_.policy),
        round_id=round_id,
        actor=actor,
        now=now,
    )
    tell_outcomes(round_, outcomes, now=now)
    db.session.flush()
    late = round_.publishes_by is not None and now > round_.publishes_by
    audit.record("rounds:round:published", round_id, actor=actor, now=now, payload={"late": late})
    bus.publish(RoundPublished(round_id, actor, now))
    return round_


def cancel_round(round_id: str, *, actor: Actor, now: datetime) -> Round:
    """End a round without publication; the orders frozen in it are open again.

    Once it was run it counts against them: after the second such round they rest (rules.repeats).
    Allowed: operators.  Changes: the orders' status.  Emits: RoundCancelled.
    Raises: NotFound; Conflict while a run is alive; TransitionNotAllowed once it is published.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    if round_.status == "running":
        give_up_silent_run(round_, actor=actor, now=now)
    held = round_.status in HOLDING
    round_.take("cancel")
    round_.cancelled_at = now
    if held:
        entered = [row.order_id for row in queries.orders_of(round_id) if row.entered]
        orders.release_orders(entered, round_id=round_id, actor=actor, now=now)
    db.session.flush()
    audit.record("rounds:round:cancelled", round_id, actor=actor, now=now)
    bus.publish(RoundCancelled(round_id, actor, now))
    return round_
