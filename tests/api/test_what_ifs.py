"""What-if runs over HTTP: asked under pseudonyms, answered in coarse figures, never a limit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.rounds.models import Round, RoundWhatIf
from marketplace.shared.actor import Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_market, make_open_order, make_round, make_trader

URL = "/api/v1/rounds"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
OFFERS = [f"{96013 + 7 * k}.37" for k in range(6)]
NEEDS = [f"{104017 - 11 * k}.61" for k in range(6)]


def ask(client: FlaskClient, headers: dict[str, str], round_: Round, *changes: Any, **more: Any) -> Any:
    """One scenario of these changes, waited for."""
    scenario = {"id": "s", "name_zh": "情景", "changes": list(changes)}
    body = {"scenarios": [scenario], **more}
    return client.post(f"{URL}/{round_.id}/what-if?wait=true", json=body, headers=headers)


def pseudonyms(client: FlaskClient, headers: dict[str, str], round_: Round, side: str) -> list[dict[str, Any]]:
    return client.get(f"{URL}/{round_.id}/orders?side={side}", headers=headers).json["items"]


def values(told: dict[str, Any]) -> Any:
    """The figures of a told part without the reasons why others are withheld."""
    if set(told) == {"value", "withheld"}:
        return told["value"]
    return {name: values(part) for name, part in told.items() if isinstance(part, dict)}


def test_an_operator_asks_and_reads_what_came_of_it(client: FlaskClient, operator: dict[str, str]) -> None:
    market = make_market(OFFERS, NEEDS)
    round_ = make_round(market.grade, until="frozen")
    gone = pseudonyms(client, operator, round_, "offer")[0]["party"]
    answer = ask(client, operator, round_, {"remove_organisation": gone})
    assert answer.status_code == 200, answer.text
    run = answer.json
    assert (run["status"], run["asked"], run["cleared"], run["failure"]) == ("done", 1, 2, None)
    assert run["scenarios"][0]["changes"] == [{"remove_organisation": gone}]
    base, without = run["results"]
    assert (base["id"], base["verdict"], without["id"]) == ("base", None, "s")
    assert without["verdict"] == {"value": "less", "withheld": None}
    (grade,), (fewer,) = base["grades"], without["grades"]
    assert values(grade) == {
        "offered": "1800",  # six of 300
        "requested": "1800",
        "matched": "1800",
        "unsold": "0",
        "unserved": "0",
        "contracts": 5,  # at least six, in steps of five
        "concentration": {"hhi": "0.15", "top3_share": "0.5"},
    }
    assert (fewer["matched"]["value"], fewer["unserved"]["value"]) == ("1500", "300")
    assert without["offers"]["orders"]["value"] == 5
    listed = client.get(f"{URL}/{round_.id}/what-if", headers=operator).json["items"]
    assert [(each["id"], each["status"]) for each in listed] == [(run["id"], "done")]
    assert "results" not in listed[0]
    assert client.get(f"{URL}/{round_.id}/what-if/{run['id']}", headers=operator).json == run


def test_nothing_told_is_a_limit_or_money(client: FlaskClient, operator: dict[str, str]) -> None:
    market = make_market(OFFERS, NEEDS)
    round_ = make_round(market.grade, until="frozen")
    answer = ask(client, operator, round_, {"freight": {"scale": "2"}}, {"policy": {"contract_cost": "4000"}})
    numbers = {abs(Decimal(text)) for text in NUMBER.findall(answer.text)}
    assert not numbers & {Decimal(limit) for limit in (*OFFERS, *NEEDS)}
    results = answer.json["results"]
    for result in results:
        assert result["welfare_cny"] == {"value": None, "withheld": "with-real-orders"}
        for price in result["prices"]:
            assert price["delivered_reference"] == {"value": None, "withheld": "before-publication"}
    assert results[1]["difference_least_cny"] == {"value": None, "withheld": "with-real-orders"}
    assert results[1]["welfare_change_percent"] == {"value": None, "withheld": "before-publication"}
    stored = db.session.get(RoundWhatIf, answer.json["id"])
    exact = re.findall(rb'"objective":"([^"]+)"', stored.document)
    assert len(exact) == 2
    for text in exact:
        assert text.decode() not in answer.text + client.get("/api/v1/audit", headers=operator).text


def test_prices_and_changes_of_welfare_are_told_coarsely_after_publication(
    client: FlaskClient, operator: dict[str, str]
) -> None:
    market = make_market(OFFERS, NEEDS)
    round_ = make_round(market.grade, until="published")
    results = ask(client, operator, round_, {"freight": {"scale": "2"}}).json["results"]
    stored = db.session.get(
        RoundWhatIf, client.get(f"{URL}/{round_.id}/what-if", headers=operator).json["items"][0]["id"]
    )
    first, second = (Decimal(t.decode()) for t in re.findall(rb'"objective":"([^"]+)"', stored.document))
    percent = Decimal(results[1]["welfare_change_percent"]["value"])
    assert percent % 5 == 0
    assert abs(percent - (second - first) * 100 / first) <= Decimal("2.5")
    (price,) = results[0]["prices"]
    reference = Decimal(price["delivered_reference"]["value"])
    assert reference == Decimal(f"{reference:.2e}")
    assert 96000 < reference < 105000


def test_fewer_than_five_parties_are_not_spoken_of(client: FlaskClient, operator: dict[str, str]) -> None:
    market = make_market(["96013.37"], ["104017.61"])
    round_ = make_round(market.grade, until="published")
    for result in ask(client, operator, round_, {"freight": {"scale": "2"}}).json["results"]:
        told = [result["contracts"], *result["offers"].values(), *result["concentration"].values()]
        told += [figure for figure in result["grades"][0].values() if isinstance(figure, dict) and "value" in figure]
        assert {figure["value"] for figure in told} == {None}
        assert {figure["withheld"] for figure in told} == {"fewer-than-five"}
        assert (result["verdict"] or {"value": None})["value"] is None


def test_samples_alone_are_answered_exactly_and_take_any_change(client: FlaskClient, operator: dict[str, str]) -> None:
    grade = make_grade()
    for side, price in (("offer", "96013.37"), ("need", "104017.61")):
        make_open_order(make_trader(sample=True), side, grade, price=price)
    round_ = make_round(grade, until="frozen", freight={"kind": "none"})
    (offer,) = pseudonyms(client, operator, round_, "offer")
    cheaper = {"set_term": {"order": offer["pseudonym"], "term": "limit_price.premium", "value": "-1000"}}
    base, scenario = ask(client, operator, round_, cheaper).json["results"]
    assert Decimal(base["welfare_cny"]["value"]) == Decimal("8004.24") * 300 - 2000
    assert Decimal(scenario["welfare_cny"]["value"]) == Decimal("9004.24") * 300 - 2000
    assert scenario["difference_least_cny"]["value"] == scenario["difference_most_cny"]["value"] == "300000"
    assert scenario["grades"][0]["matched"] == {"value": "300", "withheld": None}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"freight": {"scale": "1.01"}}, "/freight/scale"),
        ({"freight": {"cny_per_unit_km": "0.36"}}, "/freight/cny_per_unit_km"),
        ({"freight": {"circuity": "1.3"}}, "/freight/circuity"),
        ({"freight": {"kind": "plane"}}, "/freight/kind"),
        ({"policy": {"minimum_gain": "900"}}, "/policy/minimum_gain"),
        ({"policy": {"financing_rate_per_year": "0.1"}}, "/policy/financing_rate_per_year"),
        ({"policy": {"price_split": {"low": "0", "high": "0.001"}}}, "/policy/price_split"),
        ({"policy": {"contract_cost": "123456"}}, "/policy/contract_cost"),
        ({"policy": {"contract_cost": "much"}}, "/policy/contract_cost"),
        ({"index": {"index": "LC", "shift": "1"}}, "/index/shift"),
        ({"index": {"index": "LC", "multiples": ["1", "1", "1"]}}, "/index/multiples"),
        ({"scale_volume": {"order": "offer-x", "scale": "1.1"}}, "/scale_volume/scale"),
        ({"add_volume": {"order": "offer-x", "volumes": ["1", "1", "1"]}}, "/add_volume"),
        ({"set_term": {"order": "offer-x", "term": "lot", "value": "1"}}, "/set_term"),
        ({"set_lane": {"origin": "a", "destination": "b", "cny_per_unit": "1"}}, "/set_lane"),
        ({"add_lane": {"origin": "a", "destination": "b", "cny_per_unit": "1"}}, "/add_lane"),
        ({"drop_term": {"term": "exclusions", "order": "offer-x"}}, "/drop_term/order"),
    ],
)
def test_no_number_of_ones_own_meets_a_real_limit(
    client: FlaskClient, operator: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    refused = ask(client, operator, round_, change)
    assert refused.status_code == 422
    errors = {error["pointer"]: error for error in refused.json["errors"]}
    error = errors[f"/scenarios/0/changes/0{pointer}"]
    assert error["code"] in ("sealed-limits", "not-a-choice")
    assert error["detail_zh"]


def test_an_order_with_a_limit_of_ones_own_is_not_added(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    order = {
        "id": "x",
        "side": "need",
        "organisation": "X",
        "grade": round_.grade_ids[0],
        "volumes": ["1", "1", "1"],
        "limit_price": {"components": [{"fixed": "97000"}]},
    }
    refused = ask(client, operator, round_, {"add_order": order})
    assert [error["code"] for error in refused.json["errors"]] == ["sealed-limits"]


def test_two_scales_of_one_thing_would_make_a_finer_ladder(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    refused = ask(client, operator, round_, {"freight": {"scale": "0.8"}}, {"freight": {"scale": "1.2"}})
    assert [error["pointer"] for error in refused.json["errors"]] == ["/scenarios/0/changes/1/freight"]


def test_few_may_be_singled_out(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market(OFFERS, NEEDS).grade, until="frozen")
    names = [each["pseudonym"] for each in pseudonyms(client, operator, round_, "offer")]
    assert ask(client, operator, round_, *({"remove_order": name} for name in names[:3])).status_code == 200
    refused = ask(client, operator, round_, *({"remove_order": name} for name in names[:4]))
    assert [error["code"] for error in refused.json["errors"]] == ["too-many"]


def test_identifiers_are_no_names_and_are_not_given_away(client: FlaskClient, operator: dict[str, str]) -> None:
    market = make_market()
    round_ = make_round(market.grade, until="frozen")
    order = market.orders[0]
    for change in (
        {"remove_order": order.id},
        {"remove_organisation": order.organisation_id},
        {"copy_order": {"order": order.id, "id": "x", "organisation": "y"}},
        {"remove_order": "offer-000000000000"},
    ):
        refused = ask(client, operator, round_, change)
        assert refused.status_code == 422, change
        (error,) = refused.json["errors"]
        assert error["detail"].startswith("must be an o")
    (name,) = [e["pseudonym"] for e in pseudonyms(client, operator, round_, "offer")][:1]
    twice = ask(client, operator, round_, {"remove_order": name}, {"remove_order": name})
    assert [error["value"] for error in twice.json["errors"]] == [name]
    assert not any(each.id in twice.text for each in market.orders)


def test_a_copied_supplier_takes_no_limit_from_the_operator(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market(OFFERS[:3], NEEDS).grade, until="frozen")
    name = pseudonyms(client, operator, round_, "offer")[0]["pseudonym"]
    copy = {"copy_order": {"order": name, "id": "second", "organisation": "newcomer"}}
    results = ask(client, operator, round_, copy, {"scale_volume": {"order": "second", "scale": "2"}}).json["results"]
    assert results[1]["verdict"]["value"] == "more"
    assert [result["grades"][0]["matched"]["value"] for result in results] == ["900", "1500"]


def test_copies_do_not_make_up_the_five(client: FlaskClient, operator: dict[str, str]) -> None:
    """Two parties and two copies of one are two parties."""
    round_ = make_round(make_market(["96013.37"], ["104017.61"]).grade, until="published")
    (name,) = [each["pseudonym"] for each in pseudonyms(client, operator, round_, "need")]
    copies = [{"copy_order": {"order": name, "id": f"c{k}", "organisation": f"d{k}"}} for k in range(4)]
    more = [{"scale_volume": {"order": "c0", "scale": "2"}}]
    (_, result) = ask(client, operator, round_, *copies, *more).json["results"]
    figures = [result["contracts"], *result["needs"].values(), *result["concentration"].values()]
    figures += [result["verdict"], result["welfare_change_percent"], result["grades"][0]["matched"]]
    figures += [price["delivered_reference"] for price in result["prices"]]
    assert {figure["value"] for figure in figures} == {None}


def test_an_order_is_put_to_so_many_scenarios_at_most(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    row = {"status": "done", "member_id": "mem_x", "scenarios": [], "created_at": round_.created_at}
    db.session.add(RoundWhatIf(id="wif_x", round_id=round_.id, asked=19, heartbeat_at=round_.created_at, **row))
    db.session.flush()
    assert ask(client, operator, round_, {"freight": {"scale": "2"}}).status_code == 200
    refused = ask(client, operator, round_, {"freight": {"scale": "0.5"}})
    assert refused.status_code == 409
    assert "20 scenarios" in refused.json["detail"]


@pytest.mark.parametrize("until", ["draft", "open", "running", "cancelled"])
def test_only_frozen_and_cleared_rounds_are_asked(client: FlaskClient, operator: dict[str, str], until: str) -> None:
    round_ = make_round(make_market().grade, until=until)
    assert ask(client, operator, round_, {"freight": {"scale": "2"}}).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/scenarios"),
        ({"scenarios": []}, "/scenarios"),
        ({"scenarios": [{"id": "s"}]}, "/scenarios/0/changes"),
        ({"scenarios": [{"id": "s", "changes": []}]}, "/scenarios/0/changes"),
        ({"scenarios": [{"id": "s", "changes": [{"colour": "red"}]}]}, "/scenarios/0/changes/0/colour"),
        ({"scenarios": [{"id": "s\u202e", "changes": [{"freight": {"scale": "2"}}]}]}, "/scenarios/0/id"),
        ({"scenarios": [{"id": "s", "changes": [{"freight": {"scale": 2}}]}]}, "/scenarios/0/changes/0/freight/scale"),
        (
            {"scenarios": [{"id": f"s{k}", "changes": [{"freight": {"scale": "2"}}]} for k in range(11)]},
            "/scenarios",
        ),
        ({"scenarios": [{"id": "s", "changes": [{"freight": {"scale": "2"}}] * 21}]}, "/scenarios/0/changes"),
    ],
)
def test_scenarios_are_read_strictly(
    client: FlaskClient, operator: dict[str, str], body: dict[str, Any], pointer: str
) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    refused = client.post(f"{URL}/{round_.id}/what-if?wait=true", json=body, headers=operator)
    assert refused.status_code == 422
    assert pointer in [error["pointer"] for error in refused.json["errors"]]
    assert db.session.query(RoundWhatIf).filter_by(round_id=round_.id).count() == 0


def test_the_result_of_a_cancelled_round_is_not_told(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market(OFFERS, NEEDS).grade, until="frozen")
    run = ask(client, operator, round_, {"freight": {"scale": "2"}}).json
    assert client.post(f"{URL}/{round_.id}/cancellation", headers=operator).status_code == 200
    after = client.get(f"{URL}/{round_.id}/what-if/{run['id']}", headers=operator).json
    assert (after["status"], after["results"]) == ("done", None)


def test_a_run_is_found_under_its_own_round_alone(client: FlaskClient, operator: dict[str, str]) -> None:
    first, second = (make_round(make_market().grade, until="frozen") for _ in range(2))
    run = ask(client, operator, first, {"freight": {"scale": "2"}}).json
    assert client.get(f"{URL}/{second.id}/what-if/{run['id']}", headers=operator).status_code == 404


def test_a_repeat_gets_the_same_run(client: FlaskClient, operator: dict[str, str]) -> None:
    round_ = make_round(make_market().grade, until="frozen")
    headers = {**operator, "Idempotency-Key": "what-if-1"}
    first, again = (ask(client, headers, round_, {"freight": {"scale": "2"}}) for _ in range(2))
    assert (first.status_code, again.data) == (200, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_asking_leaves_its_trace(client: FlaskClient) -> None:
    member = make_member(roles=[Role.OPERATOR])
    actor: Actor = member.actor
    round_ = make_round(make_market().grade, until="frozen")
    run = ask(client, signed_in(client, member), round_, {"freight": {"scale": "2"}}).json
    entries = db.session.query(AuditEntry).filter_by(subject_id=run["id"]).order_by(AuditEntry.number).all()
    assert [entry.action for entry in entries] == ["rounds:what-if:asked", "rounds:what-if:answered"]
    assert {entry.member_id for entry in entries} == {actor.member_id}
    assert entries[0].payload == {"round_id": round_.id, "scenarios": 1, "kinds": ["freight"]}
    assert entries[1].payload["hash"] == run["hash"]
