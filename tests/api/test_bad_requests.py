"""Input that cannot be read or is not wanted: a 4xx that says where and why, and nothing stored."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.accounts.models import Member, Organisation, Site
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from tests.factories.accounts import credit_code, make_member, make_site, signed_in

SITE = b'"name": "A", "address": "B", "region_code": "510100"'
DEEP = b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}"
BOTTOMLESS = b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture
def admin(client: FlaskClient) -> dict[str, str]:
    """Headers of an administrator."""
    return signed_in(client, make_member(roles=["organisation_admin"]))


def stored() -> tuple[int, ...]:
    """How many rows there are of what these tests could make."""
    kinds = (Organisation, Member, Site, AuditEntry)
    return tuple(db.session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0 for kind in kinds)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"name": "A"', "line 1, column"),
        (b"{" + SITE + b"} more", "line 1, column"),
        (b"{'name': 'A'}", "line 1, column"),
        (b'{"name": "\xe9\x94"}', "not UTF-8: byte 10"),
        (b'{"name": "\xff\xfe"}', "not UTF-8: byte 10"),
        (b"\xef\xbb\xbf{" + SITE + b"}", "BOM"),
        (b"{" + SITE + b', "latitude_deg": NaN}', "NaN, which is not a JSON number"),
        (b"{" + SITE + b', "latitude_deg": -Infinity}', "-Infinity, which is not a JSON number"),
        (b"{" + SITE + b', "name": "C"}', "gives the name 'name' twice"),
        (b'{"name": "a\\u0000b"}', "U+0000"),
        (b'{"a\\u0000b": 1}', "U+0000"),
        (b'{"name": "\\ud800"}', "surrogate"),
        (b'{"name": ' + b"9" * 5000 + b"}", "digits"),
        (DEEP, "60 levels"),
        (BOTTOMLESS, "60 levels"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_unreadable_json(client: FlaskClient, admin: dict[str, str], body: bytes, said: str) -> None:
    """400 with the place; what Python's reader would let pass is refused too."""
    before = stored()
    reply = client.post("/api/v1/sites", data=body, content_type="application/json", headers=admin)
    assert (reply.status_code, reply.content_type) == (400, "application/problem+json")
    assert said in reply.json["detail"]
    assert reply.json["type"] == "urn:changdan:problem:bad-request"
    assert stored() == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_other_media_types(client: FlaskClient, admin: dict[str, str], content_type: str | None) -> None:
    """A body that is not said to be JSON is not taken for an empty one."""
    reply = client.post("/api/v1/sites", data=b"{" + SITE + b"}", content_type=content_type, headers=admin)
    assert reply.status_code == 415
    assert "application/json" in reply.json["detail"]


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, gzip"])
def test_packed_bodies(client: FlaskClient, admin: dict[str, str], coding: str) -> None:
    """What is packed is not unpacked here, and not taken for what it says either."""
    before = stored()
    headers = {**admin, "Content-Encoding": coding}
    reply = client.post("/api/v1/sites", data=b"{" + SITE + b"}", content_type="application/json", headers=headers)
    assert reply.status_code == 415
    assert coding in reply.json["detail"]
    assert stored() == before
    whole = {**admin, "Content-Encoding": "identity"}
    assert client.post("/api/v1/sites", json={}, headers=whole).status_code == 422


def test_a_body_of_ten_megabytes(client: FlaskClient, admin: dict[str, str]) -> None:
    """413 that names the limit, whether the length is announced or not."""
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    reply = client.post("/api/v1/sites", data=body, content_type="application/json", headers=admin)
    assert reply.status_code == 413
    assert reply.json["limit"] == 5_000_000
    assert "5000000 bytes" in reply.json["detail"]
    assert "5000000 字节" in reply.json["detail_zh"]


@pytest.mark.parametrize(
    ("body", "pointer", "value"),
    [
        ({"colour": "red"}, "/colour", "red"),
        ({"name": 3}, "/name", 3),
        ({"name": None}, "/name", None),
        ({"region_code": "000000"}, "/region_code", "000000"),
        ({"region_code": "51010"}, "/region_code", "51010"),
        ({"latitude_deg": 30.5}, "/latitude_deg", "30.5"),
        ({"latitude_deg": "1e400", "longitude_deg": "1"}, "/latitude_deg", "1e400"),
        ({"latitude_deg": "90.1", "longitude_deg": "1"}, "/latitude_deg", "90.1"),
        ({"latitude_deg": "30"}, "/longitude_deg", None),
        ({"id": "sit_mine"}, "/id", "sit_mine"),
    ],
)
def test_refused_values(
    client: FlaskClient, admin: dict[str, str], body: dict[str, Any], pointer: str, value: object
) -> None:
    """422 with a pointer to the field and the value that was sent."""
    before = stored()
    site = {"name": "A", "address": "B", "region_code": "510100", **body}
    reply = client.post("/api/v1/sites", json=site, headers=admin)
    assert reply.status_code == 422
    assert reply.json["type"] == "urn:changdan:problem:invalid-input"
    entry = next(entry for entry in reply.json["errors"] if entry["pointer"] == pointer)
    assert entry.get("value") == value
    assert stored() == before


def test_all_faults_are_said_at_once(client: FlaskClient, admin: dict[str, str]) -> None:
    """Not only the first."""
    site = {"name": "", "address": " B", "region_code": "99", "latitude_deg": "91"}
    reply = client.post("/api/v1/sites", json=site, headers=admin)
    pointers = {entry["pointer"] for entry in reply.json["errors"]}
    assert pointers == {"/name", "/address", "/region_code", "/latitude_deg", "/longitude_deg"}


