"""Organisations, sites, members and tokens for tests: added and flushed, never committed."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from stdnum.cn import uscc

from marketplace.accounts.callers import token_hash
from marketplace.accounts.models import ApiToken, Member, Organisation, Site
from marketplace.accounts.rules.kinds import OrganisationKind, roles_open_to
from marketplace.accounts.rules.tokens import SCOPES
from marketplace.accounts.services.passwords import hash_password
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from tests.conftest import NOW

PASSWORD = "correct horse battery staple"

_numbers = itertools.count(1)


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def credit_code(number: int, region: str = "110000") -> str:
    """The unified social credit code of a company that does not exist: both check digits are right."""
    body = f"{number:08d}"
    remainder = sum(w * int(digit) for w, digit in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True)) % 11
    organisation_code = body + "0X987654321"[remainder]  # GB 11714
    code = f"91{region}{organisation_code}"
    return code + uscc.calc_check_digit(code)


def make_organisation(
    *, kind: OrganisationKind | str = OrganisationKind.CELL, verified: bool = True, **columns: Any
) -> Organisation:
    """An organisation, verified unless said otherwise."""
    number = next(_numbers)
    given = {
        "id": new_id("org", NOW),
        "name_zh": f"测试企业{number}",
        "name_latin": f"Test Company {number}",
        "credit_code": credit_code(number),
        "kind": str(OrganisationKind(kind)),
        "status": "verified" if verified else "pending",
        "created_at": NOW,
    }
    return _added(Organisation(**{**given, **columns}))


def make_site(organisation: Organisation, **columns: Any) -> Site:
    """A site in Chengdu unless said otherwise."""
    given = {
        "id": new_id("sit", NOW),
        "name": "一号工厂",
        "address": "四川省成都市测试路1号",
        "region_code": "510100",
        "latitude_deg": Decimal("30.57"),
        "longitude_deg": Decimal("104.07"),
        "created_at": NOW,
    }
    return _added(Site(organisation=organisation, organisation_id=organisation.id, **{**given, **columns}))


def make_member(
    *, roles: Iterable[Role | str] | None = None, organisation: Organisation | None = None, **columns: Any
) -> Member:
    """A member whose password is PASSWORD; without ``roles`` it has all that are open to its organisation's kind.

    Without ``organisation`` it gets a verified one of a kind to which the roles are open.
    """
    wanted = None if roles is None else frozenset(Role(role) for role in roles)
    if organisation is None:
        kinds = (OrganisationKind.CELL, OrganisationKind.OPERATOR, OrganisationKind.AUTHORITY)
        organisation = make_organisation(kind=next(kind for kind in kinds if (wanted or set()) <= roles_open_to(kind)))
    given = {
        "id": new_id("mem", NOW),
        "email": f"member{next(_numbers)}@example.com",
        "name": "王小明",
        "password_hash": _password_hash(),
        "roles": sorted(roles_open_to(OrganisationKind(organisation.kind)) if wanted is None else wanted),
        "session_key": secrets.token_urlsafe(16),
        "created_at": NOW,
    }
    return _added(Member(organisation=organisation, organisation_id=organisation.id, **{**given, **columns}))


def make_token(member: Member, *, scopes: Iterable[str] = SCOPES, **columns: Any) -> str:
    """A personal token of this member; its secret, as the member would send it."""
    secret = "cd_" + secrets.token_urlsafe(32)
    given = {
        "id": new_id("tok", NOW),
        "name": "测试",
        "secret_hash": token_hash(secret),
        "scopes": sorted(scopes),
        "expires_at": NOW + timedelta(days=30),
        "created_at": NOW,
    }
    _added(ApiToken(member=member, member_id=member.id, **{**given, **columns}))
    return secret


def signed_in(client: FlaskClient, member: Member, *, scopes: Iterable[str] = SCOPES) -> dict[str, str]:
    """Headers that make a request this member's, by a token: ``client.get(url, headers=signed_in(client, member))``."""
    return {"Authorization": f"Bearer {make_token(member, scopes=scopes)}"}


def in_session(client: FlaskClient, member: Member) -> dict[str, str]:
    """Give the client this member's session cookie; headers with its CSRF token."""
    csrf_token = secrets.token_urlsafe(16)
    with client.session_transaction() as session:
        session.clear()
        session.update(_user_id=member.get_id(), signed_in_at=NOW.isoformat(), csrf_token=csrf_token)
    return {"X-CSRF-Token": csrf_token}


def _added(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing
