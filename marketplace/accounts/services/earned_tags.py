"""Tags that an organisation cannot give itself: how it fulfils its contracts, which later rounds may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplace.accounts import queries
from marketplace.accounts.rules.organisations import EARNED
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db


def set_earned_tags(organisation_id: str, tags: Iterable[str], *, now: datetime) -> None:
    """Give an organisation these earned tags in place of those it had; for the services that judge.

    Raises: NotFound.
    """
    wanted = sorted(EARNED + tag for tag in tags)
    organisation = queries.organisation(organisation_id)
    if wanted == (organisation.earned_tags or []):
        return
    organisation.earned_tags = wanted
    db.session.flush()
    payload = {"earned_tags": wanted}
    audit.record(
        "accounts:organisation:judged",
        organisation.id,
        actor=SYSTEM,
        now=now,
        organisation_id=organisation.id,
        payload=payload,
    )
