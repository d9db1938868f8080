"""Reading accounts.  What belongs to another organisation does not exist for the asker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import ApiToken, Member, Organisation, Site
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import chunks, db, execute
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

T = TypeVar("T")


def organisation(organisation_id: str) -> Organisation:
    """An organisation, whoever asks; raises NotFound."""
    return _found(db.session.get(Organisation, organisation_id), "organisation", organisation_id)


def visible_organisation(organisation_id: str, actor: Actor) -> Organisation:
    """The actor's own organisation; any, for an operator.  Raises NotFound."""
    if organisation_id != actor.organisation_id and not actor.is_a(Role.OPERATOR):
        raise NotFound("organisation", organisation_id)
    return organisation(organisation_id)


def organisation_by_credit_code(credit_code: str) -> Organisation | None:
    """Who bears this unified social credit code here."""
    return db.session.scalar(sa.select(Organisation).filter_by(credit_code=credit_code))


def registered_credit_codes(credit_codes: Iterable[str]) -> set[str]:
    """Which of these unified social credit codes are registered here already."""
    return {
        code
        for some in chunks(credit_codes)
        for code in db.session.scalars(sa.select(Organisation.credit_code).where(Organisation.credit_code.in_(some)))
    }


ORGANISATION_SORTS: dict[str, InstrumentedAttribute[object]] = {
    "created_at": Organisation.created_at,
    "name_zh": Organisation.name_zh,
    "credit_code": Organisation.credit_code,
}


def organisations(
    *,
    status: str | None = None,
    kind: str | None = None,
    sort: str = "created_at",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Organisation]:
    """All organisations, for operators; ``sort`` is one of ORGANISATION_SORTS."""
    query = sa.select(Organisation)
    if status is not None:
        query = query.filter_by(status=status)
    if kind is not None:
        query = query.filter_by(kind=kind)
    key = ORGANISATION_SORTS[sort]
    return page(query, key=key, unique=Organisation.id, descending=descending, cursor=cursor, limit=limit)


def site(site_id: str) -> Site:
    """A site, whoever asks; raises NotFound."""
    return _found(db.session.get(Site, site_id), "site", site_id)


def own_site(site_id: str, actor: Actor) -> Site:
    """A site of the actor's organisation; raises NotFound."""
    found = site(site_id)
    if found.organisation_id != actor.organisation_id:
        raise NotFound("site", site_id)
    return found


_SITES: sa.Table = Site.__table__  # type: ignore[assignment]
# Whether site_id is an active site of the organisation owner's: to be part of a statement that asks more.
IS_ACTIVE_SITE = sa.exists().where(
    _SITES.c.id == sa.bindparam("site_id"), _SITES.c.organisation_id == sa.bindparam("owner"), _SITES.c.active
)


def has_active_site(site_id: str, actor: Actor) -> bool:
    """Whether this is a site of the actor's organisation, and active."""
    return bool(execute(sa.select(IS_ACTIVE_SITE), {"site_id": site_id, "owner": actor.organisation_id}).scalar())


def sites(actor: Actor, *, active: bool | None = None, cursor: str | None = None, limit: int = 50) -> Page[Site]:
    """The sites of the actor's organisation, oldest first."""
    query = sa.select(Site).filter_by(organisation_id=actor.organisation_id)
    if active is not None:
        query = query.filter_by(active=active)
    return page(query, key=Site.id, unique=Site.id, cursor=cursor, limit=limit)


def member_by_id(member_id: str) -> Member:
    """A member, whoever asks; raises NotFound."""
    return _found(db.session.get(Member, member_id), "member", member_id)


def member_by_email(email: str) -> Member | None:
    """Who signs in with this e-mail address, whatever its case."""
    return db.session.scalar(sa.select(Member).filter_by(email=email.lower()))


def own_member(member_id: str, actor: Actor) -> Member:
    """A member of the actor's organisation; raises NotFound."""
    found = member_by_id(member_id)
    if found.organisation_id != actor.organisation_id:
        raise NotFound("member", member_id)
    return found


def members(actor: Actor, *, active: bool | None = None, cursor: str | None = None, limit: int = 50) -> Page[Member]:
    """The members of the actor's organisation, oldest first."""
    query = sa.select(Member).filter_by(organisation_id=actor.organisation_id)
    if active is not None:
        query = query.filter_by(active=active)
    return page(query, key=Member.id, unique=Member.id, cursor=cursor, limit=limit)


def own_token(token_id: str, actor: Actor) -> ApiToken:
    """A token of the actor's own; raises NotFound."""
    found = db.session.get(ApiToken, token_id)
    if found is None or found.member_id != actor.member_id:
        raise NotFound("token", token_id)
    return found


def tokens(actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[ApiToken]:
    """The actor's own tokens, oldest first, revoked and expired ones included."""
    query = sa.select(ApiToken).filter_by(member_id=actor.member_id)
    return page(query, key=ApiToken.id, unique=ApiToken.id, cursor=cursor, limit=limit)


def _found(thing: T | None, kind: str, identifier: str) -> T:
    if thing is None:
        raise NotFound(kind, identifier)
    return thing
