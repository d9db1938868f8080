"""Reading rounds: what members see of them, and what their operator does."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Organisation
from marketplace.rounds.models import (
    Round,
    RoundClearing,
    RoundMatch,
    RoundOrder,
    RoundOutcome,
    RoundProgress,
)
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

_STAFF = (Role.OPERATOR, Role.REGULATOR)


def round_by_id(round_id: str) -> Round:
    """A round, whoever asks; raises NotFound."""
    found = db.session.get(Round, round_id)
    if found is None:
        raise NotFound("round", round_id)
    return found


def round_to_change(round_id: str) -> Round:
    """The round as it stands now, held against all other writers until the transaction ends; raises NotFound."""
    found = db.session.get(Round, round_id, with_for_update=HELD, populate_existing=True)
    if found is None:
        raise NotFound("round", round_id)
    return found


def visible_round(round_id: str, actor: Actor) -> Round:
    """A round that the actor may see: drafts are the operator's alone.  Raises NotFound."""
    found = round_by_id(round_id)
    if not actor.is_a(*_STAFF) and found.opened_at is None:
        raise NotFound("round", round_id)
    return found


def published_round(round_id: str) -> Round:
    """A published round, for everybody; raises NotFound."""
    found = round_by_id(round_id)
    if found.status != "published":
        raise NotFound("round", round_id)
    return found


ROUND_SORTS: dict[str, InstrumentedAttribute[object]] = {"created_at": Round.created_at, "name_zh": Round.name_zh}


def rounds(
    actor: Actor,
    *,
    status: str | None = None,
    sort: str = "created_at",
    descending: bool = True,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Round]:
    """The rounds that the actor may see; ``sort`` is one of ROUND_SORTS."""
    query = sa.select(Round)
    if not actor.is_a(*_STAFF):
        query = query.where(Round.opened_at.is_not(None))
    if status is not None:
        query = query.where(Round.status == status)
    key = ROUND_SORTS[sort]
    return page(query, key=key, unique=Round.id, descending=descending, cursor=cursor, limit=limit)


def progress(round_id: str) -> RoundProgress | None:
    """How far the latest run is; None if there was none."""
    return db.session.get(RoundProgress, round_id, populate_existing=True)


def clearing(round_id: str) -> RoundClearing:
    """The recorded clearing; raises NotFound when there is none."""
    found = db.session.get(RoundClearing, round_id)
    if found is None:
        raise NotFound("clearing of round", round_id)
    return found


def matches(round_id: str) -> list[RoundMatch]:
    """The matches of the recorded clearing, in its order."""
    return list(db.session.scalars(sa.select(RoundMatch).filter_by(round_id=round_id).order_by(RoundMatch.number)))


def match_number(match_id: str) -> int:
    """The place of a match in its clearing."""
    return db.session.get_one(RoundMatch, match_id).number


def orders_of(round_id: str) -> list[RoundOrder]:
    """The orders found open at freezing, those left out included."""
    return list(db.session.scalars(sa.select(RoundOrder).filter_by(round_id=round_id).order_by(RoundOrder.order_id)))


def real_orders(round_id: str) -> int:
    """How many orders of a frozen round, those left out included, are no samples: only these have secrets."""
    count = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(RoundOrder)
        .join(Organisation, Organisation.id == RoundOrder.organisation_id)
        .where(RoundOrder.round_id == round_id, Organisation.sample.is_(False))
    )
    return count or 0


def outcomes_of(round_id: str) -> list[RoundOutcome]:
    """What became of every order that entered."""
    return list(
        db.session.scalars(sa.select(RoundOutcome).filter_by(round_id=round_id).order_by(RoundOutcome.order_id))
    )
