"""Reading evidence.  An organisation sees its own certificates, an operator all."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from marketplace.evidence.models import Certificate
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

SORTS = {"created_at": Certificate.created_at, "valid_to": Certificate.valid_to, "code": Certificate.code}


def certificate(certificate_id: str, actor: Actor) -> Certificate:
    """One certificate of the actor's organisation, any for an operator; raises NotFound."""
    found = db.session.get(Certificate, certificate_id)
    if found is None or (found.organisation_id != actor.organisation_id and not actor.is_a(Role.OPERATOR)):
        raise NotFound("certificate", certificate_id)
    return found


def certificates(
    actor: Actor,
    *,
    organisation_id: str | None = None,
    status: str | None = None,
    code: str | None = None,
    sort: str = "created_at",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Certificate]:
    """Certificates of the actor's organisation; of all, or of one asked for, for an operator."""
    query = sa.select(Certificate)
    if not actor.is_a(Role.OPERATOR):
        query = query.where(Certificate.organisation_id == actor.organisation_id)
    for column, value in (
        (Certificate.organisation_id, organisation_id),
        (Certificate.status, status),
        (Certificate.code, code),
    ):
        if value is not None:
            query = query.where(column == value)
    key = SORTS[sort]
    return page(query, key=key, unique=Certificate.id, descending=descending, cursor=cursor, limit=limit)


def held_certificates(organisation_ids: Iterable[str]) -> dict[str, list[Certificate]]:
    """What each organisation holds and an operator has accepted, whether still valid or not; oldest first.

    Who asks whether one holds through a term compares ``valid_from`` and ``valid_to`` with the term's days.
    """
    names = sorted(set(organisation_ids))
    held: dict[str, list[Certificate]] = {name: [] for name in names}
    for some in chunks(names):
        wanted = Certificate.organisation_id.in_(some)
        query = sa.select(Certificate).where(wanted, Certificate.status == "accepted").order_by(Certificate.id)
        for found in db.session.scalars(query):
            held[found.organisation_id].append(found)
    return held
