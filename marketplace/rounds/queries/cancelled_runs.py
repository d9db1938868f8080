"""In which rounds an order was that were run and then cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from marketplace.rounds.models import Round, RoundOrder, RoundWhatIf
from marketplace.shared.database import chunks, db


def cancelled_runs(order_ids: Iterable[str], *, since: datetime) -> dict[str, list[str]]:
    """Order id -> the rounds cancelled later than ``since`` that were run with it; orders without any are absent.

    A run counts from its beginning: its progress tells how many markets fall apart, whether or not it ends.  A what-if
    run counts as one: the book was put to the test.
    """
    asked = sa.exists().where(RoundWhatIf.round_id == Round.id)
    found: dict[str, list[str]] = {}
    for some in chunks(sorted(order_ids)):
        rows = db.session.execute(
            sa.select(RoundOrder.order_id, Round.id)
            .join(Round, Round.id == RoundOrder.round_id)
            .where(
                RoundOrder.order_id.in_(some),
                RoundOrder.entered,
                Round.status == "cancelled",
                sa.or_(Round.attempt > 0, asked),
                Round.cancelled_at > since,
            )
            .order_by(RoundOrder.order_id, Round.cancelled_at, Round.id)
        )
        for order_id, round_id in rows:
            found.setdefault(order_id, []).append(round_id)
    return found
