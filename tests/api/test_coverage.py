"""Coverage and price exposure over HTTP: their forms, their refusals, and how many queries they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from marketplace.contracts.models import Contract, ContractVersion, Proposal
from marketplace.orders.models import Order
from marketplace.rounds.models import RoundMatch
from marketplace.shared.database import db
from marketplace.shared.kept_replies import KeptReply
from tests.factories.accounts import in_session, make_member, signed_in
from tests.factories.capacity import make_line, make_statement
from tests.factories.contracts import make_contract_by_index
from tests.factories.indices import make_index
from tests.factories.rounds import MONTHS, Trader, make_trader

NEEDS, SUPPLY, EXPOSURE = "/api/v1/coverage/needs", "/api/v1/coverage/supply", "/api/v1/price-exposure"


@pytest.fixture
def seller(session: None) -> Trader:
    return make_trader()


@pytest.fixture
def index(session: None) -> str:
    return make_index().id


@pytest.fixture
def contract(index: str, seller: Trader) -> Contract:
    return make_contract_by_index(index, seller=seller.organisation)


@pytest.fixture
def buyer(contract: Contract) -> Member:
    return make_member(organisation=contract.buyer, roles=["buyer"])


def copies(contract: Contract, count: int) -> None:
    """So many more contracts of the same parties and terms, each with a match and a proposal of its own."""
    version = db.session.get_one(ContractVersion, (contract.id, 1))
    proposal = db.session.get_one(Proposal, contract.proposal_id)
    match = db.session.get_one(RoundMatch, proposal.match_id)

    def again(thing: Any, **changed: Any) -> Any:
        columns = {column.key: getattr(thing, column.key) for column in sa.inspect(type(thing)).column_attrs}
        return type(thing)(**{**columns, **changed})

    for number in range(1, count + 1):
        ends = {"match": f"{match.id}-{number}", "proposal": f"{proposal.id}-{number}", "id": f"{contract.id}-{number}"}
        db.session.add(again(match, id=ends["match"], number=number))
        db.session.flush()
        db.session.add(again(proposal, id=ends["proposal"], match_id=ends["match"]))
        db.session.flush()
        db.session.add(
            again(contract, id=ends["id"], proposal_id=ends["proposal"], number=f"{contract.number}-{number}")
        )
        db.session.add(again(version, contract_id=ends["id"]))
    db.session.flush()


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_a_buyer_reads_its_needs_and_nothing_of_its_sellers_capacity(
    client: FlaskClient, contract: Contract, seller: Trader, buyer: Member
) -> None:
    place = db.session.get_one(Order, db.session.get_one(Proposal, contract.proposal_id).offer_id).site_id
    make_statement(make_line(seller.organisation, site_id=place, grade_id=contract.grade_id))
    shown = client.get(NEEDS, headers=signed_in(client, buyer)).json
    (item,) = shown["items"]
    (site,) = item["sites"]
    assert (len(shown["months"]), shown["months"][0], item["unit_code"]) == (36, "2026-12", "TNE")
    band = {"minimum": "100", "expected": "100", "maximum": "100"}
    none = {"minimum": "0", "expected": "0", "maximum": "0"}
    assert item["months"][1] == {
        "period": "2027-01",
        "total": "100",
        "signed": band,
        "proposed": none,
        "kept_for_options": "0",
        "open": "0",
    }
    assert site["months"] == item["months"]
    for word in ("installed", "capacity", "500", place):
        assert word not in str(shown)
    (own,) = client.get(SUPPLY, headers=signed_in(client, seller.member)).json["items"]
    unstated = dict.fromkeys(("installed", "staged", "uncommitted", "unoffered"))
    assert own["months"][0]["capacity"] == {**unstated, "committed": "0"}  # nothing is stated for December
    stated = {"installed": "500", "staged": None, "committed": "100", "uncommitted": "400", "unoffered": "400"}
    assert own["months"][1] == {**item["months"][1], "capacity": stated}
    assert client.get(SUPPLY, headers=signed_in(client, buyer)).json["items"] == []
    query = {"grade_id": contract.grade_id, "site_id": place}
    assert client.get(NEEDS, query_string=query, headers=signed_in(client, buyer)).json["items"] == []


def test_staff_read_the_sums_of_a_grade(client: FlaskClient, contract: Contract) -> None:
    url = f"/api/v1/grades/{contract.grade_id}/coverage"
    shown = client.get(url, headers=signed_in(client, make_member(roles=["operator"]))).json
    assert len(shown["months"]) == 36
    assert shown["months"][1]["signed"] == {"value": None, "withheld": "fewer-than-five"}


def test_price_exposure(client: FlaskClient, contract: Contract, buyer: Member, index: str) -> None:
    prices = dict(zip(MONTHS, ("100000", "90000", "110000"), strict=True))
    body = {"side": "buyer", "paths": [{"name": "跌后涨", "indices": {index: prices}}]}
    reply = client.post(EXPOSURE, json=body, headers=signed_in(client, buyer))
    assert reply.status_code == 200, reply.text
    (path,) = reply.json["paths"]
    (only,) = path["contracts"]
    assert (path["name"], path["history_from"], only["number"]) == ("跌后涨", None, contract.number)
    assert path["prices"][0] == {"index": index, "month": "2027-01", "value": "100000", "taken_from": None}
    same = {"minimum": "9500000", "expected": "9500000", "maximum": "9500000"}
    assert only["months"][1] == {
        "period": "2027-02",
        "volume": {"minimum": "100", "expected": "100", "maximum": "100"},
        "price": "95000",
        "limited_by": "floor",
        "reference": "100000",
        "price_difference": "-5000",
        "value": same,
        "reference_value": "10000000",
        "difference": "-500000",
    }
    assert (path["total"]["value"]["expected"], path["total"]["difference"]) == ("30000000", "0")
    assert path["by_grade"][0]["grade_id"] == contract.grade_id
    assert [each["period"] for each in path["by_month"]][:2] == ["2026-12", "2027-01"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"side": "both"}, "/side"),
        ({"paths": []}, "/paths"),
        ({"paths": [{"indices": {}}] * 21}, "/paths"),
        ({"months": 37}, "/months"),
        ({"months": 0}, "/months"),
        ({"paths": [{"history_from": "2021-7"}]}, "/paths/0/history_from"),
        ({"paths": [{"indices": {"LC-XX": {}}}]}, "/paths/0/indices/LC-XX"),
        ({"paths": [{"weight": "1", "indices": {}}]}, "/paths/0/weight"),
    ],
)
def test_what_is_wrong_is_named(
    client: FlaskClient, contract: Contract, buyer: Member, changes: dict[str, Any], pointer: str
) -> None:
    body = {"side": "buyer", "paths": [{"indices": {}}], **changes}
    reply = client.post(EXPOSURE, json=body, headers=signed_in(client, buyer))
    assert (reply.status_code, [each["pointer"] for each in reply.json["errors"]]) == (422, [pointer])


def test_a_lacking_price_is_named_by_month(client: FlaskClient, contract: Contract, buyer: Member, index: str) -> None:
    body = {"side": "buyer", "paths": [{"indices": {index: dict.fromkeys(MONTHS[:2], "1")}}]}
    reply = client.post(EXPOSURE, json=body, headers=signed_in(client, buyer))
    (error,) = reply.json["errors"]
    assert (error["pointer"], error["code"]) == (f"/paths/0/indices/{index}/2027-03", "missing")


def test_a_browser_sends_its_csrf_token_and_a_program_needs_to_read_alone(
    client: FlaskClient, contract: Contract, buyer: Member
) -> None:
    body = {"side": "seller", "paths": [{"indices": {}}]}
    headers = in_session(client, buyer)
    assert client.post(EXPOSURE, json=body).status_code == 403
    assert client.post(EXPOSURE, json=body, headers=headers).status_code == 200
    program = client.application.test_client()
    for scope, status in (("contracts:read", 200), ("orders:read", 403)):
        headers = {**signed_in(program, buyer, scopes=[scope]), "Idempotency-Key": "key-1"}
        assert program.post(EXPOSURE, json=body, headers=headers).status_code == status
    assert db.session.scalars(sa.select(KeptReply)).all() == []


def test_how_many_queries_it_takes_does_not_depend_on_how_many_contracts_there_are(
    client: FlaskClient, contract: Contract, seller: Trader, buyer: Member, index: str
) -> None:
    grade_id, contract_id = contract.grade_id, contract.id
    by_buyer, by_seller, by_staff = (
        signed_in(client, each) for each in (buyer, seller.member, make_member(roles=["operator"]))
    )
    body = {"side": "buyer", "paths": [{"indices": {index: dict.fromkeys(MONTHS, "100000")}}]}

    def counts() -> list[int]:
        found = []
        for ask in (
            lambda: client.get(NEEDS, headers=by_buyer),
            lambda: client.get(SUPPLY, headers=by_seller),
            lambda: client.get(f"/api/v1/grades/{grade_id}/coverage", headers=by_staff),
            lambda: client.post(EXPOSURE, json=body, headers=by_buyer),
        ):
            db.session.commit()
            db.session.expunge_all()
            with counted() as sent:
                assert ask().status_code == 200
            found.append(len(sent))
        return found

    counts()  # a token's first use is noted
    before = counts()
    copies(db.session.get_one(Contract, contract_id), 60)
    assert counts() == before
    assert max(before) < 30
    shown = client.get(NEEDS, headers=by_buyer).json["items"][0]["months"][1]
    assert shown["signed"]["expected"] == str(100 * 61)