def test_pointers_lead_into_lists_and_nested_objects(client: FlaskClient) -> None:
    """Each fault points to its own place, and a password is never repeated."""
    registration = {
        "name_zh": "企业",
        "name_latin": "Company",
        "credit_code": credit_code(77),
        "kind": "cell",
        "tags": ["a", 5],
        "first_member": {"email": "a@b.cn", "name": "A", "password": ["geheim"], "roles": ["seller", "king"], "age": 7},
    }
    reply = client.post("/api/v1/organisations", json=registration)
    assert reply.status_code == 422
    found = {entry["pointer"]: entry.get("value") for entry in reply.json["errors"]}
    assert found == {
        "/tags/1": 5,
        "/first_member/password": None,
        "/first_member/roles/1": "king",
        "/first_member/age": 7,
    }
    assert "geheim" not in reply.text


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7"])
def test_json_that_is_no_object(client: FlaskClient, admin: dict[str, str], body: bytes) -> None:
    """The schemas want an object."""
    reply = client.post("/api/v1/sites", data=body, content_type="application/json", headers=admin)
    assert reply.status_code == 422


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/sites?colour=red",
        "/api/v1/sites?limit=1&limit=2",
        "/api/v1/sites?cursor=%00",
        "/api/v1/session?verbose=1",
        "/api/v1/notifications?read=perhaps",
    ],
)
def test_unknown_and_repeated_parameters(client: FlaskClient, admin: dict[str, str], url: str) -> None:
    """Nothing in a query string is ignored, on routes without parameters neither."""
    reply = client.get(url, headers=admin)
    assert reply.status_code == 422
    assert reply.json["errors"][0]["pointer"].strip("/") in url


def test_a_body_that_nobody_reads_is_refused(client: FlaskClient, admin: dict[str, str]) -> None:
    """A caller who sends terms to a route that takes none is told so."""
    reply = client.post("/api/v1/notifications/msg_1/read", json={"read": False}, headers=admin)
    assert reply.status_code == 422
    assert client.post("/api/v1/notifications/msg_1/read", json={}, headers=admin).status_code == 404


def test_the_zero_character_in_a_path(client: FlaskClient, admin: dict[str, str]) -> None:
    """PostgreSQL could not even look for it."""
    assert client.get("/api/v1/sites/sit_%00", headers=admin).status_code == 404


def test_strangers_are_turned_away_before_their_input_is_read(client: FlaskClient) -> None:
    """Without a member it is 401, however bad the input; without the role it is 403."""
    junk = {"data": b"\xff", "content_type": "application/json"}
    assert client.post("/api/v1/sites", **junk).status_code == 401
    seller = signed_in(client, make_member(roles=["seller"]))
    assert client.post("/api/v1/sites", **junk, headers=seller).status_code == 403


def test_a_missing_thing_and_a_foreign_one_read_the_same(client: FlaskClient, admin: dict[str, str]) -> None:
    """But for the identifier that was asked for."""
    foreign = make_site(make_member().organisation).id
    missing = "sit_" + "0" * 26
    replies = [client.get(f"/api/v1/sites/{site_id}", headers=admin) for site_id in (foreign, missing)]
    assert [reply.status_code for reply in replies] == [404, 404]
    assert replies[0].text.replace(foreign, "-") == replies[1].text.replace(missing, "-")


def test_unknown_routes_and_methods(client: FlaskClient) -> None:
    """Problem documents as well."""
    reply = client.get("/api/v1/nowhere")
    assert (reply.status_code, reply.content_type) == (404, "application/problem+json")
    reply = client.put("/api/v1/sites")
    assert (reply.status_code, reply.content_type) == (405, "application/problem+json")
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_every_refusal_is_said_in_chinese_too(client: FlaskClient, admin: dict[str, str]) -> None:
    """The rules' faults and the schemas' alike, with value and limit; reading could have stored nothing."""
    site = {"name": "A", "address": "B", "region_code": "999999"}
    reply = client.post("/api/v1/sites", json=site, headers=admin).json
    assert reply["detail"].endswith("; nothing was stored")
    assert reply["detail_zh"] == "有 1 处内容被拒绝，未保存任何内容"
    (error,) = reply["errors"]
    assert error["detail_zh"].startswith("不是有效的行政区划代码（GB/T 2260）（填写：999999；要求：11, 12, ")

    (unknown,) = client.post("/api/v1/sites", json={**site, "region_code": "510100", "x": 1}, headers=admin).json[
        "errors"
    ]
    assert (unknown["code"], unknown["detail_zh"].partition("要求")[0]) == ("unknown-field", "没有此字段（填写：1；")
    missing = client.post("/api/v1/sites", json={}, headers=admin).json["errors"]
    assert {(error["code"], error["detail_zh"]) for error in missing} == {("missing", "缺少此项（要求：文本）")}

    read = client.get("/api/v1/sites", query_string={"limit": "201"}, headers=admin).json
    assert (read["detail"], read["detail_zh"]) == ("1 value was refused", "有 1 处内容被拒绝")
    assert read["errors"][0]["detail_zh"] == "超出允许范围（填写：201；要求：整数，1 至 200）"

    gone = client.get("/api/v1/sites/sit_none", headers=admin).json
    assert gone["detail_zh"] == "没有此项，或不属于贵单位（site sit_none）"
    assert client.get("/api/v1/sites").json["detail_zh"] == "请先登录，或提供有效的个人令牌"
