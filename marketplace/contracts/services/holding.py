"""Holding what an answer is about against everybody else: orders, then the bundle, then its proposals (decision 3)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.contracts.models import Bundle, Proposal
from marketplace.orders.queries import orders_by_id
from marketplace.shared.database import HELD, db


@dataclass(frozen=True)
class Held:
    """A bundle and its proposals by identifier, as they stand now; nobody else changes them meanwhile."""

    bundle: Bundle
    proposals: dict[str, Proposal]


def hold_bundle(bundle_id: str) -> Held:
    """Lock a bundle with all its proposals and their orders until the transaction ends.

    Which proposals a bundle holds, and of which orders they are, never changes, so that it may be read before.
    """
    members = db.session.execute(
        sa.select(Proposal.offer_id, Proposal.need_id).where(Proposal.bundle_id == bundle_id)
    ).all()
    orders_by_id((order_id for pair in members for order_id in pair), lock=True)
    bundle = db.session.get_one(Bundle, bundle_id, with_for_update=HELD, populate_existing=True)
    query = sa.select(Proposal).where(Proposal.bundle_id == bundle_id).order_by(Proposal.id)
    query = query.with_for_update(of=Proposal, **HELD).execution_options(populate_existing=True)
    return Held(bundle, {each.id: each for each in db.session.scalars(query)})
