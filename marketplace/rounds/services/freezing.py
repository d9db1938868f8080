"""Freezing: the open orders of a round become one sealed market whose hash is published."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketplace.notifications import services as notifications
from marketplace.orders import queries as order_queries
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.rounds import queries
from marketplace.rounds.models import Round, RoundOrder, RoundSnapshot
from marketplace.rounds.rules.calendar import check_calendar
from marketplace.rounds.rules.policy import counts_planned
from marketplace.rounds.services import repeats, snapshot
from marketplace.rounds.services.market_orders import has_volume_in, requested
from marketplace.rounds.services.seed import sealed_seed
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict


def freeze_round(round_id: str, *, actor: Actor, now: datetime) -> Round:
    """Take all open orders of the round's grades that are valid today and have volume in its months.

    They are frozen, so that no other round can take them; those that this round cannot clear stay open and are
    noted with the terms that stand in the way, those that rest after two cancelled runs without any.
    A round without orders freezes too, and clears empty.
    Allowed: operators.  Changes: the orders' status.  Raises: NotFound; TransitionNotAllowed; Conflict before
    ``freezes_at``, since members rely on it; InvalidInput when a month of delivery has passed.
    """
    actor.must_be(Role.OPERATOR)
    round_ = queries.round_to_change(round_id)
    round_.take("freeze")
    if round_.freezes_at is not None and now < round_.freezes_at:
        raise Conflict(f"orders may be entered until {round_.freezes_at.isoformat()}; it is {now.isoformat()}")
    today = beijing_date(now)
    check_calendar(round_.calendar, today=today)
    found = _locked_orders(round_, today)
    seed = "" if all(order.organisation.sample for order in found) else sealed_seed(now)  # samples have no secrets
    runs = repeats.runs_against(found, now)
    resting = repeats.at_rest(runs)
    frozen = snapshot.build(round_, found, outside=resting, seed=seed, today=today)
    volume = requested(frozen.market)
    db.session.add_all(_entry(round_, order, volume.get(order.id), frozen) for order in found)
    for order in found:
        if order.id in frozen.left_out.keys() - resting:
            _tell_owner(round_, order, now)
    repeats.tell_owners(round_, [o for o in found if o.id in volume.keys() | resting], runs, actor=actor, now=now)
    orders.freeze_orders(volume, round_id=round_.id, actor=actor, now=now)
    db.session.add(RoundSnapshot(round_id=round_.id, market=frozen.document, hash=frozen.hash, taken_at=now))
    round_.snapshot_hash, round_.frozen_at = frozen.hash, now
    db.session.flush()
    audit.record(
        "rounds:round:frozen",
        round_.id,
        actor=actor,
        now=now,
        payload={"snapshot_hash": frozen.hash, "orders": len(volume), "left_out": sorted(frozen.left_out)},
    )
    return round_


def _locked_orders(round_: Round, today: date) -> list[Order]:
    """The orders as they stand once nobody else can change them any more."""
    found = order_queries.open_orders(round_.grade_ids, on=today, months=round_.calendar)
    return [
        order
        for order in order_queries.orders_by_id((order.id for order in found), lock=True)
        if order.status == "open"
        and order.valid_from <= today <= order.valid_to
        and has_volume_in(order, round_.calendar, planned=counts_planned(round_.policy))
    ]


def _entry(round_: Round, order: Order, volume: Decimal | None, frozen: snapshot.Snapshot) -> RoundOrder:
    return RoundOrder(
        round_id=round_.id,
        order_id=order.id,
        organisation_id=order.organisation_id,
        party=frozen.surroundings.party_by_organisation[order.organisation_id],
        side=order.side,
        grade_id=order.grade_id,
        volume=volume or Decimal(0),
        entered=volume is not None,
        left_out_terms=frozen.left_out.get(order.id, []),
    )


def _tell_owner(round_: Round, order: Order, now: datetime) -> None:
    """The terms themselves are read with the order's outcomes, once the round is published."""
    name = order.external_reference or order.id
    notifications.tell(
        order.organisation_id,
        "order-left-out",
        order.id,
        text_zh=f"撮合轮次“{round_.name_zh}”无法按贵方订单 {name} 的条款撮合，该订单未进入本轮，仍在挂单；"
        "是哪些条款，本轮公布后见该订单的结果",
        text_en=f'The matching round "{round_.name_en}" cannot clear the terms of your order {name}; it is still open. '
        "Which terms these are is told with its outcomes once the round is published",
        now=now,
    )
