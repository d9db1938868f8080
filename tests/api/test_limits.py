"""How often one may call, per address and per account, and whose address counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.api.http import limits_memory
from marketplace.api.http.limits import caller_address
from marketplace.api.http.limits_memory import CallingMemory
from marketplace.app import create_app
from marketplace.config import SettingError, Settings
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, make_token

RELEASES = "/api/v1/open-contracting/releases"


@pytest.fixture(scope="module", params=database_urls())
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of each kind."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, testing=True))
        with app.app_context():
            flask_migrate.upgrade()
            db.engine.dispose()
        yield url


Limited = Callable[..., Flask]


@pytest.fixture
def limited(url: str) -> Iterator[Limited]:
    """Makes applications that count calls; their connections are closed afterwards."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        given = {"limits_store": "memory", "limit_per_address": "1000/hour", **settings}
        made.append(create_app(Settings(database_url=url, testing=True, **given), clock=lambda: NOW))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def statuses(client: FlaskClient, path: str, times: int, address: str = "192.0.2.1", **options: Any) -> list[int]:
    """What so many calls from an address get."""
    environ = {"REMOTE_ADDR": address}
    return [client.get(path, environ_overrides=environ, **options).status_code for _ in range(times)]


def test_tests_of_other_things_meet_no_limits() -> None:
    assert Settings(testing=True).effective_limits_store == "none"
    assert Settings().effective_limits_store == "memory"
    assert Settings(testing=True, limits_store="memory").effective_limits_store == "memory"


def test_an_address_is_refused_when_it_has_called_too_often(limited: Limited) -> None:
    """As a problem with Retry-After in seconds and a Chinese text; other addresses are served."""
    client = limited(limit_per_address="3/hour").test_client()
    assert statuses(client, "/api/v1/openapi.json", 4) == [200, 200, 200, 429]
    reply = client.get("/api/v1/sites", environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert reply.status_code == 429, "one allowance for all routes"
    assert reply.mimetype == "application/problem+json"
    assert reply.json["type"] == "urn:changdan:problem:too-many-requests"
    assert reply.json["title"].startswith("请求过于频繁")
    assert reply.json["detail_zh"].startswith("请求过于频繁")
    assert 1 <= int(reply.headers["Retry-After"]) <= 7200
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert statuses(client, "/api/v1/openapi.json", 1, "192.0.2.2") == [200]


def test_who_watches_the_service_is_always_answered(limited: Limited) -> None:
    client = limited(limit_per_address="2/hour").test_client()
    assert statuses(client, "/healthz", 5) == [200] * 5
    assert statuses(client, "/readyz", 5) == [200] * 5
    assert statuses(client, "/api/v1/openapi.json", 3) == [200, 200, 429]


def test_an_account_has_one_allowance_whatever_it_sends(limited: Limited) -> None:
    """Two tokens from two addresses are one account; a made-up token is nobody, and another member another."""
    app = limited(limit_per_account="3/hour")
    client = app.test_client()
    with app.app_context():
        member = make_member()
        tokens, other = [make_token(member), make_token(member)], make_token(make_member())
        db.session.commit()
    calls = [(tokens[0], "192.0.2.1"), (tokens[1], "192.0.2.2"), (tokens[0], "192.0.2.3"), (tokens[1], "192.0.2.4")]
    found = []
    for token, address in calls:
        found += statuses(client, "/api/v1/sites", 1, address, headers={"Authorization": f"Bearer {token}"})
    assert found == [200, 200, 200, 429]
    reply = client.get("/api/v1/sites", headers={"Authorization": f"Bearer {tokens[0]}"})
    assert reply.status_code == 429
    assert reply.json["type"] == "urn:changdan:problem:too-many-requests"
    assert int(reply.headers["Retry-After"]) >= 1
    assert statuses(client, "/api/v1/sites", 1, headers={"Authorization": f"Bearer {other}"}) == [200]
    assert statuses(client, "/api/v1/sites", 1, headers={"Authorization": "Bearer cd_made_up"}) == [401]


def test_open_routes_are_limited_more_strictly(limited: Limited) -> None:
    """Published contracts, registration and sign-in each have a limit of their own."""
    app = limited(limit_public="2/hour", limit_registration="1/hour", limit_sign_in="2/hour")
    client = app.test_client()
    assert statuses(client, RELEASES, 3) == [404, 404, 429], "no contract is published here"
    assert statuses(client, RELEASES, 1, "192.0.2.2") == [404]
    assert statuses(client, "/api/v1/openapi.json", 3) == [200] * 3
    registrations = [client.post("/api/v1/organisations", json={}).status_code for _ in range(2)]
    assert registrations == [422, 429]
    body = {"email": "nobody@example.com", "password": "x"}
    assert [client.post("/api/v1/session", json=body).status_code for _ in range(3)] == [401, 401, 429]


def test_none_switches_counting_off(limited: Limited) -> None:
    client = limited(limits_store="none", limit_per_address="1/hour").test_client()
    assert statuses(client, "/api/v1/openapi.json", 3) == [200] * 3


def test_a_forwarded_address_is_not_believed_without_a_proxy(limited: Limited) -> None:
    """Whoever writes another address into the header at every call is the same caller."""
    client = limited(limit_per_address="2/hour").test_client()
    found = [
        client.get("/api/v1/openapi.json", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(3)
    ]
    assert found == [200, 200, 429]


def test_behind_a_proxy_the_address_that_it_saw_counts(limited: Limited) -> None:
    """What the caller wrote to the left of it changes nothing."""
    client = limited(limit_per_address="2/hour", trusted_proxies=1).test_client()

    def call(forwarded: str) -> int:
        environ = {"REMOTE_ADDR": "10.0.0.1"}
        headers = {"X-Forwarded-For": forwarded}
        return client.get("/api/v1/openapi.json", headers=headers, environ_overrides=environ).status_code

    assert [call(f"198.51.100.{number}, 192.0.2.1") for number in range(3)] == [200, 200, 429]
    assert call("192.0.2.1, 192.0.2.2") == 200
    assert call("192.0.2.1") == 429


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
        ("unix:", "unix:"),
    ],
)
def test_whom_a_call_counts_for(app: Flask, address: str, counted: str) -> None:
    """A network of IPv6 that one customer has whole is one caller."""
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
        assert caller_address() == counted


def test_a_shared_store_without_its_package_is_said_at_start() -> None:
    try:
        import redis  # noqa: F401
    except ModuleNotFoundError:
        with pytest.raises(SettingError, match="pip install redis"):
            create_app(Settings(database_url="sqlite:///:memory:", limits_store="redis://127.0.0.1:1/0"))
    else:
        app = create_app(Settings(database_url="sqlite:///:memory:", limits_store="redis://127.0.0.1:1/0"))
        assert app.test_client().get("/api/v1/openapi.json").status_code == 200, "a store that is away refuses nobody"


def test_counting_in_memory_starts_no_threads() -> None:
    memory = CallingMemory(f"{limits_memory.SCHEME}://")
    memory.timer.join()  # which the library starts once
    before = threading.enumerate()
    counted = [memory.incr("a", 60) for _ in range(50)]
    assert counted == list(range(1, 51))
    assert threading.enumerate() == before


def test_windows_that_are_over_are_swept_by_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_memory, "SWEPT_EVERY_SECONDS", 0.0)
    memory = CallingMemory(f"{limits_memory.SCHEME}://")
    memory.timer.join()
    memory.incr("over", 0.01)
    memory.incr("lasts", 60)
    time.sleep(0.02)
    memory.incr("another", 60)
    assert set(memory.storage) == {"lasts", "another"} == set(memory.expirations)
