"""What-if runs of a round: which there were, and what staff may know of their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from marketplace.rounds.models import Round, RoundOrder, RoundWhatIf
from marketplace.rounds.queries.reading import real_orders, round_by_id
from marketplace.rounds.rules.disclosure import UNPUBLISHED
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

UNTIL_PUBLISHED = frozenset({"welfare_change_percent", "delivered_reference"})
SILENT = "the run gave no sign of life"


@dataclass(frozen=True)
class WhatIfRun:
    """One run as staff see it; ``results`` once it is done, and never of a cancelled round."""

    id: str
    round_id: str
    status: str
    asked: int
    cleared: int
    failure: str | None
    hash: str | None
    scenarios: list[dict[str, Any]]
    created_at: datetime
    ended_at: datetime | None
    results: list[dict[str, Any]] | None


def what_if_runs(
    round_id: str, actor: Actor, *, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[WhatIfRun]:
    """The runs of a round, latest first, without their results.

    Allowed: operators and authorities.  Raises: NotFound.
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    round_by_id(round_id)
    query = sa.select(RoundWhatIf).filter_by(round_id=round_id)
    found = page(query, key=RoundWhatIf.created_at, unique=RoundWhatIf.id, descending=True, cursor=cursor, limit=limit)
    return Page([_run(row, None, now) for row in found.items], found.next_cursor)


def what_if_run(round_id: str, what_if_id: str, actor: Actor, *, now: datetime) -> WhatIfRun:
    """One run with its results.

    Allowed: operators and authorities.  Raises: NotFound.
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    round_ = round_by_id(round_id)
    row = db.session.get(RoundWhatIf, what_if_id, options=[undefer(RoundWhatIf.told)], populate_existing=True)
    if row is None or row.round_id != round_id:
        raise NotFound("what-if run", what_if_id)
    return _run(row, _told(round_, row), now)


def running_what_ifs(round_id: str) -> list[RoundWhatIf]:
    """The runs of a round that have not ended."""
    query = sa.select(RoundWhatIf).filter_by(round_id=round_id, status="running").order_by(RoundWhatIf.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def due_what_ifs(*, now: datetime) -> list[str]:
    """Shared runs that no worker is at, oldest first; ``now`` by the database's clock."""
    free = sa.or_(RoundWhatIf.leased_until.is_(None), RoundWhatIf.leased_until <= now)
    query = sa.select(RoundWhatIf.id).where(RoundWhatIf.status == "running", RoundWhatIf.shared, free)
    return list(db.session.scalars(query.order_by(RoundWhatIf.created_at, RoundWhatIf.id)))


def waiting_what_ifs() -> list[datetime]:
    """Of all shared runs that have not ended: when each last gave a sign of life, or was asked for."""
    return list(db.session.scalars(sa.select(RoundWhatIf.heartbeat_at).filter_by(status="running", shared=True)))


def most_asked(round_id: str, *, since: datetime) -> int:
    """To how many scenarios the most asked order of a round was put in all its rounds later than ``since``."""
    entered = sa.select(RoundOrder.order_id).where(RoundOrder.round_id == round_id, RoundOrder.entered)
    counts = (
        sa.select(sa.func.sum(RoundWhatIf.asked).label("asked"))
        .join(RoundOrder, RoundOrder.round_id == RoundWhatIf.round_id)
        .where(RoundOrder.order_id.in_(entered), RoundOrder.entered, RoundWhatIf.created_at > since)
        .group_by(RoundOrder.order_id)
        .subquery()
    )
    return db.session.scalar(sa.select(sa.func.max(counts.c.asked))) or 0


def _run(row: RoundWhatIf, results: list[dict[str, Any]] | None, now: datetime) -> WhatIfRun:
    lost = row.lost(now)
    return WhatIfRun(
        id=row.id,
        round_id=row.round_id,
        status="failed" if lost else row.status,
        asked=row.asked,
        cleared=row.cleared,
        failure=SILENT if lost else row.failure,
        hash=row.hash,
        scenarios=row.scenarios,
        created_at=row.created_at,
        ended_at=row.ended_at,
        results=results,
    )


def _told(round_: Round, row: RoundWhatIf) -> list[dict[str, Any]] | None:
    if row.told is None or round_.status == "cancelled":
        return None
    if round_.status == "published" or real_orders(round_.id) == 0:
        return row.told
    return [_before_publication(result) for result in row.told]


def _before_publication(part: Any, name: str = "") -> Any:
    """Figures made of money are kept until the round is published."""
    if name in UNTIL_PUBLISHED and part is not None:
        return {"value": None, "withheld": UNPUBLISHED}
    if isinstance(part, Mapping):
        return {key: _before_publication(value, key) for key, value in part.items()}
    if isinstance(part, list):
        return [_before_publication(each) for each in part]
    return part
