"""Commodities and grades over HTTP."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import attribute, make_commodity, make_grade


def grade_document(**given: Any) -> dict[str, Any]:
    """A grade that may be created."""
    return {
        "id": "lithium-metal",
        "name_zh": "金属锂",
        "name_en": "Lithium metal",
        "unit_code": "TNE",
        "quantum": "0.001",
        "source": "common_knowledge",
        "attributes": [attribute("Li_pct")],
        **given,
    }


def test_anybody_reads_the_catalogue(client: FlaskClient) -> None:
    grade = make_grade()
    make_grade(unit_code="KWH")
    listed = client.get("/api/v1/grades", query_string={"commodity_id": grade.commodity_id}).json
    assert [item["id"] for item in listed["items"]] == [grade.id]
    reply = client.get(f"/api/v1/grades/{grade.id}")
    assert reply.headers["ETag"] == '"1"'
    assert reply.json["quantum"] == "0.001"
    assert reply.json["unit"] == {"code": "TNE", "symbol": "t", "name_zh": "吨", "name_en": "tonne"}
    assert reply.json["attributes"][0]["typical_at_least"] == "99.5"
    assert client.get(f"/api/v1/commodities/{grade.commodity_id}").json["stage"] == "second_order_material"
    assert client.get("/api/v1/grades/none").status_code == 404
    assert client.get("/api/v1/commodities/none").status_code == 404


def test_lists_page_and_sort(client: FlaskClient) -> None:
    commodity = make_commodity()
    ids = [make_grade(commodity, name_en=f"{name} grade").id for name in "CAB"]
    query: dict[str, Any] = {"commodity_id": commodity.id, "sort": "-name_en", "limit": 2}
    first = client.get("/api/v1/grades", query_string=query).json
    second = client.get("/api/v1/grades", query_string={**query, "cursor": first["next_cursor"]}).json
    assert [item["id"] for item in first["items"] + second["items"]] == [ids[0], ids[2], ids[1]]
    assert second["next_cursor"] is None
    assert client.get("/api/v1/grades?sort=quantum").status_code == 422
    assert client.get("/api/v1/grades?colour=white").status_code == 422
    assert client.get("/api/v1/commodities?stage=resource").json["items"] == []


def test_an_operator_extends_the_catalogue(client: FlaskClient) -> None:
    operator = make_member(roles=[Role.OPERATOR])
    headers = signed_in(client, operator)
    commodity = {"id": "lithium", "name_zh": "锂", "name_en": "Lithium", "stage": "resource"}
    reply = client.post("/api/v1/commodities", json=commodity, headers=headers)
    assert (reply.status_code, reply.headers["Location"]) == (201, "/api/v1/commodities/lithium")
    reply = client.post("/api/v1/grades", json=grade_document(commodity_id="lithium"), headers=headers)
    assert (reply.status_code, reply.headers["Location"]) == (201, "/api/v1/grades/lithium-metal")
    again = client.post("/api/v1/grades", json=grade_document(commodity_id="lithium"), headers=headers)
    assert again.status_code == 409
    path, change = "/api/v1/grades/lithium-metal", {"standard": "GB/T 4369"}
    assert client.patch(path, json=change, headers=headers).status_code == 428
    assert client.patch(path, json=change, headers={**headers, "If-Match": '"9"'}).status_code == 412
    reply = client.patch(path, json=change, headers={**headers, "If-Match": '"1"'})
    assert (reply.status_code, reply.headers["ETag"], reply.json["standard"]) == (200, '"2"', "GB/T 4369")
    assert client.patch(path, json={"unit_code": "KGM"}, headers={**headers, "If-Match": '"2"'}).status_code == 422
    reply = client.patch("/api/v1/commodities/lithium", json={"name_en": "Li"}, headers={**headers, "If-Match": '"1"'})
    assert reply.json["name_en"] == "Li"


def test_a_refusal_names_field_value_and_limit(client: FlaskClient) -> None:
    operator = make_member(roles=[Role.OPERATOR])
    commodity = make_commodity()
    document = grade_document(commodity_id=commodity.id, quantum="-1", hs_code="x")
    reply = client.post("/api/v1/grades", json=document, headers=signed_in(client, operator))
    assert reply.status_code == 422
    errors = {error["pointer"]: (error["value"], error["limit"]) for error in reply.json["errors"]}
    assert errors == {"/quantum": ("-1", "above 0"), "/hs_code": ("x", "digits and dots, e.g. 2836.91")}


def test_only_operators_write(client: FlaskClient) -> None:
    grade = make_grade()
    document = grade_document(commodity_id=grade.commodity_id)
    assert client.post("/api/v1/grades", json=document).status_code == 401
    headers = signed_in(client, make_member(roles=[Role.SELLER]))
    assert client.post("/api/v1/grades", json=document, headers=headers).status_code == 403
    path = f"/api/v1/grades/{grade.id}"
    assert client.patch(path, json={"note": "x"}, headers={**headers, "If-Match": '"1"'}).status_code == 403
