"""What the party that is asked to enter, the one that has left and those that stayed read of a contract."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Organisation
from marketplace.contracts import queries
from marketplace.contracts.models import Contract
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.novations import ask, in_force, make_contract_in_force, novate, place
from tests.factories.rounds import Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")


class Reads:
    """One organisation's reading of one contract."""

    def __init__(self, client: FlaskClient, contract: Contract, organisation: Organisation) -> None:
        self._client, self._url = client, f"/api/v1/contracts/{contract.id}"
        self._headers = signed_in(client, make_member(organisation=organisation))
        self.proposal = f"/api/v1/proposals/{contract.proposal_id}"

    def get(self, below: str = "", *, status: int = 200) -> Any:
        """A page below the contract."""
        reply = self._client.get(f"{self._url}{below}", headers=self._headers)
        assert reply.status_code == status, reply.text
        return reply.json if reply.is_json else reply.text

    def versions(self) -> list[int]:
        """The numbers of those that it is shown."""
        return [each["number"] for each in self.get("/versions")["items"]]

    def listed(self) -> list[dict[str, Any]]:
        """All its contracts."""
        items: list[dict[str, Any]] = self._client.get("/api/v1/contracts", headers=self._headers).json["items"]
        return items

    def reads_proposal(self) -> list[int]:
        """What the negotiation answers it."""
        pages = ("", "/answers", "/revisions")
        return [self._client.get(f"{self.proposal}{page}", headers=self._headers).status_code for page in pages]


def wished_contract() -> tuple[Contract, Trader, Trader]:
    """In force; its seller alone wished a resale ban, and of another wish both differed."""
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    make_open_order(seller, "offer", grade, price="96000", contract_wishes={"resale_ban": True})
    make_open_order(buyer, "need", grade, price="104000", contract_wishes={"most_favoured": True})
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    return in_force(proposal), seller, buyer


def test_who_is_asked_reads_what_it_would_sign_and_nothing_of_how_it_came_up(client: FlaskClient) -> None:
    contract, _, _ = wished_contract()
    first = queries.version(contract, 1)
    assert first.terms["wishes"]["seller_only"]
    assert first.terms["wishes"]["buyer_only"]
    incoming = make_trader()
    reads = Reads(client, contract, incoming.organisation)
    reads.get(status=404)
    novation = ask(contract, incoming.organisation)
    told = reads.get()
    assert (told["standing"], told["side"], told["proposal_id"]) == ("asked", "seller", None)
    assert told["periods"] == first.terms["periods"]
    assert told["wishes"] == {"agreed": [], "seller_only": [], "buyer_only": [], "conflicts": []}
    assert told["seller"]["credit_code"] == contract.seller.credit_code
    assert reads.versions() == [2]
    assert [each["id"] for each in reads.listed()] == [contract.id]
    reads.get("/versions/1/document?form=html", status=404)
    reads.get("/versions/2/document?form=html", status=409)
    reads.get("/notices", status=404)
    assert reads.reads_proposal() == [404, 404, 404]
    place(novation, incoming)
    text = reads.get("/versions/2/document?form=html")
    assert incoming.site.name in text
    assert contract.seller.name_zh in text
    (item,) = reads.get("/novations")["items"]
    assert (item["number"], item["status"], item["confirmed_by"]) == (2, "proposed", [])
    assert item["place"] == {"name": incoming.site.name, "address": incoming.site.address}


def test_who_has_entered_reads_the_contract_from_then_on(client: FlaskClient) -> None:
    contract, _, _ = wished_contract()
    incoming = novate(contract)
    reads = Reads(client, contract, incoming.organisation)
    told = reads.get()
    assert (told["standing"], told["in_force"], told["proposal_id"]) == ("party", 2, None)
    assert told["confirmed_by"] == ["seller", "buyer"]
    assert reads.versions() == [2]
    reads.get("/versions/1/document?form=html", status=404)
    assert reads.get("/notices")["items"] == []
    assert reads.reads_proposal() == [404, 404, 404]


def test_who_has_left_reads_on_up_to_the_change(client: FlaskClient) -> None:
    contract, seller, buyer = wished_contract()
    second = novate(contract, from_month="2027-02")
    third = novate(contract, from_month="2027-03")
    reads = Reads(client, contract, seller.organisation)
    told = reads.get()
    assert (told["standing"], told["side"], told["in_force"]) == ("former", "seller", 2)
    assert told["seller"]["credit_code"] == second.organisation.credit_code
    assert told["proposal_id"] == contract.proposal_id
    assert reads.versions() == [1, 2]
    reads.get("/versions/2/document?form=html")
    reads.get("/versions/3/document?form=html", status=404)
    assert third.organisation.name_zh not in str(told) + str(reads.get("/versions")) + str(reads.get("/novations"))
    assert [each["number"] for each in reads.get("/novations")["items"]] == [2]
    assert reads.reads_proposal() == [200, 200, 200]
    assert Reads(client, contract, second.organisation).versions() == [2, 3]
    assert Reads(client, contract, third.organisation).versions() == [3]
    stayed = Reads(client, contract, buyer.organisation)
    assert stayed.versions() == [1, 2, 3]
    assert [each["confirmed_by"] for each in stayed.get("/versions")["items"]] == [["seller", "buyer"]] * 3


def test_who_was_asked_in_vain_reads_nothing_any_more(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    incoming = make_trader()
    ask(contract, incoming.organisation)
    headers = signed_in(client, make_member(organisation=incoming.organisation))
    reply = client.post(f"/api/v1/contracts/{contract.id}/novations/2/refusal", headers=headers)
    assert (reply.status_code, reply.json["status"]) == (200, "refused")
    reads = Reads(client, contract, incoming.organisation)
    reads.get(status=404)
    reads.get("/novations", status=404)
    assert reads.listed() == []
    assert Reads(client, contract, contract.buyer).versions() == [1, 2]
    assert Reads(client, contract, contract.seller).get("/versions")["items"][1]["confirmed_by"] == []


def test_the_whole_way_over_http(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    incoming = make_trader()
    signers = {
        name: signed_in(client, make_member(organisation=organisation))
        for name, organisation in (
            ("seller", contract.seller),
            ("buyer", contract.buyer),
            ("incoming", incoming.organisation),
        )
    }
    url = f"/api/v1/contracts/{contract.id}"
    body = {
        "side": "seller",
        "credit_code": incoming.organisation.credit_code,
        "from_month": "2027-02",
        "ground": "agreed",
        "reason": "业务整体转让",
    }
    reply = client.post(f"{url}/novations", json=body, headers=signers["seller"])
    assert reply.status_code == 201, reply.text
    reply = client.post(f"{url}/novations/2/place", json={"site_id": incoming.site.id}, headers=signers["incoming"])
    assert reply.status_code == 200, reply.text
    for name, headers in signers.items():
        document = client.get(f"{url}/versions/2/document", headers=headers)
        confirmation = {"pdf_hash": document.get_etag()[0]}
        reply = client.post(f"{url}/versions/2/confirmation", json=confirmation, headers=headers)
        assert reply.status_code == 200, (name, reply.text)
    assert reply.json["seller"]["credit_code"] == incoming.organisation.credit_code
    reply = client.post(f"{url}/versions/2/confirmation", json=confirmation, headers=signers["seller"])
    assert reply.status_code == 403
    wrong = client.post(f"{url}/novations", json={**body, "side": "carrier"}, headers=signers["buyer"])
    assert wrong.status_code == 422
