"""What every reply tells browsers, and that the documentation page keeps to it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.app import create_app
from marketplace.config import Settings
from tests.factories.accounts import PASSWORD, in_session, make_member, signed_in

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/api/v1/openapi.json", 200),
        ("/api/v1/sites", 401),
        ("/api/v1/nowhere", 404),
        ("/nowhere", 404),
        ("/api/v1/open-contracting/releases", 404),  # none is published
        ("/api/v1/docs", 200),
        ("/", 302),
        ("/api/v1/docs/assets/swagger-ui.css", 200),
    ],
)
def test_every_reply_carries_them(client: FlaskClient, path: str, status: int) -> None:
    """Answers, refusals, redirects, pages and files."""
    with client.get(path) as reply:
        assert reply.status_code == status
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        if reply.mimetype != "text/html":
            assert policy == NOTHING
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["X-Frame-Options"] == "DENY"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert reply.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in reply.headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in reply.headers
        assert "Access-Control-Allow-Origin" not in reply.headers


def sources(policy: str, directive: str) -> list[str]:
    """What a policy allows for one directive."""
    return next(part.split()[1:] for part in policy.split("; ") if part.startswith(directive + " "))


def test_the_documentation_page_is_let_do_what_it_does(client: FlaskClient) -> None:
    """Scripts from here, the one inline script by this reply's nonce, no inline style or handler, calls to us."""
    page = client.get("/api/v1/docs")
    policy = page.headers["Content-Security-Policy"]
    inline = re.findall(r"<script(?![^>]*src=)([^>]*)>", page.text)
    assert len(inline) == 1
    nonce = re.fullmatch(r' nonce="([\w-]{24})"', inline[0])
    assert nonce is not None
    assert sources(policy, "script-src") == ["'self'", f"'nonce-{nonce[1]}'"]
    assert sources(policy, "style-src") == ["'self'"]
    assert sources(policy, "connect-src") == ["'self'"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text)
    again = client.get("/api/v1/docs").headers["Content-Security-Policy"]
    assert again != policy, "a nonce is used once"


def test_pictures_of_the_style_sheet_are_allowed(client: FlaskClient) -> None:
    """Swagger's style sheet draws with data: addresses and fetches nothing."""
    with client.get("/api/v1/docs/assets/swagger-ui.css") as reply:
        addresses = {address[:5] for address in re.findall(r"url\([\"']?([^)\"']+)", reply.text)}
    assert addresses <= {"data:"}
    assert sources(client.get("/api/v1/docs").headers["Content-Security-Policy"], "img-src") == ["'self'", "data:"]


def test_replies_to_members_are_stored_nowhere(client: FlaskClient) -> None:
    """By token or cookie, answered or refused; what anybody may have stays storable."""
    member = make_member()
    assert client.get("/api/v1/sites", headers=signed_in(client, member)).headers["Cache-Control"] == "no-store"
    assert client.get("/api/v1/sites").headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/api/v1/openapi.json").headers
    in_session(client, member)
    assert client.get("/api/v1/sites").headers["Cache-Control"] == "no-store"
    with client.get("/api/v1/docs/assets/swagger-ui.css") as asset:
        assert asset.headers["Cache-Control"] == "no-cache"  # the file says so itself


def https_app() -> Flask:
    """An application behind TLS, without a database."""
    return create_app(Settings(database_url="sqlite:///:memory:", https=True, testing=True))


def test_behind_tls_browsers_are_told_to_stay_there() -> None:
    client = https_app().test_client()
    for path in ("/healthz", "/api/v1/docs", "/nowhere"):
        assert client.get(path).headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_behind_tls_the_cookie_is_of_this_host_alone(client: FlaskClient) -> None:
    """The prefix asks for Secure, the whole path and no domain, and browsers hold a server to it."""
    assert Settings(https=True).flask()["SESSION_COOKIE_NAME"] == "__Host-session"
    assert Settings(https=True).flask()["SESSION_COOKIE_SECURE"] is True
    spec = https_app().test_client().get("/api/v1/openapi.json").json
    assert spec["components"]["securitySchemes"]["session"]["name"] == "__Host-session"
    reply = client.post("/api/v1/session", json={"email": make_member().email, "password": PASSWORD})
    assert "Domain" not in reply.headers["Set-Cookie"]
    assert "Path=/" in reply.headers["Set-Cookie"]
