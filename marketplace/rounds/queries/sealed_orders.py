"""The orders of a frozen round as operators and authorities see them: under pseudonyms, without owner or limit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from marketplace.rounds.models import RoundSnapshot
from marketplace.rounds.queries.reading import round_by_id
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
    """One order of a round; ``party`` is the same for orders of one organisation in this round alone."""

    pseudonym: str
    party: str
    side: str
    grade_id: str
    terms: dict[str, Any]


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
    orders = [_sealed(round_id, seed, order) for order in market["orders"] if side is None or order["side"] == side]
    orders.sort(key=lambda order: order.pseudonym)
    rest = [order for order in orders if cursor is None or order.pseudonym > cursor]
    return Page(rest[:limit], rest[limit - 1].pseudonym if len(rest) > limit else None)


def _sealed(round_id: str, seed: str, order: dict[str, Any]) -> SealedOrder:
    terms = {name: order[name] for name in SHOWN if name in order}
    terms["specification"] = {
        attribute: {end: value[end] for end in ("at_least", "at_most") if end in value}
        if isinstance(value, dict)
        else value
        for attribute, value in order.get("specification", {}).items()
    }
    terms["incoterms"] = order.get("delivery", {}).get("incoterms")
    terms["payment_days"] = order.get("payment", {}).get("days", 0)
    return SealedOrder(
        pseudonym(seed, round_id, order["side"], order["id"]),
        pseudonym(seed, round_id, "party", order["organisation"]),
        order["side"],
        order["grade"],
        terms,
    )
