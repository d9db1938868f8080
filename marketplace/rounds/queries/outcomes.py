"""What became of one's own order in every round it took part in, once that round is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.orders.queries import own_order
from marketplace.rounds.models import Round, RoundOrder, RoundOutcome
from marketplace.rounds.rules.feedback import LEFT_OUT, LEFT_OUT_WORDS
from marketplace.rounds.rules.repeats import AT_REST, AT_REST_WORDS
from marketplace.shared.actor import Actor
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import NotFound


@dataclass(frozen=True)
class ToldOutcome:
    """One order in one published round; ``terms`` names those that kept it from entering."""

    round_id: str
    published_at: datetime
    status: str  # matched, partly_matched, unmatched, left_out
    requested: Decimal
    filled: Decimal
    reasons: list[dict[str, Any]]
    terms: list[str]


def outcomes_of_order(order_id: str, actor: Actor) -> list[ToldOutcome]:
    """The order's outcomes, latest round first.

    Allowed: the order's owner.  Raises: NotFound for any other.
    """
    order = own_order(order_id, actor)
    found = db.session.execute(
        sa.select(Round, RoundOrder, RoundOutcome)
        .join(RoundOrder, RoundOrder.round_id == Round.id)
        .outerjoin(
            RoundOutcome,
            sa.and_(RoundOutcome.round_id == Round.id, RoundOutcome.order_id == RoundOrder.order_id),
        )
        .where(RoundOrder.order_id == order.id, Round.status == "published")
        .order_by(Round.published_at.desc(), Round.id)
    )
    return [_told(round_, entry, outcome) for round_, entry, outcome in found]


def latest_cleared_round(order_id: str) -> str:
    """The published round that an order was last cleared in, whoever asks; raises NotFound."""
    found = db.session.scalar(
        sa.select(Round.id)
        .join(RoundOutcome, RoundOutcome.round_id == Round.id)
        .where(RoundOutcome.order_id == order_id, Round.status == "published")
        .order_by(Round.published_at.desc(), Round.id.desc())
        .limit(1)
    )
    if found is None:
        raise NotFound("cleared round of order", order_id)
    return found


def latest_cleared_rounds(order_ids: Iterable[str]) -> dict[str, str]:
    """The same of many orders, by order; those that no published round has cleared are left out."""
    found: dict[str, str] = {}
    for some in chunks(order_ids):
        query = (
            sa.select(RoundOutcome.order_id, Round.id)
            .join(Round, Round.id == RoundOutcome.round_id)
            .where(RoundOutcome.order_id.in_(some), Round.status == "published")
            .order_by(Round.published_at, Round.id)
        )
        found.update((order_id, round_id) for order_id, round_id in db.session.execute(query))  # the last one holds
    return found


def _told(round_: Round, entry: RoundOrder, outcome: RoundOutcome | None) -> ToldOutcome:
    if outcome is None:
        code, side, (zh, en) = (
            (LEFT_OUT, "own", LEFT_OUT_WORDS) if entry.left_out_terms else (AT_REST, "market", AT_REST_WORDS)
        )
        reasons = [{"code": code, "side": side, "zh": zh, "en": en}]
        return ToldOutcome(
            round_.id, _moment(round_), "left_out", entry.volume, Decimal(0), reasons, entry.left_out_terms
        )
    return ToldOutcome(
        round_.id, _moment(round_), outcome.status, outcome.requested, outcome.filled, outcome.reasons, []
    )


def _moment(round_: Round) -> datetime:
    assert round_.published_at is not None
    return round_.published_at
