"""Lines, capacities and grants over HTTP."""

from __future__ import annotations

from flask.testing import FlaskClient

from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, make_site, signed_in
from tests.factories.capacity import make_grant, make_line, make_statement
from tests.factories.catalogue import make_grade

URL = "/api/v1/lines"


def test_a_producer_states_what_its_line_makes(client: FlaskClient) -> None:
    member = make_member(roles=[Role.SELLER])
    headers = signed_in(client, member)
    site, grade = make_site(member.organisation), make_grade()
    line = {"site_id": site.id, "grade_id": grade.id, "name": "一号线"}
    reply = client.post(URL, json=line, headers=headers)
    assert (reply.status_code, reply.headers["ETag"]) == (201, '"1"')
    path = reply.headers["Location"]
    assert client.post(URL, json=line, headers=headers).status_code == 409
    for volume in ("500", "480"):
        stated = {"kind": "installed", "from_month": "2027-01", "volume_per_month": volume}
        reply = client.post(f"{path}/capacities", json=stated, headers=headers)
    assert (reply.status_code, reply.json["vintage"], reply.json["volume_per_month"]) == (201, 2, "480")
    held = client.get(f"{path}/capacities", headers=headers).json["items"]
    assert [(row["vintage"], row["volume_per_month"]) for row in held] == [(2, "480")]
    assert len(client.get(f"{path}/capacities?all_vintages=true", headers=headers).json["items"]) == 2
    assert client.patch(path, json={"name": "二号线"}, headers=headers).status_code == 428
    renamed = client.patch(path, json={"name": "二号线"}, headers={**headers, "If-Match": '"1"'})
    assert (renamed.json["name"], renamed.headers["ETag"]) == ("二号线", '"2"')
    assert [item["name"] for item in client.get(URL, headers=headers).json["items"]] == ["二号线"]


def test_a_refusal_names_field_value_and_limit(client: FlaskClient) -> None:
    member = make_member(roles=[Role.SELLER])
    headers, line = signed_in(client, member), make_line(member.organisation)
    stated = {"kind": "installed", "from_month": "2027-00", "volume_per_month": "0.0001"}
    reply = client.post(f"{URL}/{line.id}/capacities", json=stated, headers=headers)
    assert reply.status_code == 422
    assert {e["pointer"]: (e["value"], e["limit"]) for e in reply.json["errors"]} == {
        "/from_month": ("2027-00", "YYYY-MM, from 2000-01 to 2099-12"),
        "/volume_per_month": ("0.0001", "0.001"),
    }
    foreign = {"site_id": make_site(make_member().organisation).id, "grade_id": line.grade_id, "name": "x"}
    error = client.post(URL, json=foreign, headers=headers).json["errors"][0]
    assert (error["pointer"], error["value"]) == ("/site_id", foreign["site_id"])


def test_consent_is_given_and_taken_back(client: FlaskClient) -> None:
    producer, trader = make_member(roles=[Role.ORGANISATION_ADMIN]), make_member(roles=[Role.SELLER])
    mine, theirs = signed_in(client, producer), signed_in(client, trader)
    path = f"{URL}/{make_line(producer.organisation).id}"
    assert client.get(path, headers=theirs).status_code == 404
    code = trader.organisation.credit_code
    reply = client.post(f"{path}/grants", json={"credit_code": code}, headers=mine)
    assert (reply.status_code, reply.json["organisation"]["credit_code"], reply.json["status"]) == (
        201,
        code,
        "granted",
    )
    assert client.get(path, headers=theirs).status_code == 200
    assert len(client.get(f"{URL}?granted=true", headers=theirs).json["items"]) == 1
    assert client.get(f"{path}/capacities", headers=theirs).status_code == 404
    assert client.get(f"{path}/grants", headers=theirs).status_code == 404
    revocation = f"{path}/grants/{reply.json['id']}/revocation"
    assert client.post(revocation, headers=theirs).status_code == 404
    assert client.post(revocation, headers={**mine, "If-Match": '"7"'}).status_code == 412
    assert client.post(revocation, headers=mine).json["status"] == "revoked"
    assert client.post(revocation, headers=mine).status_code == 409
    assert [item["status"] for item in client.get(f"{path}/grants", headers=mine).json["items"]] == ["revoked"]


def test_foreign_lines_do_not_exist(client: FlaskClient) -> None:
    line = make_line()
    make_statement(line)
    grant = make_grant(line, make_member().organisation)
    headers = signed_in(client, make_member(roles=[Role.SELLER]))
    stated = {"kind": "installed", "from_month": "2027-01", "volume_per_month": "1"}
    for reply in (
        client.get(f"{URL}/{line.id}", headers=headers),
        client.get(f"{URL}/{line.id}/capacities", headers=headers),
        client.get(f"{URL}/{line.id}/grants", headers=headers),
        client.patch(f"{URL}/{line.id}", json={"name": "x"}, headers={**headers, "If-Match": '"1"'}),
        client.post(f"{URL}/{line.id}/capacities", json=stated, headers=headers),
        client.post(f"{URL}/{line.id}/grants", json={"credit_code": "x"}, headers=headers),
        client.post(f"{URL}/{line.id}/grants/{grant.id}/revocation", headers=headers),
    ):
        assert reply.status_code == 404
