"""Results of rounds over HTTP: runs, what is withheld until when, prices, reasons."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from marketplace.rounds import queries
from marketplace.shared.actor import Role
from marketplace.shared.quantities import amount_text
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.rounds import POLICY, make_market, make_open_order, make_round, make_trader

URL = "/api/v1/rounds"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
FIVE_AND_FIVE = (
    ("96013.37", "96529.41", "97037.53", "97511.13", "98017.29"),
    ("104017.61", "103507.83", "103021.97", "102533.71", "102011.19"),
)


def test_a_run_told_to_wait_answers_with_its_result(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    url = f"{URL}/{round_.id}"
    before = client.get(f"{url}/progress", headers=operator).json
    assert (before["status"], before["attempt"], before["stage"]) == ("frozen", 0, None)
    response = client.post(f"{url}/running", query_string={"wait": "true"}, headers=operator)
    assert (response.status_code, response.json["status"]) == (200, "solved")
    assert client.get(url, headers=operator).headers["ETag"] == response.headers["ETag"]
    after = client.get(f"{url}/progress", headers=operator).json
    assert (after["status"], after["attempt"], after["failure"], after["stage"]) == ("solved", 1, None, "done")
    again = client.post(f"{url}/running", query_string={"wait": "true"}, headers=operator)
    assert again.status_code == 409


def test_a_run_told_to_wait_is_repeated_by_its_last_reply(client: FlaskClient, operator: dict[str, str]) -> None:
    url = f"{URL}/{make_round(make_market().grade, until='frozen').id}/running?wait=true"
    headers = {**operator, "Idempotency-Key": "run-1"}
    first, again = (client.post(url, headers=headers) for _ in range(2))
    assert (first.status_code, first.json["status"]) == (200, "solved")
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Location" not in again.headers
    assert first.content_type == again.content_type


def test_an_empty_round_says_so(client: FlaskClient, operator: dict[str, str]) -> None:
    url = f"{URL}/{make_round(make_grade(), until='solved').id}/clearing"
    clearing = client.get(url, headers=operator).json
    assert clearing["status"] == "empty"
    assert clearing["note"]


def test_sums_of_fewer_than_five_parties_are_withheld(client: FlaskClient, operator: dict[str, str]) -> None:
    few = client.get(f"{URL}/{make_round(make_market().grade, until='solved').id}/clearing", headers=operator).json
    withheld = {"value": None, "withheld": "fewer-than-five"}
    (grade,) = few["grades"]
    assert (grade["offered"], grade["requested"], grade["unfilled_offers"]) == (withheld,) * 3
    assert grade["matched"]["value"] is not None  # six parties stand behind it
    lone = make_market(offers=["96000"], needs=["104000"])
    url = f"{URL}/{make_round(lone.grade, until='published').id}/clearing"
    alone = client.get(url, headers=operator).json
    assert alone["objective_cny"] == alone["bound_cny"] == withheld
    assert alone["grades"][0]["matched"] == alone["grades"][0]["contracts"] == withheld


def test_sums_of_five_parties_are_told_to_operators_and_authorities(
    client: FlaskClient, operator: dict[str, str], regulator: dict[str, str]
) -> None:
    market = make_market(*FIVE_AND_FIVE)
    make_open_order(make_trader(), "need", market.grade, price="50000", volume="10")  # finds nobody
    url = f"{URL}/{make_round(market.grade, until='solved').id}/clearing"
    seen = client.get(url, headers=operator).json
    (grade,) = seen["grades"]
    values = {name: figure["value"] for name, figure in grade.items() if name != "grade_id"}
    assert values == {
        "offered": "1500",
        "requested": "1530",
        "matched": "1500",
        "contracts": grade["contracts"]["value"],
        "unfilled_offers": "0",
        "unfilled_needs": "30",
    }
    assert grade["contracts"]["value"] >= 5
    assert client.get(url, headers=regulator).json == seen


@pytest.mark.parametrize("until", ["solved", "reviewed"])
def test_money_is_told_to_nobody_before_publication(
    client: FlaskClient, operator: dict[str, str], regulator: dict[str, str], until: str
) -> None:
    round_ = make_round(make_market(*FIVE_AND_FIVE).grade, until=until)
    exact = queries.clearing(round_.id)
    withheld = {"value": None, "withheld": "before-publication"}
    for staff in (operator, regulator):
        response = client.get(f"{URL}/{round_.id}/clearing", headers=staff)
        assert response.json["objective_cny"] == response.json["bound_cny"] == withheld
        assert response.json["grades"][0]["matched"]["value"] == "1500"
        assert amount_text(exact.objective_cny) not in response.text + client.get("/api/v1/audit", headers=staff).text


def test_money_is_told_in_three_digits_after_publication(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market(*FIVE_AND_FIVE).grade, until="published")
    exact = queries.clearing(round_.id).objective_cny
    seen = client.get(f"{URL}/{round_.id}/clearing", headers=operator).json
    told = Decimal(seen["objective_cny"]["value"])
    assert told != exact
    assert told == Decimal(f"{exact:.2e}")
    assert seen["bound_cny"] == seen["objective_cny"]  # this market is cleared to optimality


def test_money_of_samples_alone_is_exact(client: FlaskClient, operator: dict[str, str]) -> None:
    grade = make_grade()
    for side, price in (("offer", "96013.37"), ("need", "104017.61")):
        make_open_order(make_trader(sample=True), side, grade, price=price)
    round_ = make_round(grade, until="solved")
    seen = client.get(f"{URL}/{round_.id}/clearing", headers=operator).json
    assert Decimal(seen["objective_cny"]["value"]) == queries.clearing(round_.id).objective_cny > 0


def test_two_cancelled_rounds_give_no_limit(client: FlaskClient, operator: dict[str, str]) -> None:
    """The same book under two rates of financing: (O0 - O1) / V x 365 / 30 / 0.1 was a limit."""
    market = make_market(*FIVE_AND_FIVE)
    for rate in ("0", "0.1"):
        round_ = make_round(market.grade, until="solved", policy={**POLICY, "financing_rate_per_year": rate})
        seen = client.get(f"{URL}/{round_.id}/clearing", headers=operator)
        figures = {Decimal(text) for text in NUMBER.findall(seen.text)}
        exact = queries.clearing(round_.id)
        assert not figures & {exact.objective_cny, exact.bound_cny}
        assert client.post(f"{URL}/{round_.id}/cancellation", headers=operator).status_code == 200
        assert client.get(f"{URL}/{round_.id}/clearing", headers=operator).status_code == 409
        items = client.get(f"{URL}/{round_.id}/orders", headers=operator).json["items"]
        assert {(item["status"], item["filled"]) for item in items} == {(None, None)}


def test_what_a_sealed_order_was_filled_by_is_seen_from_publication_on(
    client: FlaskClient, operator: dict[str, str]
) -> None:
    market = make_market(offers=["96013.37"], needs=["104017.61", "50000"])
    round_ = make_round(market.grade, until="reviewed")
    url = f"{URL}/{round_.id}/orders"
    before = client.get(url, headers=operator).json["items"]
    assert {(item["status"], item["filled"]) for item in before} == {(None, None)}
    client.post(f"{URL}/{round_.id}/publication", headers=operator)
    after = client.get(url, headers=operator).json["items"]
    assert sorted((item["status"], item["filled"]) for item in after) == [
        ("matched", "300"),
        ("matched", "300"),
        ("unmatched", "0"),
    ]
    unsaid = {"status": None, "filled": None}
    assert [{**item, **unsaid} for item in after] == before


def test_there_is_no_clearing_before_it_is_recorded(client: FlaskClient, operator: dict[str, str]) -> None:
    url = f"{URL}/{make_round(make_grade(), until='frozen').id}/clearing"
    assert client.get(url, headers=operator).status_code == 409


def test_delivered_prices_are_public_after_publication_if_five_parties_made_them(client: FlaskClient) -> None:
    market = make_market(*FIVE_AND_FIVE)
    round_ = make_round(market.grade, until="reviewed")
    assert client.get(f"{URL}/{round_.id}/prices").status_code == 404
    published = make_round(make_market(*FIVE_AND_FIVE).grade, until="published")
    (item,) = client.get(f"{URL}/{published.id}/prices").json["items"]
    assert 96000 < float(item["delivered_reference"]["value"]) < 104100
    few = make_round(make_market().grade, until="published", name_en="few")
    (item,) = client.get(f"{URL}/{few.id}/prices").json["items"]
    assert item["delivered_reference"]["value"] is not None
    lone = make_round(make_market(offers=["96000"], needs=["104000"]).grade, until="published")
    (item,) = client.get(f"{URL}/{lone.id}/prices").json["items"]
    assert item["delivered_reference"] == {"value": None, "withheld": "fewer-than-five"}


def test_owners_read_reasons_after_publication_and_nobody_else_does(client: FlaskClient) -> None:
    market = make_market(offers=["96013.37"], needs=["104017.61", "50000"])
    loser = market.buyers[1]
    order = loser.orders[0]
    url = f"/api/v1/orders/{order.id}/outcomes"
    round_ = make_round(market.grade, until="reviewed")
    assert client.get(url, headers=signed_in(client, loser.member)).json["items"] == []
    client.post(f"{URL}/{round_.id}/publication", headers=signed_in(client, make_member(roles=[Role.OPERATOR])))
    (outcome,) = client.get(url, headers=signed_in(client, loser.member)).json["items"]
    assert (outcome["status"], outcome["requested"], outcome["filled"]) == ("unmatched", "300", "0")
    assert [reason["code"] for reason in outcome["reasons"]] == ["price"]
    assert outcome["reasons"][0].keys() == {"code", "side", "zh", "en"}  # category: no figure at all
    for stranger in (market.buyers[0].member, make_member(roles=[Role.OPERATOR])):
        assert client.get(url, headers=signed_in(client, stranger)).status_code == 404
