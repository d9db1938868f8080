"""The house's sealed seed: one secret for all rounds, drawn once, told to nobody."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from marketplace.rounds.models import SealedSeed
from marketplace.shared.database import db


def sealed_seed(now: datetime) -> str:
    """The seed, drawn at the first call; it ranks prices in every round alike (docs/model.md 5.7)."""
    row = db.session.get(SealedSeed, 1)
    if row is None:
        row = SealedSeed(id=1, seed=secrets.token_hex(32), drawn_at=now)
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:  # another process drew it at the same moment
            row = db.session.get_one(SealedSeed, 1)
    return row.seed
