"""Organisations from registration to suspension, their sites and members, as callers live it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.accounts.models import Member, Organisation
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from tests.factories.accounts import PASSWORD, credit_code, in_session, make_member, make_organisation, signed_in

ORGANISATIONS = "/api/v1/organisations"
REGISTRATION = {
    "name_zh": "宁德示例电池有限公司",
    "name_latin": "Ningde Example Battery Co., Ltd.",
    "credit_code": credit_code(60_000_001, "350900"),
    "kind": "cell",
    "first_member": {"email": "Wang@example.com", "name": "王小明", "password": PASSWORD, "roles": ["seller"]},
}


def actions() -> list[str]:
    """What the audit trail says has happened."""
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_from_registration_to_suspension(client: FlaskClient) -> None:
    """Register, sign in, be verified, be told, be suspended with a reason."""
    made = client.post(ORGANISATIONS, json=REGISTRATION)
    assert made.status_code == 201
    assert made.json["organisation"]["status"] == "pending"
    assert made.json["first_member"]["email"] == "wang@example.com"
    assert made.json["first_member"]["roles"] == ["organisation_admin", "seller"]
    assert PASSWORD not in made.text
    url = made.headers["Location"]

    entered = client.post("/api/v1/session", json={"email": "wang@example.com", "password": PASSWORD})
    assert entered.json["organisation"]["status"] == "pending"
    seen = client.get(url)
    assert seen.json == made.json["organisation"]

    operator = signed_in(client, make_member(roles=["operator"]))
    waiting = client.get(ORGANISATIONS, query_string={"status": "pending"}, headers=operator).json["items"]
    assert [item["id"] for item in waiting] == [made.json["organisation"]["id"]]
    verified = client.post(f"{url}/verification", json={"decision": "verify"}, headers=operator)
    assert verified.json["status"] == "verified"
    assert client.get(url).headers["ETag"] == verified.headers["ETag"]
    bare = client.post(f"{url}/verification", json={"decision": "suspend"}, headers=operator)
    assert bare.json["errors"][0]["pointer"] == "/reason"
    reason = {"decision": "suspend", "reason": "营业执照过期"}
    assert client.post(f"{url}/verification", json=reason, headers=operator).json["status"] == "suspended"
    again = client.post(f"{url}/verification", json=reason, headers=operator)
    assert again.status_code == 409
    assert again.json["type"] == "urn:changdan:problem:transition-not-allowed"

    inbox = client.get("/api/v1/notifications").json["items"]
    assert {item["kind"] for item in inbox} == {"organisation-verified", "organisation-suspended"}
    assert any("营业执照过期" in item["text_zh"] for item in inbox)
    headers = {"X-CSRF-Token": entered.json["csrf_token"]}
    for item in inbox:
        assert client.post(f"/api/v1/notifications/{item['id']}/read", headers=headers).json["read"] is True
    assert client.get("/api/v1/notifications", query_string={"read": "false"}).json["items"] == []

    trail = client.get("/api/v1/audit").json["items"]
    assert [entry["number"] for entry in trail] == [6, 5, 4, 3, 2, 1]
    assert [entry["action"] for entry in trail] == [
        "notifications:message:told",
        "accounts:organisation:suspended",
        "notifications:message:told",
        "accounts:organisation:verified",
        "accounts:session:started",
        "accounts:organisation:registered",
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"credit_code": "91110000600037341M"}, "/credit_code"),
        ({"credit_code": "91110000600037341l"}, "/credit_code"),
        ({"credit_code": ""}, "/credit_code"),
        ({"kind": "operator"}, "/kind"),
        ({"kind": "bank"}, "/kind"),
        ({"group_parent": "123"}, "/group_parent"),
        ({"name_zh": ""}, "/name_zh"),
        ({"name_zh": "甲" * 201}, "/name_zh"),
        ({"name_zh": "Example Ltd."}, "/name_zh"),
        ({"name_latin": "示例 Ltd."}, "/name_latin"),
        ({"name_latin": "2027"}, "/name_latin"),
        ({"name_latin": " Trailing "}, "/name_latin"),
        ({"name_latin": "Zero\u200bWidth"}, "/name_latin"),
        ({"tags": ["a", "a"]}, "/tags/1"),
        ({"small": "yes"}, "/small"),
        ({"sample": True}, "/sample"),
        ({"status": "verified"}, "/status"),
        ({"first_member": {"email": "a@b.cn", "name": "A", "password": "short"}}, "/first_member/password"),
        (
            {"first_member": {"email": "a@b.cn", "name": "A", "password": PASSWORD, "roles": ["operator"]}},
            "/first_member/roles/0",
        ),
        ({"first_member": {"email": "not an address", "name": "A", "password": PASSWORD}}, "/first_member/email"),
    ],
)
def test_registrations_refused(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    """With a pointer, and nothing stored."""
    reply = client.post(ORGANISATIONS, json={**REGISTRATION, **change})
    assert reply.status_code == 422
    assert any(entry["pointer"] == pointer for entry in reply.json["errors"]), reply.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Organisation)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Member)) == 0
    assert actions() == []


def test_all_that_is_wrong_with_a_registration_is_said_at_once(client: FlaskClient) -> None:
    """Of the organisation and of its first member; the password's length with its bounds, never the password."""
    member = {"email": "nobody", "name": " ", "password": "short", "roles": ["seller", "operator"]}
    change = {"name_zh": "Example", "name_latin": "示例", "credit_code": "1", "first_member": member}
    reply = client.post(ORGANISATIONS, json=REGISTRATION | change)
    errors = {entry["pointer"]: entry for entry in reply.json["errors"]}
    assert set(errors) == {
        *("/name_zh", "/name_latin", "/credit_code"),
        *("/first_member/email", "/first_member/name", "/first_member/password", "/first_member/roles/1"),
    }
    password = errors["/first_member/password"]
    assert (password["value"], password["limit"]) == ("5 characters", "12 to 128 characters")
    assert "short" not in reply.text


