"""Personal tokens: shown once, scoped, expiring, revocable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.accounts.models import ApiToken
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import (
    in_session,
    make_member,
    make_token,
    signed_in,
)

SESSION = "/api/v1/session"


def test_a_token_says_who_one_is(client: FlaskClient) -> None:
    """With its scopes, and without a CSRF token, of which it has no need."""
    member = make_member(roles=["organisation_admin"])
    headers = signed_in(client, member, scopes=["accounts:read", "accounts:write"])
    reply = client.get(SESSION, headers=headers)
    assert reply.json["member"]["id"] == member.id
    assert reply.json["scopes"] == ["accounts:read", "accounts:write"]
    assert reply.json["csrf_token"] is None
    site = {"name": "A", "address": "B", "region_code": "510100"}
    assert client.post("/api/v1/sites", json=site, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "columns",
    [
        {"expires_at": NOW},
        {"expires_at": NOW - timedelta(seconds=1)},
        {"revoked_at": NOW - timedelta(days=1)},
    ],
)
def test_expired_and_revoked_tokens_open_nothing(client: FlaskClient, columns: dict[str, Any]) -> None:
    """401, which says how to sign in."""
    token = make_token(make_member(), **columns)
    reply = client.get(SESSION, headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.parametrize(
    "header",
    ["Bearer cd_guess", "Bearer", "Bearer ", "Basic d2FuZzpnZWhlaW0=", "cd_guess", "", "Bearer ü", "Digest x=1"],
)
def test_other_authorisations_open_nothing(client: FlaskClient, header: str) -> None:
    """Also beside a valid cookie: a request that says who it is by header is judged by the header alone."""
    in_session(client, make_member())
    assert client.get(SESSION).status_code == 200
    assert client.get(SESSION, headers={"Authorization": header}).status_code == 401


def test_the_scheme_reads_in_any_case(client: FlaskClient) -> None:
    """RFC 9110, 11.1."""
    token = make_token(make_member())
    assert client.get(SESSION, headers={"Authorization": f"bearer {token}"}).status_code == 200


def test_a_token_is_shown_once_and_kept_as_hash(client: FlaskClient) -> None:
    """Made in a session, used, read without secret, revoked, dead."""
    member = make_member()
    headers = in_session(client, member)
    body = {"name": "ERP", "scopes": ["accounts:read"], "valid_days": 365}
    made = client.post("/api/v1/tokens", json=body, headers=headers)
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    secret = made.json["secret"]
    assert secret.startswith("cd_")
    assert len(secret) >= 46
    assert made.json["token"]["expires_at"] == (NOW + timedelta(days=365)).isoformat()
    row = db.session.scalars(sa.select(ApiToken)).one()
    assert secret not in repr(vars(row))

    bearer = {"Authorization": f"Bearer {secret}"}
    read = client.get(made.headers["Location"], headers=bearer)
    assert read.status_code == 200
    assert secret not in read.text
    assert row.secret_hash not in read.text
    url = f"/api/v1/tokens/{row.id}/revocation"
    assert client.post(url, headers=headers).json["revoked_at"] == NOW.isoformat()
    assert client.post(url, headers=headers).status_code == 200
    assert client.get(SESSION, headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"valid_days": 366}, "/valid_days"),
        ({"valid_days": 0}, "/valid_days"),
        ({"valid_days": 1.5}, "/valid_days"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["orders:burn"]}, "/scopes/0"),
        ({"scopes": ["orders:read", "orders:read"]}, "/scopes/1"),
        ({"name": ""}, "/name"),
        ({"secret": "mine"}, "/secret"),
    ],
)
def test_tokens_that_cannot_be_made(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    """Known scopes only, a year at most."""
    headers = in_session(client, make_member())
    body = {"name": "ERP", "scopes": ["orders:read"], "valid_days": 30, **change}
    reply = client.post("/api/v1/tokens", json=body, headers=headers)
    assert reply.status_code == 422
    assert [entry["pointer"] for entry in reply.json["errors"]] == [pointer]


def test_a_colleagues_token_is_nobody_elses(client: FlaskClient) -> None:
    """Tokens are personal, within the organisation too."""
    owner = make_member()
    make_token(owner)
    token = db.session.scalars(sa.select(ApiToken)).one()
    colleague = in_session(client, make_member(organisation=owner.organisation))
    assert client.get(f"/api/v1/tokens/{token.id}").status_code == 404
    assert client.post(f"/api/v1/tokens/{token.id}/revocation", headers=colleague).status_code == 404
    assert client.get("/api/v1/tokens").json["items"] == []


def test_a_tokens_use_is_noted_once_an_hour(client: FlaskClient) -> None:
    """Reading requests count as well, although they change nothing else."""
    headers = signed_in(client, make_member())
    token = db.session.scalars(sa.select(ApiToken)).one()
    assert client.get(SESSION, headers=headers).status_code == 200
    db.session.refresh(token)
    assert token.last_used_at == NOW
    for age, noted in ((timedelta(minutes=59), False), (timedelta(minutes=60), True)):
        token.last_used_at = NOW - age
        client.get(SESSION, headers=headers)
        db.session.refresh(token)
        assert (token.last_used_at == NOW) == noted
