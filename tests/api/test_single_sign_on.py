"""Signing in at an issuer of OpenID Connect: real tokens, a real exchange, every part of it bent once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from werkzeug.test import TestResponse

from marketplace.accounts.models import Member
from marketplace.app import create_app
from marketplace.config import SettingError, Settings
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from tests.api.fake_issuer import CLIENT_ID, CLIENT_SECRET, FakeIssuer, serving
from tests.conftest import NOW
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, make_organisation

LEAVE, BACK, SESSION = "/api/v1/session/oidc", "/api/v1/session/oidc/callback", "/api/v1/session"
MOMENT = int(NOW.timestamp())


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    """One that says what is right until a test bends it."""
    with serving(FakeIssuer(MOMENT)) as found:
        yield found


@pytest.fixture(scope="module", params=database_urls())
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of each kind with one member, and two who may not sign in."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, testing=True))
        with app.app_context():
            flask_migrate.upgrade()
            make_member(email="wang@example.com")
            make_member(email="inactive@example.com", active=False)
            make_member(email="rejected@example.com", organisation=make_organisation(status="rejected"))
            db.session.commit()
            db.engine.dispose()
        yield url


@pytest.fixture
def client(url: str, issuer: FakeIssuer) -> Iterator[FlaskClient]:
    """A browser, at an application that knows the issuer."""
    app = application(url, issuer)
    yield app.test_client()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def application(url: str, issuer: FakeIssuer, **settings: Any) -> Flask:
    """One that is set up for the issuer."""
    given = {
        "database_url": url,
        "secret_key": "0123456789abcdef",
        "oidc_issuer": issuer.address,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_label": "示例集团登录",
        "testing": True,
    }
    return create_app(Settings(**{**given, **settings}), clock=lambda: NOW)


def journey(client: FlaskClient, issuer: FakeIssuer, **changes: str) -> TestResponse:
    """To the issuer and back; ``changes`` to what the browser brings."""
    answer = client.get(LEAVE)
    assert answer.status_code == 302
    return client.get(BACK, query_string={**issuer.visit(answer.headers["Location"]), **changes})


def refused(client: FlaskClient, reply: TestResponse) -> bool:
    """Whether nobody was let in, and the reply says so in both languages."""
    assert reply.status_code == 401
    assert reply.json["type"] == "urn:changdan:problem:single-sign-on-failed"
    assert reply.json["detail_zh"].startswith("单点登录未成功")
    return client.get(SESSION).status_code == 401


def test_a_member_comes_in_by_the_verified_address(client: FlaskClient, issuer: FakeIssuer) -> None:
    """The case of letters aside; with a session like any other, and an entry that names issuer and subject."""
    reply = journey(client, issuer)
    assert (reply.status_code, reply.headers["Location"]) == (302, "/")
    assert reply.headers["Cache-Control"] == "no-store"
    cookies = {line.partition("=")[0]: line for line in reply.headers.getlist("Set-Cookie")}
    assert "SameSite=Strict" in cookies["session"]
    assert "HttpOnly" in cookies["session"]
    assert "oidc=;" in cookies["oidc"]
    who = client.get(SESSION).json
    assert who["member"]["email"] == "wang@example.com"
    assert who["csrf_token"]
    assert issuer.refused == []
    with client.application.app_context():
        entry = db.session.scalars(
            sa.select(AuditEntry).filter_by(action="accounts:session:started").order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None
        assert entry.payload == {"issuer": issuer.address, "subject": "person-1"}


def test_what_is_remembered_meanwhile_comes_back_from_the_issuer_but_reaches_no_script(
    client: FlaskClient, issuer: FakeIssuer
) -> None:
    """Lax, for ten minutes; state, nonce and verifier are others each time."""
    first, second = client.get(LEAVE), client.get(LEAVE)
    cookie = first.headers["Set-Cookie"]
    for part in ("SameSite=Lax", "HttpOnly", "Max-Age=600"):
        assert part in cookie
    asked = [parse_qs(urlsplit(each.headers["Location"]).query) for each in (first, second)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 32
    assert asked[0]["redirect_uri"] == ["http://127.0.0.1:8000/api/v1/session/oidc/callback"]
    assert "code_verifier" not in asked[0]


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"email": ["wang@example.com"]},
        {"email": "stranger@example.com"},
        {"email": "inactive@example.com"},
        {"email": "rejected@example.com"},
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["another-client"], "azp": CLIENT_ID},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": MOMENT - 61},
        {"exp": None},
        {"iat": MOMENT + 3600},
        {"sub": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_a_token_that_is_not_in_order_lets_nobody_in(
    client: FlaskClient, issuer: FakeIssuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    assert refused(client, journey(client, issuer))


def test_who_is_no_member_and_who_may_not_sign_in_read_the_same(client: FlaskClient, issuer: FakeIssuer) -> None:
    """And nobody becomes a member this way."""
    found = []
    for email in ("stranger@example.com", "inactive@example.com", "rejected@example.com"):
        issuer.claims = {"email": email}
        found.append(journey(client, issuer).json)
    assert found[0] == found[1] == found[2]
    with client.application.app_context():
        assert db.session.scalar(sa.select(Member).filter_by(email="stranger@example.com")) is None


def test_signatures_by_others_let_nobody_in(client: FlaskClient, issuer: FakeIssuer) -> None:
    """Another key under the right name, no signature, and one with the client's secret."""
    issuer.signing = RSAKey.generate_key(2048, {"kid": "first"})
    assert refused(client, journey(client, issuer))
    issuer.signing, issuer.algorithm = issuer.key, "none"
    assert refused(client, journey(client, issuer))
    issuer.signing = OctKey.import_key(CLIENT_SECRET, {"kid": "first"})
    issuer.algorithm = "HS256"
    assert refused(client, journey(client, issuer))
    issuer.signing, issuer.algorithm = issuer.key, "RS256"
    assert journey(client, issuer).status_code == 302


