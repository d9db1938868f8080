"""The permission matrix: every route, played by every caller, on own and on foreign things.

Each domain lists its routes in tests/api/permissions_<domain>.py; a route that nobody lists fails here.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from marketplace.accounts.models import Member
from marketplace.accounts.rules.kinds import OrganisationKind
from marketplace.accounts.rules.tokens import SCOPES
from marketplace.api.http.access import SAFE_METHODS, Access
from marketplace.shared.actor import Role
from tests.api.permission_routes import ANONYMOUS, MEMBERS, UNVERIFIED, UNVERIFIED_REGULATOR, Caller, Route
from tests.factories.accounts import in_session, make_member, make_organisation, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_round

ROUTES: list[Route] = [
    route
    for path in sorted(Path(__file__).parent.glob("permissions_*.py"))
    for route in importlib.import_module(f"tests.api.{path.stem}").ROUTES
]

UNLISTED_ENDPOINTS = ("api-docs.", "docs-assets.")  # the documentation itself


def rules_of(app: Flask) -> dict[tuple[str, str], Access]:
    """The access rule of every method and route that the application serves."""
    return {
        (method, rule.rule): app.view_functions[rule.endpoint].__access__  # type: ignore[attr-defined]
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith(UNLISTED_ENDPOINTS)
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def member_for(caller: Caller) -> Member:
    """A member as the caller's description says, in an organisation of its own."""
    if caller is UNVERIFIED:
        return make_member(organisation=make_organisation(kind=OrganisationKind.CELL, verified=False))
    if caller is UNVERIFIED_REGULATOR:
        authority = make_organisation(kind=OrganisationKind.AUTHORITY, verified=False)
        return make_member(organisation=authority, roles=[Role.REGULATOR])
    return make_member(roles=[str(caller)])


def expected(route: Route, caller: Caller, *, own: bool) -> set[int]:
    """The statuses that are right for this caller."""
    if caller not in route.roles:
        return {401} if caller is ANONYMOUS else {403} if own else {403, 404}
    if own or caller in route.across or route.foreign is None:
        return set(range(200, 300))
    return {route.foreign}


def cases(route: Route) -> Iterator[tuple[Caller, bool]]:
    """Callers, each with whether the thing is its own; routes without owned things have one case per caller."""
    owned = route.make is not None and route.foreign is not None
    for caller in Caller:
        if not owned:
            yield caller, True
            continue
        yield caller, False
        if caller is not ANONYMOUS and caller in route.owners:
            yield caller, True


def made(route: Route, owner: Member) -> dict[str, str]:
    """A thing of the owner's for the route to be called on: the path's values."""
    return dict(route.make(owner)) if route.make else {}


def play(
    app: Flask,
    route: Route,
    member: Member | None,
    stranger: Member,
    *,
    own: bool,
    scopes: frozenset[str] = SCOPES,
    path: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Status and text of the reply to one call by ``member``, on its own thing or on the stranger's.

    ``path`` names a thing that is there already; otherwise one is made.
    """
    client = app.test_client()
    if path is None:
        path = made(route, member if own and member is not None else stranger)
    url = route.rule
    for name, value in path.items():
        url = url.replace(f"<{name}>", value)
    assert "<" not in url, f"make gives no value for a part of {url}"
    body = route.body(member or stranger, path) if callable(route.body) else route.body
    headers = {**route.headers}
    if route.method in ("PATCH", "PUT", "DELETE"):
        headers["If-Match"] = "*"
    if member is not None:
        headers |= in_session(client, member) if route.session else signed_in(client, member, scopes=scopes)
    content = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    reply = client.open(url, method=route.method, headers=headers, query_string=dict(route.query), **content)
    return reply.status_code, reply.text


def test_every_route_is_listed_once(app: Flask) -> None:
    """An unlisted route fails the build, and so does a listed one that is not there."""
    listed = Counter((route.method, route.rule) for route in ROUTES)
    assert {key for key, count in listed.items() if count > 1} == set()
    assert sorted(rules_of(app)) == sorted(listed)


def test_public_routes_are_those_listed_for_everybody(app: Flask) -> None:
    """Openness is said twice, in the route and in the matrix, and both agree."""
    public = {key for key, rule in rules_of(app).items() if rule.public}
    assert public == {(route.method, route.rule) for route in ROUTES if ANONYMOUS in route.roles}


def test_scopes_exist_and_say_read_or_write(app: Flask) -> None:
    """A token that may only read changes nothing: whatever may write needs a scope to write, or a session."""
    for (method, rule), access in rules_of(app).items():
        if access.public or access.session_only or (method, rule) == ("GET", "/api/v1/session"):
            continue
        assert access.scope in SCOPES, f"{method} {rule} has the scope {access.scope}"
        reads = method in SAFE_METHODS or access.reading
        assert access.scope.endswith(":read" if reads else ":write"), f"{method} {rule}"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_callers(route: Route, app: Flask, session: None) -> None:
    """Each caller gets what the matrix says."""
    wrong = []
    members = {caller: member_for(caller) for caller in MEMBERS}
    stranger = make_member()
    seen = made(route, stranger) if route.method in SAFE_METHODS else None  # nobody changes it: one for all callers
    for caller, own in cases(route):
        path = None if own and caller in members else seen
        status, text = play(app, route, members.get(caller), stranger, own=own, path=path)
        right = expected(route, caller, own=own)
        if status not in right:
            shown = "2xx" if 200 in right else right
            wrong.append(f"{caller} on {'own' if own else 'foreign'}: {status}, not {shown}: {text[:300]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("route", [r for r in ROUTES if ANONYMOUS not in r.roles], ids=lambda route: route.name)
def test_tokens_without_the_scope(route: Route, app: Flask, session: None) -> None:
    """A token that lacks the route's scope is refused; where a session is needed, so is every token."""
    access = rules_of(app)[route.method, route.rule]
    if access.scope is None and not access.session_only:
        assert route.rule == "/api/v1/session"
        return
    by_token = Route(**{**{f: getattr(route, f) for f in Route.__dataclass_fields__}, "session": False})
    member = member_for(min(route.roles & MEMBERS))
    status, text = play(app, by_token, member, member, own=True, scopes=SCOPES - {access.scope or ""})
    assert status == 403, text


def test_drafts_of_rounds_do_not_exist_for_an_unverified_authority(app: Flask, session: None) -> None:
    """A round that is not open yet is seen by staff, and staff is who has been verified."""
    url = f"/api/v1/rounds/{make_round(make_grade()).id}"
    for caller, status in ((UNVERIFIED_REGULATOR, 404), (Caller.REGULATOR, 200)):
        client = app.test_client()
        assert client.get(url, headers=signed_in(client, member_for(caller))).status_code == status
