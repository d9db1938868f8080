"""Rounds over HTTP: the operator's steps, what is sealed, what members, authorities and the public read."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from marketplace.rounds.rules.policy import FIELDS
from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index
from tests.factories.rounds import FREIGHT, MONTHS, POLICY, make_market, make_open_order, make_round

URL = "/api/v1/rounds"


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


def test_a_round_of_several_paths_and_currencies_is_shown_as_it_was_stated(
    client: FlaskClient, operator: dict[str, str]
) -> None:
    index = make_index().id
    paths = [
        {"weight": "0.4", "indices": {index: ["1", "2", "3"], f"{index}@settlement": ["1", "1", "1"]}},
        {"weight": "0.6", "indices": {index: ["2", "2", "2"]}, "before": {index: "4"}},
    ]
    policy = {"exchange_rates": {"USD": "7.1"}, "refused_instruments": ["commercial_acceptance"]}
    stated = plan(index_paths=paths, policy={**policy, "paths_required": "0.6", "small_supplier_days": None})
    response = client.post(URL, json=stated, headers=operator)
    assert response.status_code == 201, response.json
    assert response.json["index_paths"] == paths
    shown = {name: response.json["policy"][name] for name in (*policy, "paths_required", "small_supplier_days")}
    assert shown == {**policy, "paths_required": "0.6", "small_supplier_days": None}


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("policy", {"price_tick": "0"}, "/policy/price_tick"),
        ("policy", {"price_tick": 0.5}, "/policy/price_tick"),
        ("policy", {"sealed_seed": "mine"}, "/policy/sealed_seed"),
        ("freight", {"kind": "plane"}, "/freight/kind"),
        ("freight", {"kind": "distance"}, "/freight/cny_per_unit_km"),
        ("freight", {"kind": "lanes"}, "/freight/lanes"),
        ("freight", {"kind": "lanes", "lanes": []}, "/freight/lanes"),
        ("calendar", ["2026-11"], "/calendar/0"),
        ("calendar", [], "/calendar"),
        ("grade_ids", ["no-such-grade"], "/grade_ids/0"),
        ("index_paths", {"A/B": ["1", "2", "3"]}, "/index_paths/A~1B"),
        ("index_paths", [{"weight": "1", "indices": {"A@spot": ["1", "2", "3"]}}], "/index_paths/0/indices/A@spot"),
        ("index_paths", [{"weight": "0.5", "indices": {}}], "/index_paths"),
        ("policy", {"exchange_rates": {"XXQ": "7"}}, "/policy/exchange_rates/XXQ"),
        ("feedback", "everything", "/feedback"),
        ("freezes_at", "2026-11-30T00:00:00+08:00", "/freezes_at"),
        ("freezes_at", "2026-12-30T00:00:00", "/freezes_at"),
        ("name_zh", "", "/name_zh"),
        ("name_zh", "Lithium", "/name_zh"),
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
    made = [make_round(grade, name_zh=f"第{n}轮", until="open").id for n in range(3)]
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