def test_an_issuer_may_change_its_keys(client: FlaskClient, issuer: FakeIssuer) -> None:
    """An unknown name of a key has them read again."""
    assert journey(client, issuer).status_code == 302
    issuer.key = issuer.signing = RSAKey.generate_key(2048, {"kid": "second"})
    assert journey(client, issuer).status_code == 302


def test_the_way_back_belongs_to_the_browser_that_left(client: FlaskClient, issuer: FakeIssuer) -> None:
    """Another's code does not sign one in as the other, nor without having left, nor twice."""
    other = client.application.test_client()
    back = issuer.visit(other.get(LEAVE).headers["Location"])
    assert refused(client, client.get(BACK, query_string=back)), "this browser never left"
    client.get(LEAVE)
    assert refused(client, client.get(BACK, query_string=back)), "it left with another state"
    assert other.get(BACK, query_string=back).status_code == 302
    third = client.application.test_client()
    assert refused(third, third.get(BACK, query_string=back))
    assert other.get(BACK, query_string=back).status_code == 401, "the way back is gone once"


def test_the_verifier_is_of_the_browser_that_left(client: FlaskClient, issuer: FakeIssuer) -> None:
    """A code that was stolen on the way and brought back in a journey of the thief's own is refused by the issuer."""
    victim = client.application.test_client()
    stolen = issuer.visit(victim.get(LEAVE).headers["Location"])["code"]
    assert refused(client, journey(client, issuer, code=stolen))
    assert issuer.refused == ["verifier"]


@pytest.mark.parametrize(
    "changes", [{"state": ""}, {"state": "另"}, {"code": ""}, {"code": "made-up"}, {"iss": "https://other.example"}]
)
def test_ways_back_that_lead_nowhere(client: FlaskClient, issuer: FakeIssuer, changes: dict[str, str]) -> None:
    assert refused(client, journey(client, issuer, **changes))


def test_a_refusal_of_the_issuer(client: FlaskClient, issuer: FakeIssuer) -> None:
    state = issuer.visit(client.get(LEAVE).headers["Location"])["state"]
    assert refused(client, client.get(BACK, query_string={"error": "access_denied", "state": state}))


def test_a_forged_memory_is_worth_nothing(client: FlaskClient, issuer: FakeIssuer) -> None:
    client.set_cookie("oidc", "eyJzdGF0ZSI6IngifQ.aaaa.bbbb")
    assert refused(client, client.get(BACK, query_string={"code": "x", "state": "x"}))


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"authorization_endpoint": "http://id.example/authorize"},
        {"authorization_endpoint": None},
    ],
)
def test_an_issuer_that_is_not_what_is_set(client: FlaskClient, issuer: FakeIssuer, metadata: dict[str, Any]) -> None:
    """By another name, or by ways that others can read."""
    issuer.metadata = metadata
    assert refused(client, client.get(LEAVE))


def test_an_issuer_that_does_not_answer(url: str, issuer: FakeIssuer) -> None:
    client = application(url, issuer, oidc_issuer="http://127.0.0.1:1").test_client()
    reply = client.get(LEAVE)
    assert reply.status_code == 401
    assert reply.json["detail"] == "the issuer does not answer"


def test_the_description_names_the_way_where_there_is_one(client: FlaskClient, app: Flask) -> None:
    said = client.get("/api/v1/openapi.json").json["info"]["description"]
    assert "示例集团登录" in said
    elsewhere = app.test_client()
    with app.app_context():
        assert elsewhere.get(LEAVE).status_code == 404
        assert "/api/v1/session/oidc" not in elsewhere.get("/api/v1/openapi.json").json["info"]["description"]


def test_calls_are_limited_like_sign_in(url: str, issuer: FakeIssuer) -> None:
    client = application(url, issuer, limits_store="memory", limit_sign_in="2/hour").test_client()
    assert [client.get(LEAVE).status_code for _ in range(3)] == [302, 302, 429]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CHANGDAN_OIDC_CLIENT_SECRET": None}, "CHANGDAN_OIDC_CLIENT_SECRET must be set too"),
        ({"CHANGDAN_OIDC_ISSUER": "http://id.example"}, "an https:// address"),
        ({"CHANGDAN_OIDC_ISSUER": "https://id.example/?x"}, "an https:// address"),
        ({"CHANGDAN_OIDC_CLIENT_ID": " "}, "CHANGDAN_OIDC_CLIENT_ID has 1 characters"),
    ],
)
def test_settings(changes: dict[str, str | None], said: str) -> None:
    right = {
        "CHANGDAN_OIDC_ISSUER": "https://id.example/realm",
        "CHANGDAN_OIDC_CLIENT_ID": CLIENT_ID,
        "CHANGDAN_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    settings = Settings.from_environment(right)
    assert settings.oidc_issuer == "https://id.example/realm"
    assert CLIENT_SECRET not in repr(settings)
    bent = {name: text for name, text in {**right, **changes}.items() if text is not None}
    with pytest.raises(SettingError, match=said) as caught:
        Settings.from_environment(bent)
    assert CLIENT_SECRET not in str(caught.value)
