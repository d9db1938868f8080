"""Certificates over HTTP."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, make_site, signed_in
from tests.factories.evidence import make_certificate

URL = "/api/v1/certificates"


def declaration(**given: Any) -> dict[str, Any]:
    """A certificate that may be declared."""
    return {
        "code": "UN38.3",
        "number": "T-7",
        "issuer": "检测中心",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        **given,
    }


def test_from_declaration_to_decision(client: FlaskClient) -> None:
    seller, operator = make_member(roles=[Role.SELLER]), make_member(roles=[Role.OPERATOR])
    site = make_site(seller.organisation)
    mine, theirs = signed_in(client, seller), signed_in(client, operator)
    reply = client.post(URL, json=declaration(sites=[site.id]), headers=mine)
    assert reply.status_code == 201
    path = reply.headers["Location"]
    assert (reply.json["status"], reply.json["sites"], reply.json["grades"]) == ("declared", [site.id], [])
    queue = client.get(URL, query_string={"status": "declared"}, headers=theirs).json["items"]
    assert [item["id"] for item in queue] == [reply.json["id"]]
    assert client.post(f"{path}/decision", json={"decision": "refuse"}, headers=theirs).status_code == 422
    decided = client.post(f"{path}/decision", json={"decision": "accept"}, headers={**theirs, "If-Match": '"1"'})
    assert (decided.json["status"], decided.headers["ETag"]) == ("accepted", '"2"')
    stale = client.post(f"{path}/withdrawal", headers={**mine, "If-Match": '"1"'})
    assert stale.status_code == 412
    assert client.post(f"{path}/withdrawal", headers=mine).json["status"] == "withdrawn"
    assert client.post(f"{path}/withdrawal", headers=mine).status_code == 409


def test_foreign_certificates_do_not_exist(client: FlaskClient) -> None:
    certificate = make_certificate(make_member().organisation)
    headers = signed_in(client, make_member(roles=[Role.BUYER]))
    assert client.get(f"{URL}/{certificate.id}", headers=headers).status_code == 404
    assert client.post(f"{URL}/{certificate.id}/withdrawal", headers=headers).status_code == 404
    assert (
        client.post(f"{URL}/{certificate.id}/decision", json={"decision": "accept"}, headers=headers).status_code == 403
    )
    assert client.get(URL, headers=headers).json["items"] == []


def test_a_refusal_names_field_value_and_limit(client: FlaskClient) -> None:
    headers = signed_in(client, make_member(roles=[Role.SELLER]))
    foreign = make_site(make_member().organisation)
    bad = declaration(valid_to="2025-01-01")
    error = client.post(URL, json=bad, headers=headers).json["errors"][0]
    assert (error["pointer"], error["value"], error["limit"]) == ("/valid_to", "2025-01-01", "2026-01-01")
    error = client.post(URL, json=declaration(sites=[foreign.id]), headers=headers).json["errors"][0]
    assert (error["pointer"], error["value"]) == ("/sites/0", foreign.id)
    assert client.post(URL, json=declaration(code="ISO 9001"), headers=headers).status_code == 422
    assert client.post(URL, json=declaration(colour="red"), headers=headers).status_code == 422
    assert client.get(URL, headers=headers).json["items"] == []


def test_lists_sort_and_anybody_reads_the_kinds(client: FlaskClient) -> None:
    member = make_member(roles=[Role.SELLER])
    codes = ["ISO9001", "UN38.3", "GB31241"]
    for code in codes:
        make_certificate(member.organisation, code=code)
    listed = client.get(f"{URL}?sort=-code", headers=signed_in(client, member)).json["items"]
    assert [item["code"] for item in listed] == sorted(codes, reverse=True)
    assert set(codes) < {kind["code"] for kind in client.get("/api/v1/certificate-kinds").json["items"]}
