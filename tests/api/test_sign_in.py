"""Sessions and tokens through the one loader."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from marketplace.shared.identifiers import is_credit_code
from tests.conftest import NOW
from tests.factories.accounts import (
    PASSWORD,
    credit_code,
    in_session,
    make_member,
    make_organisation,
    signed_in,
)

SESSION = "/api/v1/session"


def enter(client: FlaskClient, member: Member, password: str = PASSWORD) -> Any:
    """Sign in as a browser would."""
    return client.post(SESSION, json={"email": member.email, "password": password})


def test_generated_credit_codes_have_right_check_digits() -> None:
    """The factories' codes are valid in form, each another."""
    codes = {credit_code(number) for number in range(1, 200)}
    assert len(codes) == 199
    assert all(map(is_credit_code, codes))


def test_signing_in_answers_who_one_is(client: FlaskClient) -> None:
    """The cookie alone is enough to read; the password's hash is nowhere."""
    member = make_member(roles=["seller"])
    assert client.get(SESSION).status_code == 401
    reply = enter(client, member)
    assert reply.status_code == 200
    assert reply.json["member"]["email"] == member.email
    assert reply.json["organisation"]["id"] == member.organisation_id
    assert reply.json["scopes"] is None
    assert len(reply.json["csrf_token"]) >= 32
    assert "password" not in reply.text
    assert "argon2" not in reply.text
    assert client.get(SESSION).json == reply.json


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    """HttpOnly, SameSite=Strict; the reply is stored nowhere."""
    reply = enter(client, make_member())
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert reply.headers["Cache-Control"] == "no-store"


def test_what_a_session_held_before_signing_in_is_dropped(client: FlaskClient) -> None:
    """A cookie planted beforehand is worth nothing afterwards; the CSRF token is another at each sign-in."""
    with client.session_transaction() as session:
        session.update(planted="x", csrf_token="planted")
    member = make_member()
    first = enter(client, member).json["csrf_token"]
    with client.session_transaction() as session:
        assert "planted" not in session
    assert first != "planted"
    assert enter(client, member).json["csrf_token"] != first


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("known@example.com", "not the password"),
        ("unknown@example.com", PASSWORD),
        ("inactive@example.com", PASSWORD),
        ("rejected@example.com", PASSWORD),
        ("known@example.com", ""),
        ("known@example.com", "x" * 129),
        ("known@example.com", PASSWORD.upper()),
    ],
)
def test_refusals_read_all_the_same(client: FlaskClient, email: str, password: str) -> None:
    """Nobody learns whether there is an account."""
    make_member(email="known@example.com")
    make_member(email="inactive@example.com", active=False)
    make_member(email="rejected@example.com", organisation=make_organisation(status="rejected"))
    reply = client.post(SESSION, json={"email": email, "password": password})
    assert reply.status_code == 401
    assert reply.json == {
        "type": "urn:changdan:problem:sign-in-refused",
        "title": "邮箱或密码不正确 / E-mail or password is wrong",
        "status": 401,
        "detail": "this e-mail address and this password do not open an account",
        "detail_zh": "邮箱或密码不正确，或该账号不可登录",
    }
    assert "Set-Cookie" not in reply.headers
    assert client.get(SESSION).status_code == 401


@pytest.mark.parametrize("status", ["pending", "verified", "suspended"])
def test_who_may_sign_in(client: FlaskClient, status: str) -> None:
    """All but the rejected: they see what is asked of them."""
    assert enter(client, make_member(organisation=make_organisation(status=status))).status_code == 200


def test_case_of_an_e_mail_address_does_not_matter(client: FlaskClient) -> None:
    """Addresses are kept in lower case."""
    make_member(email="wang@example.com")
    assert client.post(SESSION, json={"email": "Wang@Example.COM", "password": PASSWORD}).status_code == 200


def test_a_cookie_changes_nothing_without_the_csrf_token(client: FlaskClient) -> None:
    """Other sites can make a browser send the cookie, not this header; reading needs none."""
    csrf_token = enter(client, make_member()).json["csrf_token"]
    body = {"name": "ERP", "scopes": ["orders:read"], "valid_days": 1}
    for headers in (
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "wrong"},
        {"X-CSRF-Token": "凭证".encode().decode("latin1")},
    ):
        assert client.post("/api/v1/tokens", json=body, headers=headers).status_code == 403
    assert client.get("/api/v1/tokens").status_code == 200
    assert client.post("/api/v1/tokens", json=body, headers={"X-CSRF-Token": csrf_token}).status_code == 201


def test_a_session_without_csrf_token_changes_nothing(client: FlaskClient) -> None:
    """An empty expectation is not met by an empty header."""
    member = make_member()
    with client.session_transaction() as session:
        session.update(_user_id=member.get_id(), signed_in_at=NOW.isoformat())
    assert client.get(SESSION).status_code == 200
    assert client.delete(SESSION, headers={"X-CSRF-Token": ""}).status_code == 403


def test_signing_out_ends_copied_cookies_too(app: Flask, client: FlaskClient) -> None:
    """On every machine."""
    member = make_member()
    enter(client, member)
    other = app.test_client()
    csrf_token = enter(other, member).json["csrf_token"]
    assert other.delete(SESSION, headers={"X-CSRF-Token": csrf_token}).status_code == 204
    assert other.get(SESSION).status_code == 401
    assert client.get(SESSION).status_code == 401


@pytest.mark.parametrize(("age", "status"), [(timedelta(hours=12), 401), (timedelta(hours=11, minutes=59), 200)])
def test_sessions_end_after_twelve_hours(client: FlaskClient, age: timedelta, status: int) -> None:
    """However busy they are."""
    in_session(client, make_member())
    with client.session_transaction() as session:
        session["signed_in_at"] = (NOW - age).isoformat()
    assert client.get(SESSION).status_code == status


def test_a_new_password_ends_other_sessions_but_not_this_one(app: Flask, client: FlaskClient) -> None:
    """The one in which it was changed begins anew."""
    member = make_member()
    other = app.test_client()
    enter(other, member)
    headers = {"X-CSRF-Token": enter(client, member).json["csrf_token"]}
    body = {"current_password": PASSWORD, "new_password": "another long secret"}
    assert (
        client.post(f"{SESSION}/password", json={**body, "current_password": "no"}, headers=headers).status_code == 422
    )
    reply = client.post(f"{SESSION}/password", json=body, headers=headers)
    assert reply.status_code == 200
    assert client.get(SESSION).json["csrf_token"] == reply.json["csrf_token"]
    assert other.get(SESSION).status_code == 401
    assert enter(other, member).status_code == 401
    assert enter(other, member, "another long secret").status_code == 200


def test_losing_access_ends_sessions_and_tokens(client: FlaskClient) -> None:
    """At the next request, be it the member or the organisation that is shut out; a forged key never opens."""
    member = make_member()
    token = signed_in(client, member)
    in_session(client, member)
    assert client.get(SESSION).status_code == 200
    member.organisation.status = "rejected"
    assert client.get(SESSION).status_code == 401
    assert client.get(SESSION, headers=token).status_code == 401
    member.organisation.status, member.active = "verified", False
    assert client.get(SESSION).status_code == 401
    assert client.get(SESSION, headers=token).status_code == 401
    member.active = True
    assert client.get(SESSION).status_code == 200
    for forged in (member.id, f"{member.id}:", f"{member.id}:x", f":{member.session_key}", "", ":"):
        with client.session_transaction() as session:
            session["_user_id"] = forged
        assert client.get(SESSION).status_code == 401
