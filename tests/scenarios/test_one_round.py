"""One round from end to end over HTTP: six organisations, an operator, an authority, and what each may know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Member
from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index, make_quote
from tests.factories.rounds import FREIGHT, MONTHS, Trader, make_trader

API = "/api/v1"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

# Limits of odd cents, so that no other figure equals one by accident.
SELLERS: list[dict[str, Any]] = [
    {"limit_price": {"components": [{"fixed": "96013.37"}]}, "lot": "5", "payment": {"days": 30}},
    {"limit_price": {"components": [{"fixed": "97029.41"}]}, "minimum_contract": "60"},
    {
        "limit_price": {"components": [{"index": "LC-TEST", "coefficient": "0.97"}], "premium": "-313.19"},
        "flexibility": {"grants": {"down": "0.1", "up": "0.05"}},
        "specification": {"purity_pct": "99.62"},
    },
]
BUYERS: list[dict[str, Any]] = [
    {
        "limit_price": {"components": [{"fixed": "104017.61"}]},
        "flexibility": {"requires": {"down": "0.1", "up": "0.05"}},
        "specification": {"purity_pct": {"at_least": "99.5"}},
        "delivery": {"incoterms": ["DAP"]},
    },
    {"limit_price": {"components": [{"fixed": "103007.83"}]}, "counterparties": {"most": 2}},
    {"limit_price": {"components": [{"fixed": "60000.77"}]}},
]
INDEX_PATH = ["100000", "100500", "101000"]
LIMITS_BY_MONTH = {  # as a stranger would have to learn them
    2: [Decimal("0.97") * Decimal(value) - Decimal("313.19") for value in INDEX_PATH],
}


class Party:
    """A trader with its calls."""

    def __init__(self, client: FlaskClient, trader: Trader) -> None:
        self.client, self.trader = client, trader
        self.headers = signed_in(client, trader.member)
        self.order_id = ""

    def post_order(self, side: str, grade_id: str, terms: dict[str, Any]) -> None:
        """Enter and open an order, as the interface has it."""
        body = {"side": side, "grade": grade_id, "site": self.trader.site.id, "volumes": dict.fromkeys(MONTHS, "100")}
        made = self.client.post(f"{API}/orders", json={**body, **terms}, headers=self.headers)
        assert made.status_code == 201, made.text
        self.order_id = made.json["id"]
        opened = self.client.post(f"{API}/orders/{self.order_id}/opening", headers=self.headers)
        assert opened.status_code == 200, opened.text

    def get(self, path: str) -> Any:
        """What it reads there."""
        return self.client.get(f"{API}{path}", headers=self.headers).json


class House:
    """The operator with its calls."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.headers = signed_in(client, make_member(roles=[Role.OPERATOR]))

    def step(self, round_id: str, name: str, **options: Any) -> Any:
        """One step of the round's lifecycle."""
        response = self.client.post(f"{API}/rounds/{round_id}/{name}", headers=self.headers, **options)
        assert response.status_code in (200, 202), response.text
        return response.json


@pytest.fixture
def parties(client: FlaskClient) -> list[Party]:
    return [Party(client, make_trader()) for _ in range(6)]


@pytest.fixture
def round_id(client: FlaskClient, parties: list[Party]) -> str:
    """A published round of the six organisations' orders."""
    house, grade = House(client), make_grade()
    make_quote(make_index(id="LC-TEST"), "2026-11-30", INDEX_PATH[0])
    plan = {
        "name_zh": "一季度碳酸锂",
        "name_en": "Lithium carbonate",
        "grade_ids": [grade.id],
        "calendar": list(MONTHS),
        "policy": {"contract_cost": "2000", "price_tick": "10", "minimum_gain": "20"},
        "freight": FREIGHT,
        "index_paths": {"LC-TEST": INDEX_PATH},
    }
    made = client.post(f"{API}/rounds", json=plan, headers=house.headers)
    assert made.status_code == 201, made.text
    round_id = str(made.json["id"])
    house.step(round_id, "opening")
    posted = [*(("offer", terms) for terms in SELLERS), *(("need", terms) for terms in BUYERS)]
    for party, (side, terms) in zip(parties, posted, strict=True):
        party.post_order(side, grade.id, terms)
    assert house.step(round_id, "freezing")["snapshot_hash"].startswith("sha256:")
    assert house.step(round_id, "running", query_string={"wait": "true"})["status"] == "solved"
    for party in parties:
        assert party.get("/proposals")["items"] == []
    house.step(round_id, "review", json={"note": "已核对"})
    house.step(round_id, "publication")
    return round_id


def test_both_sides_receive_the_same_proposals(parties: list[Party], round_id: str) -> None:
    seen: dict[str, list[dict[str, Any]]] = {}
    for party in parties:
        for proposal in party.get("/proposals")["items"]:
            assert proposal["order_id"] == party.order_id
            seen.setdefault(proposal["id"], []).append(proposal)
    assert seen
    own = {"side", "order_id", "beyond_need"}
    for both in seen.values():
        assert {proposal["side"]: proposal["beyond_need"] for proposal in both} == {"buyer": {}, "seller": None}
        first, second = ({name: value for name, value in each.items() if name not in own} for each in both)
        assert first == second
        assert first["round_id"] == round_id
        assert first["status"] == "proposed"


