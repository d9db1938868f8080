"""What a buyer has bought beyond what its orders declare: over all its contracts, for its own eyes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalogue.models import Grade
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractVersion, Proposal
from marketplace.contracts.rules.needs import declared
from marketplace.shared.actor import Role
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.contracts import confirm, party
from tests.factories.novations import in_force, novate, signatory
from tests.factories.rounds import MONTHS, Trader, make_open_order, make_round, make_trader

PRICE = {"reference": "100000", "floor": "99000", "cap": "101000"}


def cleared(grade: Grade) -> Proposal:
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    return proposal


def buy(buyer: Trader, grade: Grade, volume: str, offered: str | None = None) -> Proposal:
    """A need of so much in each of three months, and a proposal to it of what is offered."""
    make_open_order(buyer, "need", grade, price="104000", volume=volume)
    make_open_order(make_trader(), "offer", grade, price="96000", volume=offered or volume)
    return cleared(grade)


def every(volume: str) -> dict[str, str]:
    return dict.fromkeys(MONTHS, volume)


def amend(contract: Contract, volume: str, *, sign: bool = True) -> ContractVersion:
    actor = make_member(organisation=contract.seller, roles=(Role.SELLER,)).actor
    changes = {"periods": [{"period": month, "volume": volume, **PRICE} for month in MONTHS]}
    version = services.propose_amendment(contract.id, changes=changes, reason="双方商定", actor=actor, now=NOW)
    for side in ("seller", "buyer") if sign else ():
        confirm(contract, side, number=version.number)
    return version


@pytest.fixture
def buyer(session: None) -> Trader:
    return make_trader()


def test_a_round_sells_nobody_more_than_it_asked_for(buyer: Trader) -> None:
    proposal = buy(buyer, make_grade(), "100")
    assert proposal.beyond_need == {}
    in_force(proposal)
    assert proposal.beyond_need == {}


def test_after_an_amendment_a_contract_may_hold_more_than_the_order_asked(buyer: Trader) -> None:
    contract = in_force(buy(buyer, make_grade(), "100"))
    assert amend(contract, "112.5").beyond_need == every("12.5")
    assert amend(contract, "90").beyond_need == {}


def test_it_is_added_up_over_all_contracts_of_the_grade_and_site(buyer: Trader) -> None:
    """200 are needed by two orders; 130 and 100 are bought."""
    grade = make_grade()
    first = in_force(buy(buyer, grade, "100"))
    amend(first, "130")
    second = buy(buyer, grade, "100")
    assert second.beyond_need == every("30")
    in_force(second)
    assert second.beyond_need == every("30")
    elsewhere = make_trader(buyer.organisation)
    assert buy(elsewhere, grade, "100").beyond_need == {}
    assert buy(buyer, make_grade(), "100").beyond_need == {}
    assert buy(make_trader(), grade, "100").beyond_need == {}


def test_a_contract_that_ended_counts_no_more(buyer: Trader) -> None:
    grade = make_grade()
    first = in_force(buy(buyer, grade, "100"))
    amend(first, "130")
    services.give_notice(
        first.id, kind="termination", ground="agreed", reason="x", actor=signatory(first.seller), now=NOW
    )
    services.consent_to_notice(first.id, 1, actor=signatory(first.buyer), now=NOW)
    assert buy(buyer, grade, "100").beyond_need == {}


def test_the_rest_of_an_order_in_a_further_round_is_no_further_need(buyer: Trader) -> None:
    """100 are needed, 60 bought, 40 put into the next round; the first contract then grows by 5."""
    grade = make_grade()
    first = in_force(buy(buyer, grade, "100", offered="60"))
    need = queries.proposal_of(first).need_id
    rest = services.open_order(need, actor=party(queries.proposal_of(first), "buyer"), now=NOW)
    assert rest.terms["volumes"] == every("40")
    make_open_order(make_trader(), "offer", grade, price="96000", volume="40")
    second = cleared(grade)
    assert second.beyond_need == {}
    in_force(second)
    assert amend(first, "65", sign=False).beyond_need == every("5")


def test_a_counter_says_it_too_and_needs_the_buyers_consent(buyer: Trader) -> None:
    proposal = buy(buyer, make_grade(), "100")
    services.counter_proposal(
        proposal.id,
        revision=1,
        changes={"periods": [{"period": month, "volume": "101", **PRICE} for month in MONTHS]},
        consent=["volumes"],
        actor=buyer.actor,
        now=NOW,
    )
    assert proposal.beyond_need == every("1")


def test_what_was_taken_over_is_no_need_of_ones_own(buyer: Trader) -> None:
    """The new buyer's own orders are compared without it; the one that left keeps its months."""
    grade = make_grade()
    contract = in_force(buy(buyer, grade, "100"))
    amend(contract, "130")
    incoming = novate(contract, side="buyer", by="seller", from_month="2027-02")
    assert amend_from(contract, "2027-02", "150").beyond_need is None
    assert buy(incoming, grade, "100").beyond_need == {}
    again = buy(buyer, grade, "10")
    assert again.beyond_need == {"2027-01": "30"}


def amend_from(contract: Contract, first: str, volume: str) -> ContractVersion:
    stated: list[dict[str, Any]] = []
    for each in queries.present_version(contract).terms["periods"]:
        kept = each["volume"]["expected"] if each["period"] < first else volume
        stated.append({"period": each["period"], "volume": kept, **{name: each[name] for name in PRICE}})
    actor = make_member(organisation=contract.seller, roles=(Role.SELLER,)).actor
    return services.propose_amendment(contract.id, changes={"periods": stated}, reason="双方商定", actor=actor, now=NOW)


def test_the_buyer_alone_reads_it(buyer: Trader, client: FlaskClient) -> None:
    grade = make_grade()
    contract = in_force(buy(buyer, grade, "100"))
    amend(contract, "130", sign=False)
    proposal = queries.proposal_of(contract)
    later = buy(buyer, grade, "100")
    for organisation, told in ((contract.buyer, [{}, every("30")]), (contract.seller, [None, None])):
        headers = signed_in(client, make_member(organisation=organisation))
        shown = client.get(f"/api/v1/proposals/{proposal.id}", headers=headers).json
        versions = client.get(f"/api/v1/contracts/{contract.id}/versions", headers=headers).json["items"]
        assert [shown["beyond_need"], versions[1]["beyond_need"]] == told
        assert versions[0]["beyond_need"] is None
    assert later.beyond_need == {}  # the amendment is not in force


months = st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 50).map(str))


@given(st.lists(months, min_size=1, max_size=5))
def test_reopening_whatever_rests_never_changes_what_is_declared(rests: list[dict[str, str]]) -> None:
    """Each further round takes less than what was stated before; the need stays the first one."""
    first = dict.fromkeys(MONTHS, "200")
    stated, present = [("create", first)], first
    for rest in rests:
        present = {month: str(min(int(present.get(month, "0")), int(volume))) for month, volume in rest.items()}
        stated += [("freeze", stated[-1][1]), ("reopen", present)]
    assert declared(stated, given_up=False) == {month: Decimal(200) for month in MONTHS}