def test_nobody_registers_twice(client: FlaskClient) -> None:
    """Neither a credit code nor an e-mail address, in whatever case."""
    assert client.post(ORGANISATIONS, json=REGISTRATION).status_code == 201
    person = REGISTRATION["first_member"] | {"email": "other@example.com"}  # type: ignore[operator]
    assert client.post(ORGANISATIONS, json=REGISTRATION | {"first_member": person}).status_code == 409
    code = {"credit_code": credit_code(60_000_002)}
    reply = client.post(ORGANISATIONS, json=REGISTRATION | code)
    assert reply.status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Organisation)) == 1


def test_what_was_verified_only_an_operator_changes(client: FlaskClient) -> None:
    """Related parties count as one: who could rename its parent would escape that."""
    admin = make_member(roles=["organisation_admin"], organisation=make_organisation(verified=False))
    url = f"{ORGANISATIONS}/{admin.organisation_id}"
    headers = {**signed_in(client, admin), "If-Match": "*"}
    operator = {**signed_in(client, make_member(roles=["operator"])), "If-Match": "*"}
    parent = {"group_parent": credit_code(5)}
    assert client.patch(url, json=parent, headers=headers).status_code == 200
    assert client.post(f"{url}/verification", json={"decision": "verify"}, headers=operator).status_code == 200
    for change in ({"group_parent": None}, {"name_zh": "别名"}, {"name_latin": "Alias Ltd."}, {"small": True}):
        assert client.patch(url, json=change, headers=headers).status_code == 403
    assert client.patch(url, json=parent | {"tags": ["国企"]}, headers=headers).status_code == 200
    assert client.patch(url, json={"group_parent": None}, headers=operator).json["group_parent"] is None
    assert client.patch(url, json={"credit_code": credit_code(6)}, headers=operator).status_code == 422
    assert client.patch(url, json={"kind": "pack"}, headers=operator).status_code == 422


def test_operators_are_admitted_by_nobody(client: FlaskClient) -> None:
    """An operator cannot suspend the house."""
    operator = make_member(roles=["operator"])
    url = f"{ORGANISATIONS}/{operator.organisation_id}/verification"
    body = {"decision": "suspend", "reason": "x"}
    assert client.post(url, json=body, headers=signed_in(client, operator)).status_code == 409


def test_members_come_and_go(client: FlaskClient) -> None:
    """An administrator adds, changes, shuts out and lets in again; old tokens stay dead."""
    admin = make_member(roles=["organisation_admin"])
    headers = in_session(client, admin)
    body = {"email": "li@example.com", "name": "李雷", "password": "a long enough secret", "roles": ["buyer"]}
    made = client.post("/api/v1/members", json=body, headers=headers)
    assert made.status_code == 201
    url = made.headers["Location"]
    member = db.session.get(Member, made.json["id"])
    token = signed_in(client, member)
    assert client.get("/api/v1/session", headers=token).status_code == 200
    changed = client.patch(url, json={"roles": ["seller", "buyer"]}, headers={**headers, "If-Match": "*"})
    assert changed.json["roles"] == ["buyer", "seller"]
    assert client.patch(url, json={"active": False}, headers={**headers, "If-Match": "*"}).status_code == 200
    assert client.get("/api/v1/session", headers=token).status_code == 401
    assert client.patch(url, json={"active": True}, headers={**headers, "If-Match": "*"}).status_code == 200
    assert client.get("/api/v1/session", headers=token).status_code == 401
    assert (
        client.post("/api/v1/session", json={"email": body["email"], "password": body["password"]}).status_code == 200
    )


def test_no_token_adds_or_changes_members(client: FlaskClient) -> None:
    """Else whoever holds a narrow token adds a member, signs in as it, and makes tokens of every scope."""
    admin = make_member(roles=["organisation_admin"])
    colleague = make_member(organisation=admin.organisation, roles=[])
    headers = {**signed_in(client, admin), "If-Match": "*"}
    body = {"email": "li@example.com", "name": "李雷", "password": "a long enough secret", "roles": ["buyer"]}
    assert client.post("/api/v1/members", json=body, headers=headers).status_code == 403
    for change in ({"roles": ["organisation_admin"]}, {"name": "韩梅梅"}, {"active": False}):
        assert client.patch(f"/api/v1/members/{colleague.id}", json=change, headers=headers).status_code == 403
    assert (colleague.roles, colleague.active) == ([], True)


