"""Offers and needs over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from marketplace.api.v1.orders.terms import TermsSchema
from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, make_site, signed_in
from tests.factories.order_terms import full_terms
from tests.factories.orders import entry_of, make_order, make_trader

URL = "/api/v1/orders"


def errors(reply: Any) -> list[tuple[str, str]]:
    """Pointer and code of every refused value."""
    assert reply.status_code == 422, reply.json
    assert reply.mimetype == "application/problem+json"
    return [(error["pointer"], error["code"]) for error in reply.json["errors"]]


def test_from_the_first_offer_to_its_withdrawal(client: FlaskClient) -> None:
    member = make_trader()
    headers = signed_in(client, member)
    document = entry_of(member, unit="TNE", external_reference="A-1", lot="10")
    reply = client.post(URL, json=document, headers=headers)
    assert (reply.status_code, reply.headers["ETag"]) == (201, '"1"')
    path = reply.headers["Location"]
    assert reply.json["id"].startswith("ord_")
    assert {name: reply.json[name] for name in document} == document
    assert (reply.json["status"], reply.json["revision"], reply.json["not_cleared_yet"]) == ("draft", 1, [])
    assert client.get(path, headers=headers).json == reply.json
    change = {"lot": None, "minimum_contract": {"volume": "60", "pair_fraction": "0.9"}}
    assert client.patch(path, json=change, headers=headers).status_code == 428
    changed = client.patch(path, json=change, headers={**headers, "If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert "lot" not in changed.json
    assert changed.json["minimum_contract"] == change["minimum_contract"]
    assert client.patch(path, json=change, headers={**headers, "If-Match": '"1"'}).status_code == 412
    assert client.post(f"{path}/opening", headers={**headers, "If-Match": '"1"'}).status_code == 412
    assert client.post(f"{path}/opening", headers=headers).json["status"] == "open"
    again = client.post(f"{path}/opening", headers=headers)
    assert (again.status_code, again.json["type"]) == (409, "urn:changdan:problem:transition-not-allowed")
    assert client.post(f"{path}/closing", headers=headers).status_code == 409
    assert client.post(f"{path}/withdrawal", headers=headers).json["status"] == "withdrawn"
    revisions = client.get(f"{path}/revisions", headers=headers).json["items"]
    assert [(each["number"], each["action"], each["status"]) for each in revisions] == [
        (4, "withdraw", "withdrawn"),
        (3, "open", "open"),
        (2, "revise", "draft"),
        (1, "create", "draft"),
    ]
    assert (revisions[-1]["lot"], revisions[-1]["member_id"]) == ("10", member.id)


@pytest.mark.parametrize("side", ["offer", "need"])
def test_terms_are_stored_in_the_form_in_which_they_are_described(side: str) -> None:
    assert TermsSchema().dump(full_terms(side)) == full_terms(side)


@pytest.mark.parametrize("side", ["offer", "need"])
def test_every_term_can_be_stored_read_and_taken_away(client: FlaskClient, side: str) -> None:
    member = make_trader()
    headers = signed_in(client, member)
    terms = full_terms(side)
    for name in ("specification", "tolling", "approved", "linked_to", "inputs", "alternates"):
        terms.pop(name, None)  # these name things that are not in this book
    terms["limit_price"] = {**terms["limit_price"], "components": [{"fixed": "98000"}]}
    del terms["limit_price"]["accepted_indices"], terms["limit_price"]["quotation"]
    terms["priority"] = {"lot": "hard"}
    reply = client.post(URL, json={**entry_of(member, side), **terms}, headers=headers)
    assert reply.status_code == 201, reply.json
    assert {name: reply.json[name] for name in terms} == terms
    assert reply.json["not_cleared_yet"] == []
    emptied = client.patch(reply.headers["Location"], json=dict.fromkeys(terms), headers={**headers, "If-Match": "*"})
    assert emptied.status_code == 200
    assert not set(terms) & set(emptied.json)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"colour": "blue"}, "/colour"),
        ({"limit_price": {"components": [{"fixed": "1"}], "flor": "1"}}, "/limit_price/flor"),
        ({"unit": "KGM"}, "/unit"),
        ({"volumes": {"2027-01": "-5"}}, "/volumes/2027-01"),
        ({"volumes": {"2027-01": "1e13"}}, "/volumes/2027-01"),
        ({"volumes": {"2027-01": 120.5}}, "/volumes/2027-01"),
        ({"volumes": {"2027-01": {"firm": "1"}}}, "/volumes/2027-01/planned"),
        ({"volumes": {"2026-11": "5"}}, "/volumes/2026-11"),
        ({"limit_price": {"components": [{"fixed": "1"}], "collar": {"floor": "2", "cap": "1"}}},
         "/limit_price/collar/floor"),
        ({"limit_price": {"components": [{"fixed": "Infinity"}]}}, "/limit_price/components/0/fixed"),
        ({"validity": {"valid_to": "2026-11-30"}}, "/validity/valid_to"),
        ({"payment": {"days": "30"}}, "/payment/days"),
        ({"counterparties": {"most": 2}, "maximum_share": {"fraction": "0.4"}}, "/maximum_share/fraction"),
        ({"side": "both"}, "/side"),
        ({"grade": "no-such-grade"}, "/grade"),
        ({"side": None}, "/side"),
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_is_answered_with_pointer_value_and_limit(
    client: FlaskClient, change: dict[str, Any], expected: str
) -> None:
    member = make_trader()
    headers = signed_in(client, member)
    reply = client.post(URL, json={**entry_of(member), **change}, headers=headers)
    assert [pointer for pointer, _ in errors(reply)] == [expected]
    (error,) = reply.json["errors"]
    assert error["detail"]
    assert client.get(URL, headers=headers).json["items"] == []


def test_a_foreign_site_is_a_bad_value(client: FlaskClient) -> None:
    member = make_trader()
    document = {**entry_of(member), "site": make_site(make_trader().organisation).id}
    reply = client.post(URL, json=document, headers=signed_in(client, member))
    assert errors(reply) == [("/site", "foreign-site")]
    assert reply.json["errors"][0]["value"] == document["site"]
    assert reply.json["errors"][0]["limit"]


def test_all_bad_values_of_an_order_come_in_one_answer(client: FlaskClient) -> None:
    member = make_trader()
    document = entry_of(member, volumes={"2027-01": "-1", "2027-13": "1"}, lot="0.0001", minimum_fill="2")
    reply = client.post(URL, json=document, headers=signed_in(client, member))
    assert errors(reply) == [
        ("/volumes/2027-01", "below-limit"),
        ("/volumes/2027-13", "not-a-month"),
        ("/lot", "not-a-multiple"),
        ("/minimum_fill", "above-limit"),
    ]


def test_foreign_orders_do_not_exist(client: FlaskClient) -> None:
    order, headers = make_order(status="open"), signed_in(client, make_trader())
    path = f"{URL}/{order.id}"
    assert client.get(path, headers=headers).status_code == 404
    assert client.patch(path, json={"lot": "1"}, headers={**headers, "If-Match": "*"}).status_code == 404
    assert client.get(f"{path}/revisions", headers=headers).status_code == 404
    for step in ("opening", "withdrawal", "closing"):
        assert client.post(f"{path}/{step}", headers=headers).status_code == 404
    assert client.get(URL, headers=headers).json["items"] == []


def test_lists_are_filtered_sorted_and_paged(client: FlaskClient) -> None:
    member = make_trader()
    headers = signed_in(client, member)
    dates = ("2027-03-01", None, "2027-01-01", "2027-02-01")
    orders = []
    for number, valid_to in enumerate(dates):
        order = make_order(member.organisation, side="need" if number == 0 else "offer", status="open")
        order.put_terms({**order.terms, "validity": {"valid_to": valid_to} if valid_to else {}})
        orders.append(order.id)
    first, second, third, fourth = orders

    def ids(**query: Any) -> list[str]:
        reply = client.get(URL, query_string=query, headers=headers)
        assert reply.status_code == 200, reply.json
        return [item["id"] for item in reply.json["items"]]

    assert ids() == sorted(orders, reverse=True)
    assert ids(sort="valid_to") == [third, fourth, first, second]
    assert ids(sort="-valid_to") == [second, first, fourth, third]
    assert ids(side="need") == [first]
    assert ids(status="draft") == []
    chosen = client.get(f"{URL}/{second}", headers=headers).json
    assert ids(grade=chosen["grade"]) == ids(site=chosen["site"]) == [second]
    page = client.get(URL, query_string={"sort": "valid_to", "limit": 3}, headers=headers).json
    rest = client.get(URL, query_string={"sort": "valid_to", "cursor": page["next_cursor"]}, headers=headers).json
    assert [item["id"] for item in page["items"] + rest["items"]] == [third, fourth, first, second]
    assert client.get(URL, query_string={"sort": "limit_price"}, headers=headers).status_code == 422
    assert client.get(URL, query_string={"owner": "x"}, headers=headers).status_code == 422


def _disclosed(client: FlaskClient, asking: Member, order_id: str) -> Any:
    operator = make_member(roles=[Role.OPERATOR])
    mine, theirs = signed_in(client, asking), signed_in(client, operator)
    wanted = {"order_id": order_id, "reason": "核查异常报价举报, 需要比对双方的限价与条款"}
    asked = client.post("/api/v1/disclosures", json=wanted, headers=mine)
    assert asked.status_code == 201
    path = asked.headers["Location"]
    assert client.post(f"{path}/reading", headers=mine).status_code == 409
    assert client.post(f"{path}/approval", headers=theirs).json["status"] == "approved"
    refused = client.post(f"{path}/reading", headers={**mine, "Idempotency-Key": "k"})
    assert refused.status_code == 422
    read = client.post(f"{path}/reading", headers=mine)
    assert client.post(f"{path}/reading", headers=mine).status_code == 409
    return read


def test_break_glass_shows_owner_and_limit_once(client: FlaskClient) -> None:
    order = make_order(status="frozen")
    name = order.organisation.name_zh
    read = _disclosed(client, make_member(roles=[Role.REGULATOR]), order.id)
    assert read.status_code == 200
    assert read.json["organisation_name"] == name
    assert (read.json["status"], read.json["revision"]) == ("frozen", 1)
    assert read.json.keys().isdisjoint({"version", "not_cleared_yet"})
    assert read.json["limit_price"] == {"components": [{"fixed": "98000"}]}
    inbox = client.get("/api/v1/notifications", headers=signed_in(client, make_trader(organisation=order.organisation)))
    assert [message["kind"] for message in inbox.json["items"]] == ["order-disclosed"]


@pytest.mark.parametrize("status", ["draft", "open"])
def test_break_glass_opens_nothing_before_freezing(client: FlaskClient, status: str) -> None:
    operator, order = make_member(roles=[Role.OPERATOR]), make_order(status=status)
    wanted = {"order_id": order.id, "reason": "核查异常报价举报, 需要比对双方的限价与条款"}
    reply = client.post("/api/v1/disclosures", json=wanted, headers=signed_in(client, operator))
    assert reply.status_code == 409
    assert "sealed" in reply.json["detail"]


def test_a_short_reason_opens_nothing(client: FlaskClient) -> None:
    operator = make_member(roles=[Role.OPERATOR])
    wanted = {"order_id": make_order().id, "reason": "看看"}
    reply = client.post("/api/v1/disclosures", json=wanted, headers=signed_in(client, operator))
    assert [pointer for pointer, _ in errors(reply)] == ["/reason"]
