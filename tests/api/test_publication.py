"""Publication and tables over HTTP."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import openpyxl
from flask.testing import FlaskClient

from marketplace.contracts.models import Contract
from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.contracts import make_contract_in_force
from tests.factories.publications import publish
from tests.factories.rounds import FREIGHT, POLICY
from tests.ocds import faults

RELEASES = "/api/v1/open-contracting/releases"


def headers(client: FlaskClient, contract: Contract, side: str, role: Role = Role.SIGNATORY) -> dict[str, str]:
    organisation = contract.seller if side == "seller" else contract.buyer
    return signed_in(client, make_member(organisation=organisation, roles=[role]))


def test_a_contract_is_published_by_both_and_read_by_anybody(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    url = f"/api/v1/contracts/{contract.id}/publication"
    seller, buyer = (headers(client, contract, side) for side in ("seller", "buyer"))
    assert client.get(RELEASES).status_code == 404
    said = client.put(url, headers=seller, json={"publish": ["contract", "volume", "value"]})
    assert (said.status_code, said.json) == (
        200,
        {
            "own": ["contract", "volume", "value"],
            "consents": {"seller": ["contract", "volume", "value"], "buyer": []},
            "withheld_by": ["buyer"],
            "by_round": False,
            "published": [],
        },
    )
    client.put(url, headers=buyer, json={"publish": ["volume", "contract"]})
    assert client.get(url, headers=seller).json["published"] == ["contract", "volume"]
    reply = client.get(RELEASES)
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert faults(reply.json) == []
    told = json.loads(reply.data, parse_int=Decimal)["releases"][-1]["contracts"][0]
    assert (told["status"], told["items"][0]["quantity"], "value" in told) == ("active", 300, False)
    refused = client.put(url, headers=buyer, json={"publish": ["volume"]})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/publish")
    assert client.put(url, headers=buyer, json={"publish": []}).json["published"] == []
    assert client.get(RELEASES).status_code == 404


def test_pages_lead_on_by_the_link_that_harvesters_follow(client: FlaskClient) -> None:
    for _ in range(2):
        publish(make_contract_in_force())
    first = client.get(RELEASES, query_string={"limit": 1}).json
    assert faults(first) == []
    assert first["uri"] == f"http://127.0.0.1:8000{RELEASES}?limit=1"
    second = client.get(first["links"]["next"].removeprefix("http://127.0.0.1:8000")).json
    assert faults(second) == []
    assert "links" not in second
    assert {each["ocid"] for each in first["releases"]}.isdisjoint(each["ocid"] for each in second["releases"])
    assert client.get(RELEASES, query_string={"cursor": "x"}).status_code == 422
    assert client.get(RELEASES, query_string={"page": 2}).status_code == 422


def test_a_forged_host_is_not_told_to_harvesters(client: FlaskClient) -> None:
    publish(make_contract_in_force())
    reply = client.get(RELEASES, headers={"Host": "evil.example"})
    assert "evil" not in reply.text


def test_tables_come_as_files(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    buyer = headers(client, contract, "buyer", Role.BUYER)
    url = f"/api/v1/contracts/{contract.id}/exports/schedules"
    made = client.get(url, headers=buyer, query_string={"from_month": "2027-02"})
    assert made.content_type == "text/csv; charset=utf-8"
    assert made.headers["Content-Disposition"] == f'attachment; filename="{contract.number}-schedules.csv"'
    first, *rows = csv.reader(io.StringIO(made.data.decode("utf-8-sig")))
    assert first[0] == "合同编号 contract_number"
    assert [row[6] for row in rows] == ["2027-02", "2027-03"]
    book = client.get("/api/v1/contract-exports/schedules", headers=buyer, query_string={"form": "xlsx"})
    (sheet,) = openpyxl.load_workbook(io.BytesIO(book.data)).worksheets
    assert [row[6].value for row in sheet.iter_rows(min_row=2)] == ["2027-01", "2027-02", "2027-03"]
    for query in ({"form": "pdf"}, {"from_month": "2027"}, {"from_month": "2027-02", "to_month": "2027-01"}):
        assert client.get(url, headers=buyer, query_string=query).status_code == 422
    assert client.get(url.replace("schedules", "prices"), headers=buyer).status_code == 404


def test_whether_a_round_publishes_is_told_before_it_opens(client: FlaskClient, operator: dict[str, str]) -> None:
    plan = {
        "name_zh": "公开轮次",
        "name_en": "Public round",
        "grade_ids": [make_grade().id],
        "calendar": ["2027-01"],
        "policy": POLICY,
        "freight": FREIGHT,
    }
    for given, status in ((True, 201), ("yes", 422)):
        body = {**plan, "contracting": {"publish_contracts": given}}
        made = client.post("/api/v1/rounds", headers=operator, json=body)
        assert made.status_code == status
        if status == 201:
            assert made.json["contracting"]["publish_contracts"] is True
    assert client.post("/api/v1/rounds", headers=operator, json=plan).json["contracting"]["publish_contracts"] is False
