"""What a matching round does to the orders it takes: freeze, record their outcome, release.

For ``rounds`` alone, which calls down; owners cannot reach these steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from marketplace.orders.models import Order
from marketplace.orders.queries import orders_by_id
from marketplace.orders.rules.lifecycle import OUTCOMES
from marketplace.orders.rules.rest import is_left
from marketplace.orders.services.changes import take_step
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db


def freeze_orders(order_ids: Iterable[str], *, round_id: str, actor: Actor, now: datetime) -> list[Order]:
    """Hold open orders still for a round; all of them or none.  Raises: NotFound, TransitionNotAllowed."""
    actions = dict.fromkeys(order_ids, "freeze")
    return _take_steps(actions, "frozen", round_id=round_id, actor=actor, now=now)


def record_outcomes(
    outcomes: Mapping[str, str],
    *,
    months: Collection[str] | None = None,
    planned_sold: bool = True,
    round_id: str,
    actor: Actor,
    now: datetime,
) -> list[Order]:
    """Say of frozen orders what the round made of them.

    ``outcomes``: order id -> matched, partly_matched or unmatched.  ``months``: those the round was about; None: all.
    ``planned_sold``: whether planned volume was for sale.  The status speaks of the whole order: one that the round
    filled, but that can still trade in other months or what it planned, is partly matched.
    Raises: KeyError for any other outcome, NotFound, TransitionNotAllowed.
    """
    today = beijing_date(now)
    actions = {order_id: OUTCOMES[outcome] for order_id, outcome in outcomes.items()}
    if months is not None:
        filled = [order_id for order_id, outcome in outcomes.items() if outcome == "matched"]
        for order in orders_by_id(filled, lock=True):
            if is_left(order.terms, months, order.grade.quantum, today=today, planned_sold=planned_sold):
                actions[order.id] = OUTCOMES["partly_matched"]
    return _take_steps(actions, "cleared", round_id=round_id, actor=actor, now=now)


def record_outcome(order_id: str, status: str, *, round_id: str, actor: Actor, now: datetime) -> Order:
    """The same for one order alone, in a round about all its months."""
    return record_outcomes({order_id: status}, round_id=round_id, actor=actor, now=now)[0]


def release_orders(order_ids: Iterable[str], *, round_id: str, actor: Actor, now: datetime) -> list[Order]:
    """Put frozen orders back into the book, because their round was cancelled.

    Raises: NotFound, TransitionNotAllowed.
    """
    actions = dict.fromkeys(order_ids, "release")
    return _take_steps(actions, "released", round_id=round_id, actor=actor, now=now)


def _take_steps(actions: Mapping[str, str], verb: str, *, round_id: str, actor: Actor, now: datetime) -> list[Order]:
    """One step for each order, one entry in each owner's trail."""
    orders = orders_by_id(actions, lock=True)
    owned: dict[str, list[str]] = {}
    for order in orders:
        take_step(order, actions[order.id], actor=actor, now=now)
        owned.setdefault(order.organisation_id, []).append(order.id)
    db.session.flush()
    for organisation_id in sorted(owned):
        audit.record(
            f"orders:round:{verb}",
            round_id,
            actor=actor,
            now=now,
            organisation_id=organisation_id,
            payload={"orders": owned[organisation_id]},
        )
    return orders
