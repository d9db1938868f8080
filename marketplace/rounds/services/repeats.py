"""Orders that come back after a cancelled run: their owners are told, and after the second time they rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from marketplace.notifications import services as notifications
from marketplace.orders.models import Order
from marketplace.rounds import queries
from marketplace.rounds.models import Round
from marketplace.rounds.rules.repeats import AT_REST_WORDS, MOST_CANCELLED_RUNS, PERIOD, must_rest
from marketplace.shared import audit
from marketplace.shared.actor import Actor


def runs_against(orders: Iterable[Order], now: datetime) -> dict[str, list[str]]:
    """Order id -> the cancelled runs of late that it was in; samples have no secrets and are not counted."""
    secret = (order.id for order in orders if not order.organisation.sample)
    return queries.cancelled_runs(secret, since=now - PERIOD)


def at_rest(runs: Mapping[str, list[str]]) -> set[str]:
    """The orders that stay outside the next round."""
    return {order_id for order_id, rounds in runs.items() if must_rest(len(rounds))}


def tell_owners(
    round_: Round, orders: Iterable[Order], runs: Mapping[str, list[str]], *, actor: Actor, now: datetime
) -> None:
    """Record in each owner's trail, and tell it, which of its orders are frozen again and which stay outside."""
    owned: dict[str, dict[str, list[str]]] = {}
    for order in orders:
        if order.id in runs:
            owned.setdefault(order.organisation_id, {})[order.id] = runs[order.id]
    for organisation_id in sorted(owned):
        resting = at_rest(owned[organisation_id])
        for verb, part in (("rested", resting), ("frozen-again", owned[organisation_id].keys() - resting)):
            if part:
                cancelled = {order_id: owned[organisation_id][order_id] for order_id in sorted(part)}
                audit.record(
                    f"rounds:orders:{verb}",
                    round_.id,
                    actor=actor,
                    now=now,
                    organisation_id=organisation_id,
                    payload={"cancelled_rounds": cancelled},
                )
                zh, en = _words(round_, verb, len(part))
                notifications.tell(organisation_id, f"orders-{verb}", round_.id, text_zh=zh, text_en=en, now=now)


def _words(round_: Round, verb: str, count: int) -> tuple[str, str]:
    zh, en = f"撮合轮次“{round_.name_zh}”", f'The matching round "{round_.name_en}"'
    orders = "an order of yours" if count == 1 else f"{count} orders of yours"
    if verb == "rested":
        return f"{zh}未纳入贵方 {count} 份订单：{AT_REST_WORDS[0]}", f"{en} left out {orders}: {AT_REST_WORDS[1]}"
    return (
        f"{zh}再次冻结了贵方 {count} 份订单，其此前所在轮次在试算后被取消；"
        f"同一订单 {PERIOD.days} 天内至多 {MOST_CANCELLED_RUNS} 次",
        f"{en} froze {orders} once more after a round that was run and then cancelled; "
        f"this can happen to an order {MOST_CANCELLED_RUNS} times in {PERIOD.days} days at most",
    )
