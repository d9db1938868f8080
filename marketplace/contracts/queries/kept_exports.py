"""Reading exports that are made in the background: each member its own, and the file as long as it may be had."""

from __future__ import annotations

import zlib

import sqlalchemy as sa

from marketplace.contracts import queries
from marketplace.contracts.models import Export, ExportPiece, FormerParty, PublicationConsent
from marketplace.contracts.rules.exports import OPEN_CONTRACTING, ExportNotMade, ExportOutdated, Wish
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page


def own_export(export_id: str, actor: Actor) -> Export:
    """An export that the actor itself asked for; raises NotFound for those of colleagues as well."""
    found = db.session.get(Export, export_id)
    if found is None or (found.member_id, found.organisation_id) != (actor.member_id, actor.organisation_id):
        raise NotFound("export", export_id)
    return found


def own_exports(actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[Export]:
    """What the actor itself asked for, latest first."""
    query = sa.select(Export).filter_by(organisation_id=actor.organisation_id, member_id=actor.member_id)
    return page(query, key=Export.id, unique=Export.id, descending=True, cursor=cursor, limit=limit)


def made_export(export_id: str, actor: Actor) -> Export:
    """An export whose file the actor may have now.

    Raises: NotFound, also when its contract may not be read any more; ExportNotMade while there is no file;
    ExportOutdated when something that stands in it may not be read any more.
    """
    found = own_export(export_id, actor)
    if found.contract_id is not None:
        queries.seen_contract(found.contract_id, actor)
    if found.status != "made":
        raise ExportNotMade(found.status)
    if found.basis != basis(found.wish, actor):
        raise ExportOutdated
    return found


def export_piece(export_id: str, number: int) -> bytes | None:
    """A piece of a file that the caller may have; None: there is no such piece."""
    packed = db.session.scalar(sa.select(ExportPiece.body).filter_by(export_id=export_id, number=number))
    return None if packed is None else zlib.decompress(packed)


def basis(wish: Wish, actor: Actor) -> str:
    """What a file rests on: it stays the same as long as nothing that stands in it is withdrawn from its reader.

    Months of a contract are only lost by leaving it, of which each time leaves a row; what is published, by taking back
    a consent, or by a party that leaves.
    """
    left = sa.select(sa.func.count()).select_from(FormerParty)
    if wish.what != OPEN_CONTRACTING:
        return str(db.session.scalar(left.filter_by(organisation_id=actor.organisation_id)))
    withdrawn = db.session.scalar(sa.select(sa.func.sum(PublicationConsent.withdrawals))) or 0
    return f"{db.session.scalar(left)} left, {withdrawn} withdrawn"