@pytest.mark.parametrize("change", [{"roles": ["seller"]}, {"active": False}])
def test_the_last_administrator_stays(client: FlaskClient, change: dict[str, Any]) -> None:
    """Until there is another active one."""
    admin = make_member(roles=["organisation_admin"])
    url = f"/api/v1/members/{admin.id}"
    headers = {**in_session(client, admin), "If-Match": "*"}
    make_member(roles=["organisation_admin"], organisation=admin.organisation, active=False)
    assert client.patch(url, json=change, headers=headers).status_code == 409
    assert client.get(url, headers=headers).json["active"] is True
    make_member(roles=["organisation_admin"], organisation=admin.organisation)
    assert client.patch(url, json=change, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("cell", "operator"),
        ("cell", "regulator"),
        ("authority", "seller"),
        ("association", "buyer"),
        ("operator", "buyer"),
    ],
)
def test_roles_stay_within_the_kind(client: FlaskClient, kind: str, role: str) -> None:
    """Nobody becomes an operator by asking for it."""
    admin = make_member(roles=["organisation_admin"], organisation=make_organisation(kind=kind))
    headers = {**in_session(client, admin), "If-Match": "*"}
    reply = client.patch(f"/api/v1/members/{admin.id}", json={"roles": ["organisation_admin", role]}, headers=headers)
    assert reply.status_code == 422
    assert reply.json["errors"][0]["pointer"] == "/roles/1"


def test_an_administrator_hands_over_a_new_password(client: FlaskClient) -> None:
    """In a session only; the member's sessions end."""
    admin = make_member(roles=["organisation_admin"])
    member = make_member(organisation=admin.organisation, roles=[])
    headers = in_session(client, admin)
    url = f"/api/v1/members/{member.id}/password"
    assert client.post(url, json={"password": "short"}, headers=headers).status_code == 422
    assert client.post(url, json={"password": "handed over by hand"}, headers=headers).status_code == 200
    client.delete_cookie("session")
    body = {"email": member.email, "password": PASSWORD}
    assert client.post("/api/v1/session", json=body).status_code == 401
    assert client.post("/api/v1/session", json=body | {"password": "handed over by hand"}).status_code == 200


def test_sites(client: FlaskClient) -> None:
    """Added, read exactly as written, taken out of use."""
    admin = make_member(roles=["organisation_admin"])
    headers = signed_in(client, admin)
    site = {
        "name": "一号工厂",
        "address": "四川省成都市测试路1号",
        "region_code": "510100",
        "latitude_deg": "30.572815",
        "longitude_deg": "104.066801",
    }
    made = client.post("/api/v1/sites", json=site, headers=headers)
    assert made.status_code == 201
    assert site.items() <= made.json.items()
    url = made.headers["Location"]
    half = client.patch(url, json={"latitude_deg": None}, headers={**headers, "If-Match": "*"})
    assert half.json["errors"][0]["pointer"] == "/latitude_deg"
    none = {"latitude_deg": None, "longitude_deg": None, "active": False}
    assert client.patch(url, json=none, headers={**headers, "If-Match": "*"}).json["longitude_deg"] is None
    assert client.get("/api/v1/sites", query_string={"active": "true"}, headers=headers).json["items"] == []
    assert len(client.get("/api/v1/sites", headers=headers).json["items"]) == 1


def test_chains_are_checked(client: FlaskClient) -> None:
    """A changed entry, a missing one and a cut tail are each found, in the chain where they are."""
    operator = signed_in(client, make_member(roles=["operator"]))
    chains = []
    for _ in range(4):
        admin = make_member(roles=["organisation_admin"])
        headers = signed_in(client, admin)
        for name in ("A", "B", "C"):
            body = {"name": name, "address": "B", "region_code": "510100"}
            assert client.post("/api/v1/sites", json=body, headers=headers).status_code == 201
        chains.append(admin.organisation_id)

    def broken() -> dict[str, list[int]]:
        reply = client.get("/api/v1/audit/verification", headers=operator).json
        assert all(item["intact"] == (not item["broken_numbers"]) for item in reply["items"])
        return {item["organisation_id"]: item["broken_numbers"] for item in reply["items"]}

    assert broken() == {chain: [] for chain in chains}
    changed, missing, cut, _ = chains
    entry = sa.select(AuditEntry).filter_by(organisation_id=changed, number=2)
    db.session.scalars(entry).one().action = "accounts:site:never_happened"
    db.session.flush()
    db.session.execute(sa.delete(AuditEntry).filter_by(organisation_id=missing, number=2))
    db.session.execute(sa.delete(AuditEntry).filter_by(organisation_id=cut, number=3))
    assert broken() == {changed: [2], missing: [3], cut: [3], chains[3]: []}
