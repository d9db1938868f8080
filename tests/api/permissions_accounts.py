"""Who may call the routes of accounts, the inbox and the audit trail."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from marketplace.accounts.models import ApiToken, Member
from marketplace.notifications.services import tell
from tests.api.permission_routes import EVERYONE, OPERATOR, ORGANISATION_ADMIN, REGULATOR, UNVERIFIED, Route
from tests.conftest import NOW
from tests.factories.accounts import PASSWORD, credit_code, make_member, make_organisation, make_site, make_token

_numbers = itertools.count(50_000_000)
ADMINS = frozenset({ORGANISATION_ADMIN, UNVERIFIED})


def organisation_of(owner: Member) -> dict[str, str]:
    """The owner's organisation itself."""
    return {"organisation_id": owner.organisation_id}


def pending_organisation(owner: Member) -> dict[str, str]:
    """An organisation that waits for an operator; the route is for operators, who own none."""
    return {"organisation_id": make_organisation(verified=False).id}


def site_of(owner: Member) -> dict[str, str]:
    """A site of the owner's organisation."""
    return {"site_id": make_site(owner.organisation).id}


def colleague_of(owner: Member) -> dict[str, str]:
    """Another member of the owner's organisation."""
    return {"member_id": make_member(roles=[], organisation=owner.organisation).id}


def token_of(owner: Member) -> dict[str, str]:
    """A token of the owner's own."""
    make_token(owner)
    token = ApiToken.query.filter_by(member_id=owner.id).first()
    return {"token_id": token.id}


def message_to(owner: Member) -> dict[str, str]:
    """A message in the inbox of the owner's organisation."""
    return {"message_id": tell(owner.organisation_id, "test", "-", text_zh="测试", text_en="Test", now=NOW).id}


def new_member(_caller: Member, _path: Mapping[str, str]) -> dict[str, Any]:
    """A member that nobody else has added."""
    return {"email": f"new{next(_numbers)}@example.com", "name": "李雷", "password": "a long enough secret"}


def registration(caller: Member, path: Mapping[str, str]) -> dict[str, Any]:
    """An organisation that nobody else has registered."""
    return {
        "name_zh": "新注册企业",
        "name_latin": "Newcomer Ltd.",
        "credit_code": credit_code(next(_numbers)),
        "kind": "cell",
        "first_member": new_member(caller, path),
    }


def sign_in(_caller: Member, _path: Mapping[str, str]) -> dict[str, str]:
    """E-mail and password of somebody."""
    return {"email": make_member().email, "password": PASSWORD}


SITE = {"name": "二号工厂", "address": "福建省宁德市测试路2号", "region_code": "350900"}
NEW_PASSWORD = {"current_password": PASSWORD, "new_password": "another long secret"}
TOKEN = {"name": "ERP", "scopes": ["orders:read"], "valid_days": 30}

ROUTES = [
    Route("GET", "/healthz", roles=EVERYONE),
    Route("GET", "/readyz", roles=EVERYONE),
    Route("POST", "/api/v1/organisations", roles=EVERYONE, body=registration),
    Route("GET", "/api/v1/organisations", roles={OPERATOR}),
    Route("GET", "/api/v1/organisations/<organisation_id>", make=organisation_of, across={OPERATOR}),
    Route(
        "PATCH",
        "/api/v1/organisations/<organisation_id>",
        roles=ADMINS | {OPERATOR},
        make=organisation_of,
        across={OPERATOR},
        body={"tags": ["国企"]},
    ),
    Route(
        "POST",
        "/api/v1/organisations/<organisation_id>/verification",
        roles={OPERATOR},
        make=pending_organisation,
        foreign=None,
        body={"decision": "verify"},
    ),
    Route("GET", "/api/v1/sites"),
    Route("POST", "/api/v1/sites", roles=ADMINS, body=SITE),
    Route("GET", "/api/v1/sites/<site_id>", make=site_of),
    Route("PATCH", "/api/v1/sites/<site_id>", roles=ADMINS, make=site_of, body={"active": False}),
    Route("GET", "/api/v1/members", roles=ADMINS),
    Route("POST", "/api/v1/members", roles=ADMINS, body=new_member, session=True),
    Route("GET", "/api/v1/members/<member_id>", roles=ADMINS, make=colleague_of),
    Route(
        "PATCH",
        "/api/v1/members/<member_id>",
        roles=ADMINS,
        make=colleague_of,
        body={"active": False},
        session=True,
    ),
    Route(
        "POST",
        "/api/v1/members/<member_id>/password",
        roles=ADMINS,
        make=colleague_of,
        body={"password": "handed over by hand"},
        session=True,
    ),
    Route("POST", "/api/v1/session", roles=EVERYONE, body=sign_in),
    Route("GET", "/api/v1/session"),
    Route("DELETE", "/api/v1/session", session=True),
    Route("POST", "/api/v1/session/password", body=NEW_PASSWORD, session=True),
    Route("GET", "/api/v1/tokens"),
    Route("POST", "/api/v1/tokens", body=TOKEN, session=True),
    Route("GET", "/api/v1/tokens/<token_id>", make=token_of),
    Route("POST", "/api/v1/tokens/<token_id>/revocation", make=token_of),
    Route("GET", "/api/v1/notifications"),
    Route("POST", "/api/v1/notifications/<message_id>/read", make=message_to),
    Route("GET", "/api/v1/audit", roles=ADMINS),
    Route("GET", "/api/v1/audit/verification", roles={OPERATOR}),
    Route("GET", "/api/v1/audit/anchors", roles={OPERATOR, REGULATOR}),
    Route("GET", "/api/v1/events"),
]
