"""Rejections of terms that keep the rejecting party's own limits: counted, and too many of them make its orders rest.

Who rejects what it said it would take, and offers anew, learns where the other side's limit lies.  That such a
rejection was one is told to its author alone: to the other party it would say where the author's limit is not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.contracts import queries
from marketplace.contracts.models import LimitKeptRejection, Proposal
from marketplace.contracts.rules.answers import Party
from marketplace.contracts.services.own_order import left_terms_of, limit_kept
from marketplace.orders import services as orders
from marketplace.orders.queries import orders_by_id
from marketplace.rounds import queries as rounds
from marketplace.rounds.rules.contracting import rule
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db


def note_if_within_limits(proposal: Proposal, party: Party, *, actor: Actor, now: datetime) -> None:
    """Count a rejection if the terms on the table keep every limit of the rejecting party's own order.

    Changes: with as many as the round allows in its window, over all rounds and for the grade of the order, the
    organisation opens no order of that grade for the round's days of rest.
    """
    round_ = rounds.round_by_id(proposal.round_id)
    proposed = queries.revisions_of(proposal)[0].terms
    if not limit_kept(proposal, party, proposal.terms):
        return
    if left_terms_of(proposal, round_, party, proposed, proposal.terms):
        return
    (order,) = orders_by_id([proposal.offer_id if party == "seller" else proposal.need_id])
    orders.hold_pause(order.organisation_id, order.grade_id)  # of two rejections at once the second counts the first
    db.session.add(
        LimitKeptRejection(
            proposal_id=proposal.id, organisation_id=order.organisation_id, grade_id=order.grade_id, moment=now
        )
    )
    db.session.flush()
    audit.record("contracts:rejection:within-own-limits", proposal.id, actor=actor, now=now)
    since = now - timedelta(days=rule(round_.contracting, "rejections_window_days"))
    counted = queries.limit_kept_rejections(order.organisation_id, order.grade_id, since=since)
    if counted >= rule(round_.contracting, "rejections_within_limits"):
        until = now + timedelta(days=rule(round_.contracting, "resting_days"))
        orders.pause_orders(order.organisation_id, order.grade_id, until, actor=actor, now=now)
