"""Sessions begin anew: no cookie planted before signing in, and none kept from before a new password, opens anything.

The session is in the signed cookie itself: the server keeps no identifier that somebody could fix beforehand.  These
tests keep and replay the cookies as they went over the wire.
"""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from tests.factories.accounts import PASSWORD, make_member

SESSION = "/api/v1/session"
NEW = "another long secret"


def cookie(client: FlaskClient) -> str:
    """The client's cookie as text."""
    found = client.get_cookie("session")
    assert found is not None
    return found.value


def with_cookie(app: Flask, value: str) -> FlaskClient:
    """Another machine that sends this cookie."""
    client = app.test_client()
    client.set_cookie("session", value)
    return client


def enter(client: FlaskClient, member: Member, password: str = PASSWORD) -> str:
    """Sign in; the CSRF token."""
    reply = client.post(SESSION, json={"email": member.email, "password": password})
    assert reply.status_code == 200
    token: str = reply.json["csrf_token"]
    return token


def test_signing_in_makes_another_cookie(app: Flask, client: FlaskClient) -> None:
    """An attacker's own cookie, planted in the victim's browser, does not become the victim's."""
    attacker, victim = make_member(), make_member()
    attacker_csrf = enter(client, attacker)
    planted = cookie(client)
    browser = with_cookie(app, planted)
    victim_csrf = enter(browser, victim)
    assert cookie(browser) != planted
    assert victim_csrf != attacker_csrf
    assert browser.get(SESSION).json["member"]["id"] == victim.id
    copy = with_cookie(app, planted)
    assert copy.get(SESSION).json["member"]["id"] == attacker.id, "the copy is still the attacker's own"
    assert browser.delete(SESSION, headers={"X-CSRF-Token": attacker_csrf}).status_code == 403


def test_a_made_up_cookie_is_replaced(app: Flask, session: None) -> None:
    """Nothing that the browser sends is taken over."""
    browser = with_cookie(app, "chosen-by-the-attacker")
    assert browser.get(SESSION).status_code == 401
    enter(browser, make_member())
    assert cookie(browser) != "chosen-by-the-attacker"
    assert with_cookie(app, "chosen-by-the-attacker").get(SESSION).status_code == 401


def test_a_new_password_makes_old_cookies_worthless(app: Flask, client: FlaskClient) -> None:
    """The one in which it was changed too: it gets another, and another CSRF token."""
    member = make_member()
    csrf = enter(client, member)
    old = cookie(client)
    assert with_cookie(app, old).get(SESSION).status_code == 200
    body = {"current_password": PASSWORD, "new_password": NEW}
    reply = client.post(f"{SESSION}/password", json=body, headers={"X-CSRF-Token": csrf})
    assert reply.status_code == 200
    assert reply.json["csrf_token"] != csrf
    assert client.get(SESSION).status_code == 200
    assert cookie(client) != old
    assert with_cookie(app, old).get(SESSION).status_code == 401


def test_a_password_given_by_an_administrator_ends_sessions(app: Flask, client: FlaskClient) -> None:
    admin = make_member(roles=["organisation_admin"])
    member = make_member(roles=[], organisation=admin.organisation)
    browser = app.test_client()
    enter(browser, member)
    csrf = enter(client, admin)
    url = f"/api/v1/members/{member.id}/password"
    assert client.post(url, json={"password": NEW}, headers={"X-CSRF-Token": csrf}).status_code == 200
    assert browser.get(SESSION).status_code == 401
    enter(browser, member, NEW)


def test_signing_out_makes_every_copy_worthless(app: Flask, client: FlaskClient) -> None:
    member = make_member()
    csrf = enter(client, member)
    old = cookie(client)
    assert client.delete(SESSION, headers={"X-CSRF-Token": csrf}).status_code == 204
    assert with_cookie(app, old).get(SESSION).status_code == 401
    enter(client, member)
    assert with_cookie(app, old).get(SESSION).status_code == 401, "not by signing in again either"


def test_a_weak_new_password_is_refused_with_its_reason(client: FlaskClient) -> None:
    """In both languages; the organisation's name counts."""
    member = make_member(email="wang@example.com")
    member.organisation.name_latin = "Hengda Lithium Co., Ltd."
    csrf = enter(client, member)
    body = {"current_password": PASSWORD, "new_password": "HengdaLithium1"}
    reply = client.post(f"{SESSION}/password", json=body, headers={"X-CSRF-Token": csrf})
    assert reply.status_code == 422
    assert reply.json["errors"] == [
        {
            "pointer": "/new_password",
            "code": "weak-password",
            "detail": "is guessed too easily",
            "detail_zh": "密码过于简单，容易被猜出（要求：不含本人姓名、邮箱或单位名称）",
            "limit": "nothing made of one's own names, e-mail address or organisation",
        }
    ]
    assert client.get(SESSION).status_code == 200, "the session goes on"
