"""Values that programs send by mistake and people on purpose: whatever the route, never an error of ours.

In tests an unexpected error is raised, not answered, so that a failure here shows its cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from marketplace.accounts.models import Member
from tests.api.permission_routes import ANONYMOUS, MEMBERS, Route
from tests.api.test_permissions import ROUTES, member_for
from tests.factories.accounts import in_session, make_member, signed_in

NASTY: list[Any] = [
    None,
    -1,
    10**30,
    "",
    "-1e999999999",
    "0001-01-01T00:00:00+23:59",
    "x" * 5000 + "\u202e\u0007",
    [None, [None]],
    {"": {"$": [1.5, True]}},
]
NASTY_BYTES = [b"", b"\0", b"\xff\xfe", b'"', b"=1+1,2\r\n", b"{}\n[]\n", b"," * 100_000, b"x" * 1_000_000]
NASTY_TEXTS = ["", "\0", "'", "x" * 3000, "9" * 40, "NaN", "0001-01-01T00:00:00+23:59"]
NASTY_PATHS = ["'", "\0", "x" * 3000, "%", "ord_", "\u202e"]


class Play:
    """Calls one route again and again, as somebody who may call it, each time on a thing of its own."""

    def __init__(self, app: Flask, route: Route) -> None:
        self.route = route
        self.client = app.test_client()
        self.member = member_for(min(route.roles & MEMBERS)) if ANONYMOUS not in route.roles else make_member()
        self.headers = {**route.headers}
        if route.method in ("PATCH", "PUT", "DELETE"):
            self.headers["If-Match"] = "*"
        if ANONYMOUS not in route.roles:
            enter = in_session if route.session else signed_in
            self.headers |= enter(self.client, self.member)

    def things(self) -> tuple[Member, Mapping[str, str]]:
        """The caller and the path's values."""
        return self.member, self.route.make(self.member) if self.route.make else {}

    def status(self, path: Mapping[str, str], **content: Any) -> int:
        """What one call is answered with."""
        url = self.route.rule
        for name, value in path.items():
            url = url.replace(f"<{name}>", quote(value, safe=""))
        options = {"query_string": dict(self.route.query), **content}
        return self.client.open(url, method=self.route.method, headers=self.headers, **options).status_code


def variants(body: Any) -> Iterator[Any]:
    """The body with one value, at the top or one level below, changed for a nasty one."""
    yield from NASTY
    for key, value in body.items():
        for nasty in NASTY:
            yield {**body, key: nasty}
        below = value[0] if isinstance(value, list) and value else value
        if isinstance(below, Mapping):
            for inner in below:
                for nasty in NASTY[::4]:
                    changed = {**below, inner: nasty}
                    yield {**body, key: [changed] if isinstance(value, list) else changed}


WITH_BODY = [route for route in ROUTES if route.body is not None]


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
def test_nasty_bodies(route: Route, app: Flask, session: None) -> None:
    """Refused or, where the value happens to be allowed, taken; what was refused did not lose the sound body."""
    play = Play(app, route)
    member, path = play.things()
    body = route.body(member, path) if callable(route.body) else route.body
    if isinstance(body, bytes):
        contents = [{"data": nasty} for nasty in (*NASTY_BYTES, body[: len(body) // 2], body * 2)]
    else:
        contents = [{"json": variant} for variant in variants(body)]
    refused = 0
    for content in contents:
        status = play.status(path, **content)
        assert status < 500, f"{status} for {content!r:.300}"
        refused += status in (400, 401, 415, 422)
    assert refused > 0


@pytest.mark.parametrize("route", [r for r in ROUTES if "<" in r.rule], ids=lambda route: route.name)
def test_nasty_paths(route: Route, app: Flask, session: None) -> None:
    """Nothing is found under such names."""
    play = Play(app, route)
    member, path = play.things()
    body = route.body(member, path) if callable(route.body) else route.body
    content = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    for name in path:
        for nasty in NASTY_PATHS:
            status = play.status({**path, name: nasty}, **content)
            assert 400 <= status < 500, f"{status} for {nasty!r:.80}"


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=lambda route: route.name)
def test_nasty_queries(route: Route, app: Flask, session: None) -> None:
    """Every parameter that the description names, and one that it does not."""
    play = Play(app, route)
    _, path = play.things()
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"]
    described = paths.get(route.rule.replace("<", "{").replace(">", "}"), {}).get("get", {}).get("parameters", [])
    names = [parameter["name"] for parameter in described if parameter["in"] == "query"]
    for name in names:
        for nasty in NASTY_TEXTS:
            status = play.status(path, query_string={**route.query, name: nasty})
            assert status < 500, f"{status} for {name}={nasty!r:.80}"
    if route.rule.startswith("/api/"):
        assert play.status(path, query_string={**route.query, "colour": "red"}) == 422
