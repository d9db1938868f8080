"""Indices, quotes and monthly prices over HTTP."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, signed_in
from tests.factories.indices import make_index, make_quote

URL = "/api/v1/indices"


def index_document(**given: Any) -> dict[str, Any]:
    """An index that may be defined."""
    return {
        "id": "LC-CN",
        "name_zh": "电池级碳酸锂现货",
        "name_en": "Battery-grade lithium carbonate, spot",
        "unit_code": "TNE",
        "currency": "CNY",
        "source": "公开报价",
        "frequency": "daily",
        "tax_basis": "inclusive",
        "tax_rate": "0.13",
        "rounding": "1",
        **given,
    }


def test_from_definition_to_monthly_price(client: FlaskClient) -> None:
    operator = signed_in(client, make_member(roles=[Role.OPERATOR]))
    buyer = signed_in(client, make_member(roles=[Role.BUYER]))
    reply = client.post(URL, json=index_document(), headers=operator)
    assert (reply.status_code, reply.headers["Location"], reply.json["withheld"]) == (201, f"{URL}/LC-CN", False)
    assert client.post(URL, json=index_document(), headers=operator).status_code == 409
    quotes = [{"day": "2026-11-03", "value": "98000"}, {"day": "2026-11-04", "value": "98001"}]
    reply = client.post(f"{URL}/LC-CN/quotes", json={"quotes": quotes}, headers=operator)
    assert (reply.status_code, reply.json) == (201, {"entered": 2, "unchanged": 0, "corrected": 0})
    price = client.get(f"{URL}/LC-CN/price?month=2026-11", headers=buyer).json
    assert price == {
        "index_id": "LC-CN",
        "month": "2026-11",
        "value": "98001",
        "basis": "mean",
        "quotes": 2,
        "first_day": "2026-11-03",
        "last_day": "2026-11-04",
        "from_index_id": "LC-CN",
        "fallback": False,
        "reasons": [],
        "provisional": False,
        "unit_code": "TNE",
        "currency": "CNY",
        "tax_basis": "inclusive",
        "tax_rate": "0.13",
    }
    listed = client.get(f"{URL}/LC-CN/quotes?sort=-day&limit=1", headers=buyer).json
    assert [quote["day"] for quote in listed["items"]] == ["2026-11-04"]
    rest = client.get(f"{URL}/LC-CN/quotes?sort=-day&limit=1&cursor={listed['next_cursor']}", headers=buyer).json
    assert [quote["day"] for quote in rest["items"]] == ["2026-11-03"]
    assert client.get(f"{URL}/LC-CN/price?month=2026-10", headers=buyer).status_code == 404


def test_a_correction_is_meant_as_such(client: FlaskClient) -> None:
    operator = signed_in(client, make_member(roles=[Role.OPERATOR]))
    index = make_index()
    make_quote(index, "2026-11-03", "98000")
    path = f"{URL}/{index.id}/quotes"
    changed = {"quotes": [{"day": "2026-11-03", "value": "97000"}]}
    error = client.post(path, json=changed, headers=operator).json["errors"][0]
    assert (error["pointer"], error["value"], error["limit"]) == ("/quotes/0/value", "97000", "98000")
    reply = client.post(path, json={**changed, "corrections": True}, headers=operator)
    assert reply.json["corrected"] == 1
    assert [(q["vintage"], q["value"]) for q in client.get(path, headers=operator).json["items"]] == [(2, "97000")]
    every = client.get(f"{path}?all_vintages=true&from_day=2026-11-03&to_day=2026-11-03", headers=operator).json
    assert [quote["vintage"] for quote in every["items"]] == [1, 2]


def test_an_index_changes_by_version(client: FlaskClient) -> None:
    operator = signed_in(client, make_member(roles=[Role.OPERATOR]))
    path = f"{URL}/{make_index().id}"
    assert client.patch(path, json={"contributors": 3}, headers=operator).status_code == 428
    reply = client.patch(path, json={"contributors": 3}, headers={**operator, "If-Match": '"1"'})
    assert (reply.json["withheld"], reply.headers["ETag"]) == (True, '"2"')
    assert client.patch(path, json={"rounding": "5"}, headers={**operator, "If-Match": '"2"'}).status_code == 422
    seller = signed_in(client, make_member(roles=[Role.SELLER]))
    assert client.get(f"{path}/quotes", headers=seller).status_code == 403
    assert client.get(path, headers=seller).json["contributors"] == 3


def test_a_refusal_names_field_value_and_limit(client: FlaskClient) -> None:
    operator = signed_in(client, make_member(roles=[Role.OPERATOR]))
    reply = client.post(URL, json=index_document(id="lc", tax_rate="2"), headers=operator)
    assert reply.status_code == 422
    assert {e["pointer"]: (e["value"], e["limit"]) for e in reply.json["errors"]} == {
        "/id": ("lc", "2 to 40 capitals and digits in groups joined by hyphens, e.g. LC-CN"),
        "/tax_rate": ("2", "at least 0, below 1"),
    }
    future = {"quotes": [{"day": "2026-12-02", "value": "1"}]}
    error = client.post(f"{URL}/{make_index().id}/quotes", json=future, headers=operator).json["errors"][0]
    assert (error["pointer"], error["value"], error["limit"]) == (
        "/quotes/0/day",
        "2026-12-02",
        "2000-01-01 to 2026-12-01",
    )
    error = client.get(f"{URL}/{make_index().id}/price?month=2027-01", headers=operator).json["errors"][0]
    assert (error["pointer"], error["value"], error["limit"]) == ("/month", "2027-01", "at most 2026-12")


def test_an_index_has_series_of_its_own_and_may_be_re_based(client: FlaskClient) -> None:
    operator = signed_in(client, make_member(roles=[Role.OPERATOR]))
    index = make_index()
    make_quote(index, "2026-11-03", "98000")
    path = f"{URL}/{index.id}"
    settled = {"basis": "settlement", "quotes": [{"day": "2026-11-03", "value": "99000"}]}
    reply = client.post(f"{path}/quotes", json=settled, headers=operator)
    assert (reply.status_code, reply.json["entered"]) == (201, 1)
    for query, value in (("", "98000"), ("?basis=settlement", "99000")):
        listed = client.get(f"{path}/quotes{query}", headers=operator).json["items"]
        assert [quote["value"] for quote in listed] == [value]
    assert client.get(f"{path}/price?month=2026-11", headers=operator).json["value"] == "98000"
    changed = {"from_day": "2026-11-02", "factor": "1.25", "source": "交易所公告"}
    assert client.post(f"{path}/rebasings", json=changed, headers=operator).status_code == 201
    again = client.post(f"{path}/rebasings", json=changed, headers=operator)
    assert (again.status_code, again.json["errors"][0]["code"]) == (422, "entered-already")
    assert client.post(f"{path}/rebasings", json={**changed, "correction": True}, headers=operator).status_code == 201
    for wrong in ({"factor": "0"}, {"factor": "1001"}, {"from_day": "2030-01-01"}, {"source": ""}):
        assert client.post(f"{path}/rebasings", json={**changed, **wrong}, headers=operator).status_code == 422
    listed = client.get(f"{path}/rebasings", headers=operator).json["items"]
    assert [(each["from_day"], each["factor"], each["vintage"]) for each in listed] == [
        ("2026-11-02", "1.25", 1),
        ("2026-11-02", "1.25", 2),
    ]


def test_how_far_an_index_may_diverge_goes_with_days_and_a_fallback(client: FlaskClient) -> None:
    operator = signed_in(client, make_member(roles=[Role.OPERATOR]))
    fallback = make_index().id
    for given, pointer in (
        ({"divergence_limit": "0.1", "fallback_id": fallback}, "/divergence_limit"),
        ({"divergence_days": 3, "fallback_id": fallback}, "/divergence_days"),
        ({"divergence_limit": "0.1", "divergence_days": 3}, "/divergence_limit"),
        ({"divergence_limit": "1.1", "divergence_days": 3, "fallback_id": fallback}, "/divergence_limit"),
        ({"divergence_limit": "0.1", "divergence_days": 61, "fallback_id": fallback}, "/divergence_days"),
    ):
        reply = client.post(URL, json=index_document(**given), headers=operator)
        assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    given = {"divergence_limit": "0.1", "divergence_days": 3, "fallback_id": fallback}
    reply = client.post(URL, json=index_document(**given), headers=operator)
    assert (reply.status_code, reply.json["divergence_limit"], reply.json["divergence_days"]) == (201, "0.1", 3)
