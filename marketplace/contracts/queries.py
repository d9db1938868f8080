"""Reading proposals: each party its own, once they are published."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.contracts.models import Proposal
from marketplace.contracts.rules.lifecycle import SEEN_BY_PARTIES, STANDING
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

PROPOSAL_SORTS: dict[str, InstrumentedAttribute[object]] = {
    "created_at": Proposal.created_at,
    "grade_id": Proposal.grade_id,
}


def own_proposal(proposal_id: str, actor: Actor) -> Proposal:
    """A published proposal to the actor's organisation; raises NotFound for any other."""
    found = db.session.scalar(_own(actor).where(Proposal.id == proposal_id))
    if found is None:
        raise NotFound("proposal", proposal_id)
    return found


def own_proposals(
    actor: Actor,
    *,
    round_id: str | None = None,
    order_id: str | None = None,
    grade_id: str | None = None,
    status: str | None = None,
    sort: str = "created_at",
    descending: bool = True,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Proposal]:
    """The published proposals to the actor's organisation; ``sort`` is one of PROPOSAL_SORTS."""
    query = _own(actor)
    if round_id is not None:
        query = query.where(Proposal.round_id == round_id)
    if order_id is not None:
        query = query.where(sa.or_(Proposal.offer_id == order_id, Proposal.need_id == order_id))
    if grade_id is not None:
        query = query.where(Proposal.grade_id == grade_id)
    if status is not None:
        query = query.where(Proposal.status == status)
    key = PROPOSAL_SORTS[sort]
    return page(query, key=key, unique=Proposal.id, descending=descending, cursor=cursor, limit=limit)


def proposals_of_round(round_id: str) -> list[Proposal]:
    """All proposals of a round, for the services."""
    return list(db.session.scalars(sa.select(Proposal).filter_by(round_id=round_id).order_by(Proposal.id)))


def standing_proposals(order_id: str, round_id: str) -> list[Proposal]:
    """What a round proposed for an order and still stands, for the services."""
    query = sa.select(Proposal).where(
        Proposal.round_id == round_id,
        sa.or_(Proposal.offer_id == order_id, Proposal.need_id == order_id),
        Proposal.status.in_(STANDING),
    )
    return list(db.session.scalars(query.order_by(Proposal.id)))


def _own(actor: Actor) -> sa.Select[tuple[Proposal]]:
    return sa.select(Proposal).where(
        sa.or_(Proposal.seller_id == actor.organisation_id, Proposal.buyer_id == actor.organisation_id),
        Proposal.status.in_(SEEN_BY_PARTIES),
    )
