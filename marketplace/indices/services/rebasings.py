"""Operators enter that a publisher has changed the base of an index."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketplace.indices import queries
from marketplace.indices.models import IndexRebasing
from marketplace.indices.rules.rebasings import check_rebasing
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.quantities import amount_text


def enter_rebasing(
    index_id: str,
    *,
    from_day: date,
    factor: Decimal,
    source: str,
    correction: bool = False,
    actor: Actor,
    now: datetime,
) -> IndexRebasing:
    """Enter that values quoted from a day on times a factor are on the base before; it is never changed or removed.

    Contracts concluded before that day read linked values, later ones what is quoted.  With ``correction`` the entry is
    a further vintage for a day that has one (a factor of 1 takes it back).  What is settled stays as it is.
    Allowed: operators.  Raises: NotFound; InvalidInput, also when the day has one and no correction is meant.
    """
    actor.must_be(Role.OPERATOR)
    check_rebasing(from_day, factor, source, today=beijing_date(now))
    index = queries.index(index_id)
    db.session.refresh(index, with_for_update=HELD)  # one entry after the other
    present = [each for each in queries.rebasings(index_id) if each.from_day == from_day]
    if present and not correction:
        message = "has a rebasing already; correct it as such"
        raise InvalidInput.at("/from_day", message, from_day, present[-1].factor, "entered-already")
    entered = IndexRebasing(
        index_id=index_id,
        from_day=from_day,
        vintage=len(present) + 1,
        factor=factor,
        source=source,
        created_at=now,
    )
    db.session.add(entered)
    db.session.flush()
    payload = {
        "from_day": from_day.isoformat(),
        "vintage": entered.vintage,
        "factor": amount_text(factor),
        "source": source,
    }
    audit.record("indices:index:rebased", index_id, actor=actor, now=now, payload=payload)
    return entered
