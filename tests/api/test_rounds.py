"""Rounds over HTTP: the operator's steps, what is sealed, what members, authorities and the public read."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from marketplace.rounds import queries
from marketplace.rounds.rules.policy import FIELDS
from marketplace.shared.actor import Role
from marketplace.shared.quantities import amount_text
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.rounds import FREIGHT, MONTHS, POLICY, make_market, make_open_order, make_round, make_trader

URL = "/api/v1/rounds"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
FIVE_AND_FIVE = (
    ("96013.37", "96529.41", "97037.53", "97511.13", "98017.29"),
    ("104017.61", "103507.83", "103021.97", "102533.71", "102011.19"),
)


@pytest.fixture
def operator(client: FlaskClient) -> dict[str, str]:
    return signed_in(client, make_member(roles=[Role.OPERATOR]))


@pytest.fixture
def regulator(client: FlaskClient) -> dict[str, str]:
    return signed_in(client, make_member(roles=[Role.REGULATOR]))


@pytest.fixture
def member() -> Member:
    return make_member(roles=[Role.SELLER])


def plan(**fields: Any) -> dict[str, Any]:
    given = {"name_zh": "碳酸锂", "name_en": "Lithium carbonate", "calendar": list(MONTHS), "policy": POLICY}
    grades = fields.pop("grade_ids", None)
    return {**given, "freight": FREIGHT, "grade_ids": [make_grade().id] if grades is None else grades, **fields}


def pointers(response: Any) -> set[str]:
    return {error["pointer"] for error in response.json["errors"]}


def test_a_round_is_created_with_all_its_defaults_written_out(client: FlaskClient, operator: dict[str, str]) -> None:
    response = client.post(URL, json=plan(), headers=operator)
    assert response.status_code == 201
    assert response.json["status"] == "draft"
    assert response.json["policy"].keys() == FIELDS.keys()
    assert response.json["policy"]["price_tick"] == "10"
    assert response.json["feedback"] == "category"
    assert client.get(response.headers["Location"], headers=operator).json == response.json


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("policy", {"price_tick": "0"}, "/policy/price_tick"),
        ("policy", {"price_tick": 0.5}, "/policy/price_tick"),
        ("policy", {"sealed_seed": "mine"}, "/policy/sealed_seed"),
        ("freight", {"kind": "plane"}, "/freight/kind"),
        ("calendar", ["2026-11"], "/calendar/0"),
        ("calendar", [], "/calendar"),
        ("grade_ids", ["no-such-grade"], "/grade_ids/0"),
        ("index_paths", {"A/B": ["1", "2", "3"]}, "/index_paths/A~1B"),
        ("feedback", "everything", "/feedback"),
        ("freezes_at", "2026-11-30T00:00:00+08:00", "/freezes_at"),
        ("freezes_at", "2026-12-30T00:00:00", "/freezes_at"),
        ("name_zh", "", "/name_zh"),
        ("status", "published", "/status"),
        ("colour", "red", "/colour"),
    ],
)
def test_bad_plans_are_refused_by_field(
    client: FlaskClient, operator: dict[str, str], field: str, value: Any, pointer: str
) -> None:
    response = client.post(URL, json=plan(**{field: value}), headers=operator)
    assert response.status_code == 422
    assert pointers(response) == {pointer}
    assert all(error["limit"] for error in response.json["errors"])


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("feedback", "all", "category, coarse, exact"),
        ("policy", {"exceptions": "none"}, "propose, drop"),
        ("policy", {"price_split": {"middle": "0.5"}}, "low, high"),
        ("policy", ["1"], "an object"),
        ("calendar", "2027-01", "a list"),
        ("policy", {"price_tick": None}, "a decimal number as text"),
    ],
)
def test_a_refusal_says_what_is_allowed(
    client: FlaskClient, operator: dict[str, str], field: str, value: Any, limit: str
) -> None:
    (error,) = client.post(URL, json=plan(**{field: value}), headers=operator).json["errors"]
    assert error["limit"] == limit
    assert error.get("value") in (None, "all", "none", "0.5", '["1"]', "2027-01")


def test_drafts_are_revised_under_their_version_and_open_rounds_not_at_all(
    client: FlaskClient, operator: dict[str, str]
) -> None:
    made = client.post(URL, json=plan(), headers=operator)
    url, version = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    assert client.patch(url, json={"name_en": "B"}, headers=operator).status_code == 428
    revised = client.patch(url, json={"name_en": "B"}, headers={**operator, **version})
    assert (revised.status_code, revised.json["name_en"]) == (200, "B")
    assert client.patch(url, json={"name_en": "C"}, headers={**operator, **version}).status_code == 412
    opened = client.post(f"{url}/opening", headers=operator)
    assert opened.json["status"] == "open"
    late = client.patch(url, json={"name_en": "D"}, headers={**operator, "If-Match": opened.headers["ETag"]})
    assert (late.status_code, late.json["type"]) == (409, "urn:changdan:problem:transition-not-allowed")


def test_a_step_may_be_bound_to_the_version_seen(client: FlaskClient, operator: dict[str, str]) -> None:
    url = client.post(URL, json=plan(), headers=operator).headers["Location"]
    assert client.post(f"{url}/opening", headers={**operator, "If-Match": '"7"'}).status_code == 412
    assert client.get(url, headers=operator).json["status"] == "draft"


def test_members_see_a_round_from_its_opening_with_all_of_its_rules(client: FlaskClient, member: Member) -> None:
    lanes = [{"origin": "1", "destination": "2", "cny_per_unit": "9"}]
    grade, caller = make_grade(), signed_in(client, member)
    draft = make_round(grade, freight={"kind": "lanes", "lanes": lanes})
    opened = make_round(grade, until="open", freight={"kind": "lanes", "lanes": lanes})
    for path in ("", "/freight"):
        assert client.get(f"{URL}/{draft.id}{path}", headers=caller).status_code == 404
    seen = client.get(f"{URL}/{opened.id}", headers=caller).json
    assert seen["policy"] == opened.policy
    assert "lanes" not in seen["freight"]
    assert client.get(f"{URL}/{opened.id}/freight", headers=caller).json["lanes"] == lanes
    listed = [each["id"] for each in client.get(URL, headers=caller).json["items"]]
    assert opened.id in listed
    assert draft.id not in listed


def test_rounds_are_filtered_sorted_and_paged(client: FlaskClient, operator: dict[str, str]) -> None:
    grade = make_grade()
    made = [make_round(grade, name_zh=f"{n}", until="open").id for n in range(3)]
    make_round(grade)
    query = {"status": "open", "sort": "name_zh", "limit": "2"}
    first = client.get(URL, query_string=query, headers=operator).json
    rest = client.get(URL, query_string={**query, "cursor": first["next_cursor"]}, headers=operator).json
    assert [each["id"] for page in (first, rest) for each in page["items"]] == made
    assert rest["next_cursor"] is None


def test_orders_are_sealed_until_freezing(client: FlaskClient, operator: dict[str, str]) -> None:
    market = make_market()
    for status in ("draft", "open"):
        url = f"{URL}/{make_round(market.grade, until=status).id}/orders"
        sealed = client.get(url, headers=operator)
        assert (sealed.status_code, sealed.json["type"]) == (409, "urn:changdan:problem:conflict")
    url = f"{URL}/{make_round(market.grade, until='frozen').id}/orders"
    assert len(client.get(url, headers=operator).json["items"]) == len(market.orders)


def test_frozen_orders_stand_under_pseudonyms_without_owner_and_limit(
    client: FlaskClient, operator: dict[str, str], regulator: dict[str, str]
) -> None:
    market = make_market()
    need = make_open_order(
        market.buyers[0],
        "need",
        market.grade,
        price="103333.33",
        specification={"purity_pct": {"at_least": "99.5", "target": "99.6", "below_cny_per_unit": "-777.77"}},
        exclusions=[{"organisation": "91350000158142711F", "reason": "曾违约"}],
    )
    round_ = make_round(market.grade, until="frozen")
    response = client.get(f"{URL}/{round_.id}/orders", headers=operator)
    items = response.json["items"]
    secrets = [need.id, "103333.33", "777.77", "91350000158142711F", "曾违约", need.site_id]
    for trader in market.traders:
        limit = trader.orders[0].terms["limit_price"]["components"][0]["fixed"]
        secrets += [trader.organisation.id, trader.organisation.credit_code, trader.orders[0].id, limit]
    assert not [secret for secret in secrets if secret in response.text]
    assert len({item["party"] for item in items}) == len(items) - 1
    assert {item["terms"]["volumes"][0] for item in items} == {"100"}
    ranged = [item["terms"]["specification"] for item in items if item["terms"]["specification"]]
    assert ranged == [{"purity_pct": {"at_least": "99.5"}}]
    assert client.get(f"{URL}/{round_.id}/orders", headers=regulator).json["items"] == items


def test_frozen_orders_are_paged(client: FlaskClient, operator: dict[str, str]) -> None:
    market = make_market()
    url = f"{URL}/{make_round(market.grade, until='frozen').id}/orders"
    whole = client.get(url, headers=operator).json["items"]
    found: list[Any] = []
    cursor = None
    while cursor is not None or not found:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = client.get(url, query_string=query, headers=operator).json
        found += page["items"]
        cursor = page["next_cursor"]
    assert found == whole
    offers = client.get(url, query_string={"side": "offer"}, headers=operator).json["items"]
    assert offers == [item for item in whole if item["side"] == "offer"]


def test_a_run_told_to_wait_answers_with_its_result(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    url = f"{URL}/{round_.id}"
    before = client.get(f"{url}/progress", headers=operator).json
    assert (before["status"], before["attempt"], before["stage"]) == ("frozen", 0, None)
    response = client.post(f"{url}/running", query_string={"wait": "true"}, headers=operator)
    assert (response.status_code, response.json["status"]) == (200, "solved")
    assert client.get(url, headers=operator).headers["ETag"] == response.headers["ETag"]
    after = client.get(f"{url}/progress", headers=operator).json
    assert (after["status"], after["attempt"], after["failure"], after["stage"]) == ("solved", 1, None, "verifying")
    again = client.post(f"{url}/running", query_string={"wait": "true"}, headers=operator)
    assert again.status_code == 409


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