def test_a_proposal_says_all_that_a_contract_needs(parties: list[Party], round_id: str) -> None:
    for proposal in (each for party in parties for each in party.get("/proposals")["items"]):
        freight = Decimal(proposal["delivery"]["freight_cny_per_unit"])
        totals = dict.fromkeys(("minimum", "expected", "maximum"), Decimal(0))
        for period in proposal["periods"]:
            floor, reference, cap = (Decimal(period[name]) for name in ("floor", "reference", "cap"))
            assert floor <= reference <= cap
            assert Decimal(period["delivered_reference"]) == reference + freight
            least, expected, most = (Decimal(period["volume"][name]) for name in totals)
            assert 0 < least <= expected <= most
            totals["minimum"] += least * floor
            totals["expected"] += expected * reference
            totals["maximum"] += most * cap
        for name, amount in totals.items():
            assert abs(Decimal(proposal["value"][name]) - amount) <= Decimal("0.005")
        assert proposal["value"]["firm"] == proposal["volume"]["firm"] == "minimum"
        assert proposal["price"]["tax"] == "exclusive"
        assert {proposal["seller"]["credit_code"], proposal["buyer"]["credit_code"]} <= {
            party.trader.organisation.credit_code for party in parties
        }


def test_volumes_stay_within_every_order(parties: list[Party], round_id: str) -> None:
    for party in parties:
        for month in MONTHS:
            periods = [p for each in party.get("/proposals")["items"] for p in each["periods"] if p["period"] == month]
            assert sum(Decimal(period["volume"]["expected"]) for period in periods) <= 100


def test_strangers_find_no_proposal(client: FlaskClient, parties: list[Party], round_id: str) -> None:
    proposals = {each["id"] for party in parties for each in party.get("/proposals")["items"]}
    for party in parties:
        own = {each["id"] for each in party.get("/proposals")["items"]}
        for proposal_id in proposals:
            url = f"{API}/proposals/{proposal_id}"
            status = client.get(url, headers=party.headers).status_code
            assert status == (200 if proposal_id in own else 404)


def test_every_party_is_told_once_how_many_proposals_it_received(parties: list[Party], round_id: str) -> None:
    for party in parties:
        inbox = party.get("/notifications")["items"]
        told = [each for each in inbox if (each["kind"], each["subject_id"]) == ("proposals-received", round_id)]
        count = len(party.get("/proposals")["items"])
        assert len(told) == min(count, 1)
        assert not told or f" {count} 份" in told[0]["text_zh"]


def test_every_order_has_an_outcome_with_a_reason(parties: list[Party], round_id: str) -> None:
    for party in parties:
        (outcome,) = party.get(f"/orders/{party.order_id}/outcomes")["items"]
        assert outcome["round_id"] == round_id
        assert outcome["reasons"]
        assert party.get(f"/orders/{party.order_id}")["status"] == outcome["status"]
    assert outcome["status"] == "unmatched"  # the last buyer bids too little


def test_nobody_reads_a_foreign_limit_anywhere(client: FlaskClient, parties: list[Party], round_id: str) -> None:
    """Every figure in every document that a caller can read, against every limit that is not its own."""
    staff = [make_member(roles=[role]) for role in (Role.OPERATOR, Role.REGULATOR)]
    callers = [*((signed_in(client, member), None) for member in staff), *((p.headers, p) for p in parties)]
    for headers, reader in callers:
        documents = list(readable(client, headers, parties, round_id))
        assert len(documents) > 5
        text = "\n".join(documents)
        assert "sealed_seed" not in text
        figures = {Decimal(number) for number in NUMBER.findall(text)}
        freights = {Decimal(0), *(freight_in(document) for document in documents)} - {None}
        if reader is not None:  # the search finds what is there: one's own limit stands in one's own order
            assert figures & set(stated_of(parties.index(reader)))
        for place, owner in enumerate(parties):
            if owner is reader:
                continue
            for limit in limits_of(place):
                for freight in freights:
                    assert not figures & {limit + freight, limit - freight}


def readable(client: FlaskClient, headers: dict[str, str], parties: list[Party], round_id: str) -> Iterator[str]:
    """The text of everything that this caller gets a 200 for."""
    paths = ["/rounds", "/proposals", "/orders", "/notifications", "/audit", "/organisations", "/sites"]
    paths += [f"/rounds/{round_id}{tail}" for tail in ("", "/freight", "/progress", "/orders", "/clearing", "/prices")]
    for party in parties:
        paths += [f"/orders/{party.order_id}{tail}" for tail in ("", "/outcomes", "/revisions")]
    own = client.get(f"{API}/proposals", headers=headers)
    if own.status_code == 200:
        paths += [f"/proposals/{each['id']}" for each in own.json["items"]]
    for path in paths:
        response = client.get(f"{API}{path}", headers=headers)
        if response.status_code == 200:
            yield response.text


def freight_in(document: str) -> Decimal | None:
    """The freight of a single proposal's document."""
    delivery = json.loads(document).get("delivery")
    return (
        None
        if not isinstance(delivery, dict) or "freight_cny_per_unit" not in delivery
        else Decimal(delivery["freight_cny_per_unit"])
    )


def stated_of(place: int) -> list[Decimal]:
    """The figures in which one of the parties stated its limit."""
    terms = [*SELLERS, *BUYERS][place]["limit_price"]
    return [Decimal(terms.get("premium", terms["components"][0].get("fixed", "0")))]


def limits_of(place: int) -> list[Decimal]:
    """The limits of one of the parties, in every month."""
    terms = [*SELLERS, *BUYERS][place]["limit_price"]
    fixed = [Decimal(each["fixed"]) for each in terms["components"] if "fixed" in each]
    return fixed or LIMITS_BY_MONTH[place]


def test_a_member_without_orders_learns_nothing_but_the_rules(client: FlaskClient, round_id: str) -> None:
    outsider: Member = make_member(roles=[Role.SELLER])
    headers = signed_in(client, outsider)
    assert client.get(f"{API}/proposals", headers=headers).json["items"] == []
    for tail in ("/orders", "/clearing", "/progress"):
        assert client.get(f"{API}/rounds/{round_id}{tail}", headers=headers).status_code == 403
