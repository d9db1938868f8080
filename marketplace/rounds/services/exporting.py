"""A frozen market as a file, where it holds nobody's secret."""

from __future__ import annotations

import msgspec

from marketplace.rounds import queries
from marketplace.rounds.models import RoundSnapshot
from marketplace.shared.database import db
from marketplace.shared.errors import NotAllowed, NotFound


def export_sample_market(round_id: str) -> bytes:
    """The market of a round made of sample orders alone, indented; it has no seed, and the round's own hash.

    Raises: NotFound before freezing; NotAllowed if any order is a real company's, whose limit stays sealed.
    """
    queries.round_by_id(round_id)
    snapshot = db.session.get(RoundSnapshot, round_id)
    if snapshot is None:
        raise NotFound("snapshot of round", round_id)
    if real := queries.real_orders(round_id):
        raise NotAllowed(f"{real} of the round's orders are no samples: their limits stay sealed")
    return msgspec.json.format(snapshot.market, indent=1) + b"\n"
