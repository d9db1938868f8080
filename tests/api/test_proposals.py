"""Proposals over HTTP: found by round, order and grade, page by page, and only once they are published."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.contracts.models import Proposal
from tests.factories.accounts import make_member, signed_in
from tests.factories.contracts import make_proposal
from tests.factories.rounds import Trader, make_trader

URL = "/api/v1/proposals"


@pytest.fixture
def seller(session: None) -> Trader:
    return make_trader()


@pytest.fixture
def proposals(seller: Trader) -> list[Proposal]:
    """Three published proposals of one seller, each from a round of its own."""
    return [make_proposal(seller=seller.organisation) for _ in range(3)]


def found(client: FlaskClient, seller: Trader, **query: Any) -> list[str]:
    response = client.get(URL, query_string=query, headers=signed_in(client, seller.member))
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json["items"]]


def test_proposals_are_found_by_what_they_are_about(
    client: FlaskClient, seller: Trader, proposals: list[Proposal]
) -> None:
    first = proposals[0]
    for query in ({"round_id": first.round_id}, {"order_id": first.offer_id}, {"grade_id": first.grade_id}):
        assert found(client, seller, **query) == [first.id]
    assert set(found(client, seller, status="proposed")) == {each.id for each in proposals}
    assert found(client, seller, round_id="rnd_other") == []


def test_proposals_are_sorted_and_paged(client: FlaskClient, seller: Trader, proposals: list[Proposal]) -> None:
    by_grade = [each.id for each in sorted(proposals, key=lambda each: each.grade_id)]
    assert found(client, seller, sort="grade_id") == by_grade
    assert found(client, seller, sort="-grade_id") == by_grade[::-1]
    headers = signed_in(client, seller.member)
    first = client.get(URL, query_string={"sort": "grade_id", "limit": "2"}, headers=headers).json
    rest = client.get(
        URL, query_string={"sort": "grade_id", "limit": "2", "cursor": first["next_cursor"]}, headers=headers
    ).json
    assert [item["id"] for page in (first, rest) for item in page["items"]] == by_grade


@pytest.mark.parametrize("query", [{"status": "pending_publication"}, {"sort": "price"}, {"seller": "x"}])
def test_bad_queries_are_refused(client: FlaskClient, seller: Trader, query: dict[str, str]) -> None:
    assert client.get(URL, query_string=query, headers=signed_in(client, seller.member)).status_code == 422


@pytest.mark.parametrize("until", ["solved", "reviewed"])
def test_nothing_is_seen_before_publication(client: FlaskClient, seller: Trader, until: str) -> None:
    proposal = make_proposal(seller=seller.organisation, until=until)
    headers = signed_in(client, seller.member)
    assert client.get(URL, headers=headers).json["items"] == []
    assert client.get(f"{URL}/{proposal.id}", headers=headers).status_code == 404


def test_both_parties_know_each_other_and_their_own_order_alone(client: FlaskClient, seller: Trader) -> None:
    proposal = make_proposal(seller=seller.organisation)
    buyer = make_member(organisation=proposal.buyer, roles=["buyer"])
    seen = {}
    for side, member in (("seller", seller.member), ("buyer", buyer)):
        response = client.get(f"{URL}/{proposal.id}", headers=signed_in(client, member))
        assert response.headers["ETag"] == f'"{proposal.version}"'
        assert response.json["side"] == side
        seen[side] = response.json
    assert seen["seller"]["buyer"]["credit_code"] == proposal.buyer.credit_code
    assert seen["buyer"]["seller"]["name_zh"] == proposal.seller.name_zh
    assert (seen["seller"]["order_id"], seen["buyer"]["order_id"]) == (proposal.offer_id, proposal.need_id)
    assert proposal.need_id not in str(seen["seller"])
    assert proposal.offer_id not in str(seen["buyer"])


def test_a_proposal_states_the_whole_payment_terms(client: FlaskClient, seller: Trader) -> None:
    bill = {"days": 0, "deposit_fraction": "0.10", "instrument": "bank_acceptance", "tenor_days": 90}
    for terms, stated in (
        ({}, {"days": 0, "instrument": "transfer"}),
        ({"payment": {"days": 30}}, {"days": 30, "instrument": "transfer"}),
        ({"payment": bill}, {**bill, "deposit_fraction": "0.1", "discount_borne_by": "seller"}),
    ):
        proposal = make_proposal(seller=seller.organisation, **terms)
        shown = client.get(f"{URL}/{proposal.id}", headers=signed_in(client, seller.member)).json["payment"]
        absent = dict.fromkeys(
            ("prepaid_fraction", "prepaid_offset_months", "deposit_fraction", "tenor_days", "discount_borne_by")
        )
        told = {"late_for_small_supplier": False, "small_supplier": None, "terms_of": "offer"}
        assert shown == {**absent, **stated, **told}


def test_a_proposal_says_where_a_small_supplier_waits_too_long(client: FlaskClient) -> None:
    small = make_trader(small=True)
    for days, late in ((60, False), (61, True)):
        proposal = make_proposal(seller=small.organisation, payment={"days": days})
        shown = client.get(f"{URL}/{proposal.id}", headers=signed_in(client, small.member)).json
        assert shown["payment"]["late_for_small_supplier"] is late
        assert shown["payment"]["small_supplier"] == {"wait_days": days, "limit_days": 60}
