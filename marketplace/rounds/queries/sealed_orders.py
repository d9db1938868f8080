"""The orders of a frozen round as operators and authorities see them: under pseudonyms, without owner or limit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.rounds.models import RoundOutcome, RoundSnapshot
from marketplace.rounds.queries.reading import outcomes_of, round_by_id
from marketplace.rounds.rules.lifecycle import SEALED
from marketplace.rounds.rules.seals import pseudonym
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict
from marketplace.shared.paging import Page

# What is shown of an order.  Everything else stays sealed: the limit, the adjustments to it, places, names, tags.
SHOWN = (
    "volumes",
    "flexibility",
    "minimum_contract",
    "maximum_contract",
    "lot",
    "minimum_fill",
    "counterparties",
    "maximum_share",
    "certificates",
    "validity",
)


@dataclass(frozen=True)
class SealedOrder:
    """One order of a round; ``party`` is the same for orders of one organisation in this round alone.

    What was filled is known from publication on; of a cancelled round never, or cancelling and asking again under
    other rules would find the limits.
    """

    pseudonym: str
    party: str
    side: str
    grade_id: str
    terms: dict[str, Any]
    status: str | None  # matched, partly_matched, unmatched
    filled: Decimal | None  # in the grade's unit


def sealed_orders(
    round_id: str, actor: Actor, *, side: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[SealedOrder]:
    """The orders that entered, by pseudonym.

    Allowed: operators and authorities.  Raises: NotFound; Conflict before freezing, and when nothing was frozen.
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    round_ = round_by_id(round_id)
    snapshot = db.session.get(RoundSnapshot, round_id)
    if snapshot is None:
        until = "until the round is frozen" if round_.status in SEALED else "the round was cancelled before freezing"
        raise Conflict(f"orders are sealed: {until}")
    market = json.loads(snapshot.market)
    seed = market["policy"].get("sealed_seed", "")  # samples have none
    outcomes = {each.order_id: each for each in outcomes_of(round_id)} if round_.status == "published" else {}
    orders = [
        _sealed(round_id, seed, order, outcomes) for order in market["orders"] if side is None or order["side"] == side
    ]
    orders.sort(key=lambda order: order.pseudonym)
    rest = [order for order in orders if cursor is None or order.pseudonym > cursor]
    return Page(rest[:limit], rest[limit - 1].pseudonym if len(rest) > limit else None)


def _sealed(round_id: str, seed: str, order: dict[str, Any], outcomes: Mapping[str, RoundOutcome]) -> SealedOrder:
    terms = {name: order[name] for name in SHOWN if name in order}
    terms["specification"] = {
        attribute: {end: value[end] for end in ("at_least", "at_most") if end in value}
        if isinstance(value, dict)
        else value
        for attribute, value in order.get("specification", {}).items()
    }
    terms["incoterms"] = order.get("delivery", {}).get("incoterms")
    payment, limit = order.get("payment", {}), order.get("limit_price", {})
    terms["payment_days"] = payment.get("days", 0)
    # What a round may leave an order out for is no secret of its: else whoever states the rules would learn it.
    terms["instrument"] = payment.get("instrument", "transfer")
    terms["currency"] = limit.get("currency", "CNY")
    terms["quotation_month"] = limit.get("quotation", {}).get("month", "M")
    outcome = outcomes.get(order["id"])
    return SealedOrder(
        pseudonym(seed, round_id, order["side"], order["id"]),
        pseudonym(seed, round_id, "party", order["organisation"]),
        order["side"],
        order["grade"],
        terms,
        outcome.status if outcome is not None else None,
        outcome.filled if outcome is not None else None,
    )
