"""Cursor paging over real lists."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, signed_in

ORGANISATIONS = "/api/v1/organisations"


def cursor_of(value: object) -> str:
    """Any JSON value in the form of a cursor."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "name_zh", "-credit_code"])
def test_pages_hold_every_row_once_in_order(client: FlaskClient, sort: str) -> None:
    """Seven organisations, two of them made at the same moment, in pages of two."""
    headers = signed_in(client, make_member(roles=["operator"]))
    for day in (1, 2, 3, 3, 4, 5):
        make_organisation(created_at=NOW - timedelta(days=day))
    whole = client.get(ORGANISATIONS, query_string={"sort": sort}, headers=headers).json
    assert len(whole["items"]) == 7
    assert whole["next_cursor"] is None
    key = sort.removeprefix("-")
    values = [item[key] for item in whole["items"]]
    if key != "name_zh":  # names sort by the database's own collation
        assert values == sorted(values, reverse=sort.startswith("-"))

    seen, cursor = [], None
    while True:
        query = {"sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
        part = client.get(ORGANISATIONS, query_string=query, headers=headers).json
        assert 1 <= len(part["items"]) <= 2
        seen += part["items"]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert seen == whole["items"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_forged_cursor_on_the_rim_of_the_calendar_is_refused(client: FlaskClient, moment: str) -> None:
    """Such a moment has no form in UTC; the place of the list is told, nothing breaks."""
    headers = signed_in(client, make_member(roles=["operator"]))
    make_organisation()
    written = client.get(ORGANISATIONS, query_string={"limit": 1}, headers=headers).json["next_cursor"]
    name, _, unique = json.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    reply = client.get(ORGANISATIONS, query_string={"cursor": cursor_of([name, moment, unique])}, headers=headers)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/cursor")


def test_filters(client: FlaskClient) -> None:
    """Status and kind narrow the list, together too."""
    headers = signed_in(client, make_member(roles=["operator"]))
    pending = make_organisation(kind="recycler", verified=False)
    make_organisation(kind="recycler")
    make_organisation(kind="pack", verified=False)

    def found(**query: str) -> set[str]:
        reply = client.get(ORGANISATIONS, query_string=query, headers=headers)
        return {item["id"] for item in reply.json["items"]}

    assert len(found(status="pending")) == 2
    assert len(found(kind="recycler")) == 2
    assert found(status="pending", kind="recycler") == {pending.id}


def test_a_cursor_of_another_list_or_order_is_refused(client: FlaskClient) -> None:
    """Only the list that gave a cursor, in the order in which it gave it, takes it back."""
    operator = make_member(roles=["operator", "organisation_admin"])
    make_organisation()
    make_member(organisation=operator.organisation, roles=[])
    headers = signed_in(client, operator)
    by_name = client.get(ORGANISATIONS, query_string={"limit": 1, "sort": "name_zh"}, headers=headers).json
    by_member = client.get("/api/v1/members", query_string={"limit": 1}, headers=headers).json
    for query in (
        {"cursor": by_name["next_cursor"]},
        {"cursor": by_name["next_cursor"], "sort": "credit_code"},
        {"cursor": by_name["next_cursor"], "sort": "-name_zh"},
        {"cursor": by_member["next_cursor"]},
    ):
        reply = client.get(ORGANISATIONS, query_string=query, headers=headers)
        assert reply.status_code == 422
        assert reply.json["errors"][0]["pointer"] == "/cursor"


NAME = "Organisation.created_at Organisation.id"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "not base64 !",
        "é",
        cursor_of(None),
        cursor_of(7),
        cursor_of([]),
        cursor_of({"a": 1}),
        cursor_of([NAME]),
        cursor_of([NAME, "2026-12-01T02:00:00", "org_1"]),  # no zone
        cursor_of([NAME, "yesterday", "org_1"]),
        cursor_of([NAME, "2026-12-01T02:00:00+00:00", 3]),
        cursor_of([NAME, "2026-12-01T02:00:00+00:00", "a\0b"]),
        cursor_of([NAME, "2026-12-01T02:00:00+00:00", "\ud800"]),
        cursor_of([NAME, "2026-12-01T02:00:00+00:00", "org_1", "more"]),
        base64.urlsafe_b64encode(b"[" * 6000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode(),
    ],
)
def test_forged_cursors_are_refused(client: FlaskClient, cursor: str) -> None:
    """Whatever stands in a cursor, the answer is 422, never an error of ours."""
    headers = signed_in(client, make_member(roles=["operator"]))
    reply = client.get(ORGANISATIONS, query_string={"cursor": cursor}, headers=headers)
    assert reply.status_code == 422
    assert reply.json["errors"][0]["pointer"] == "/cursor"


def test_a_number_too_large_for_the_database_is_refused(client: FlaskClient) -> None:
    """The audit list sorts by number."""
    headers = signed_in(client, make_member(roles=["organisation_admin"]))
    for number in (2**63, -(2**80), True, 1.5):
        cursor = cursor_of(["AuditEntry.number descending", number])
        assert client.get("/api/v1/audit", query_string={"cursor": cursor}, headers=headers).status_code == 422


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1.5", ""])
def test_page_sizes_out_of_range_are_refused(client: FlaskClient, limit: str) -> None:
    """A page has 1 to 200 rows."""
    headers = signed_in(client, make_member(roles=["operator"]))
    reply = client.get(ORGANISATIONS, query_string={"limit": limit}, headers=headers)
    assert reply.status_code == 422
    assert reply.json["errors"][0]["parameter"] == "limit"


@pytest.mark.parametrize("limit", ["٣", "３", "3_0", " 3", "+3", "3.0", "0x3", "9" * 5000, ""])
def test_a_limit_is_written_in_plain_digits(client: FlaskClient, limit: str) -> None:
    """Digits of other scripts, which int() would take, are no digits here."""
    headers = signed_in(client, make_member(roles=["operator"]))
    reply = client.get(ORGANISATIONS, query_string={"limit": limit}, headers=headers)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/limit")
    assert client.get(ORGANISATIONS, query_string={"limit": "3"}, headers=headers).status_code == 200
