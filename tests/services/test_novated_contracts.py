"""After a party has changed: where the goods come from, what may be amended, and what becomes of the orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Commitment, Contract
from marketplace.contracts.services.deliverability import BeyondCapacity
from marketplace.contracts.services.opening import open_order
from marketplace.notifications.models import Message
from marketplace.orders.models import Order
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.capacity import make_line, make_statement
from tests.factories.catalogue import make_grade
from tests.factories.contracts import confirm, party
from tests.factories.novations import ask, in_force, make_contract_in_force, novate, place, sign, signatory
from tests.factories.rounds import MONTHS, Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")


def contract_between(seller: Trader, buyer: Trader, grade: Any, volume: str = "100") -> Contract:
    """In force, so much in each of three months."""
    make_open_order(seller, "offer", grade, price="96000", volume=volume)
    make_open_order(buyer, "need", grade, price="104000", volume=volume)
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    return in_force(proposal)


def with_capacity(seller: Trader, grade: Any, volume: str) -> None:
    line = make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id)
    make_statement(line, from_month="2026-01", volume_per_month=Decimal(volume))


def committed(contract: Contract) -> dict[str, tuple[str, str]]:
    """By month: place and volume."""
    rows = db.session.scalars(sa.select(Commitment).filter_by(contract_id=contract.id))
    return {each.month: (each.place, str(each.volume)) for each in rows}


def test_commitments_move_with_the_months() -> None:
    grade, seller = make_grade(), make_trader()
    contract = contract_between(seller, make_trader(), grade)
    second = novate(contract, from_month="2027-02")
    third = novate(contract, from_month="2027-03")
    places = [f"site:{each.site.id}" for each in (seller, second, third)]
    assert committed(contract) == {month: (place_, "100") for month, place_ in zip(MONTHS, places, strict=True)}
    novate(contract, side="buyer", by="seller", from_month="2027-02")
    assert committed(contract) == {month: (place_, "100") for month, place_ in zip(MONTHS, places, strict=True)}


def test_the_capacity_of_the_place_that_was_left_is_free_from_then_on() -> None:
    grade, seller = make_grade(), make_trader()
    with_capacity(seller, grade, "100")
    contract = contract_between(seller, make_trader(), grade)
    novate(contract, from_month="2027-02")
    make_open_order(seller, "offer", grade, price="96000", volume="100")
    make_open_order(make_trader(), "need", grade, price="104000", volume="100")
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    assert proposal.excess == {"2027-01": "100"}


def test_the_new_place_is_checked_with_all_that_is_signed_there() -> None:
    """A place for 150 has sold 60: it cannot make 100 more, but 90 it could."""
    grade, incoming = make_grade(), make_trader()
    with_capacity(incoming, grade, "150")
    contract_between(incoming, make_trader(), grade, "60")
    contract = contract_between(make_trader(), make_trader(), grade, "100")
    novation = ask(contract, incoming.organisation)
    with pytest.raises(BeyondCapacity, match=r"in 2027-02, 2027-03$"):
        place(novation, incoming)
    assert (novation.site_id, novation.version.facts["seller"]["name_zh"]) == (None, contract.seller.name_zh)
    other = contract_between(make_trader(), make_trader(), grade, "90")
    fitting = place(ask(other, incoming.organisation), incoming)
    assert fitting.capacity_stated
    for role in ("remaining", "leaving", "incoming"):
        sign(fitting, role)
    assert committed(other)["2027-02"] == (f"site:{incoming.site.id}", "90")


def test_a_place_that_filled_up_meanwhile_is_noticed_at_the_confirmation() -> None:
    grade, incoming = make_grade(), make_trader()
    with_capacity(incoming, grade, "100")
    contract = contract_between(make_trader(), make_trader(), grade)
    novation = place(ask(contract, incoming.organisation), incoming)
    sign(novation, "remaining")
    contract_between(incoming, make_trader(), grade, "1")
    with pytest.raises(BeyondCapacity):
        sign(novation, "incoming")
    assert [each.organisation_id for each in queries.confirmations(contract.id, 2)] == [contract.buyer_id]


def test_a_place_of_which_nobody_has_stated_a_capacity_is_said_to_be_so() -> None:
    contract = make_contract_in_force()
    incoming = make_trader()
    assert place(ask(contract, incoming.organisation), incoming).capacity_stated is False
    services.refuse_novation(contract.id, 2, actor=signatory(contract.buyer), now=NOW)
    assert place(ask(contract, incoming.organisation, side="buyer", by="seller"), incoming).capacity_stated is None


def amend(contract: Contract, *volumes: str) -> None:
    """Other volumes, proposed by the present seller and confirmed by both."""
    stated = []
    for each, volume in zip(queries.present_version(contract).terms["periods"], volumes, strict=True):
        stated.append(
            {"period": each["period"], "volume": volume, **{name: each[name] for name in ("reference", "floor", "cap")}}
        )
    version = services.propose_amendment(
        contract.id,
        changes={"periods": stated},
        reason="双方商定",
        actor=make_member(organisation=contract.seller, roles=(Role.SELLER,)).actor,
        now=NOW,
    )
    for side in ("seller", "buyer"):
        confirm(contract, side, number=version.number)


def test_months_of_a_party_that_has_left_are_not_amended() -> None:
    contract = make_contract_in_force()
    novate(contract, from_month="2027-02")
    with pytest.raises(InvalidInput, match="2027-01 stays with the party that left"):
        amend(contract, "99", "100", "100")
    amend(contract, "100", "90", "80")
    assert queries.version_of_month(contract, "2027-01").number == 2
    assert queries.version_of_month(contract, "2027-02").number == 3
    facts = queries.present_version(contract).facts
    assert [each["version"] for each in facts["novations"]] == [2]
    assert facts["seller"]["name_zh"] == contract.seller.name_zh


def test_an_amendment_is_checked_at_the_new_sellers_place() -> None:
    grade, incoming = make_grade(), make_trader()
    with_capacity(incoming, grade, "100")
    contract = contract_between(make_trader(), make_trader(), grade)
    novation = place(ask(contract, incoming.organisation, from_month="2027-03"), incoming)
    for role in ("remaining", "leaving", "incoming"):
        sign(novation, role)
    with pytest.raises(BeyondCapacity, match=r"in 2027-03$"):
        amend(contract, "100", "100", "101")
    services.refuse_amendment(
        contract.id, 3, actor=make_member(organisation=contract.seller, roles=(Role.SELLER,)).actor, now=NOW
    )
    amend(contract, "100", "100", "99")
    assert committed(contract)["2027-03"] == (f"site:{incoming.site.id}", "99")


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_an_order_does_not_come_back_to_a_party_that_has_left(side: str) -> None:
    """The contract ends: its volume returns to the order of the party that stayed, and to nobody else's."""
    contract = make_contract_in_force()
    proposal = queries.proposal_of(contract)
    owners = {each: party(proposal, each) for each in ("seller", "buyer")}
    orders = {"seller": proposal.offer_id, "buyer": proposal.need_id}
    novate(contract, side=side)
    for each in ("seller", "buyer"):
        with pytest.raises(InvalidInput):  # nothing rests
            open_order(orders[each], actor=owners[each], now=NOW)
    services.give_notice(
        contract.id, kind="termination", ground="agreed", reason="x", actor=signatory(contract.seller), now=NOW
    )
    services.consent_to_notice(contract.id, 1, actor=signatory(contract.buyer), now=NOW)
    assert proposal.status == "ended"
    with pytest.raises(InvalidInput):
        open_order(orders[side], actor=owners[side], now=NOW)
    stayed = "buyer" if side == "seller" else "seller"
    again = open_order(orders[stayed], actor=owners[stayed], now=NOW)
    assert again.terms["volumes"] == dict.fromkeys(MONTHS, "100")
    assert db.session.get_one(Order, orders[side]).status == "matched"


@pytest.mark.parametrize(("from_month", "is_told"), [("2027-02", True), ("2027-01", False)])
def test_who_has_left_is_told_of_what_happens_to_the_months_it_still_has(from_month: str, is_told: bool) -> None:
    """From January on nothing is left to the seller that leaves in December; from February on it has January."""
    contract = make_contract_in_force()
    seller = contract.seller_id
    novate(contract, from_month=from_month)
    services.give_notice(
        contract.id, kind="suspension", ground="force_majeure", reason="x", actor=signatory(contract.seller), now=NOW
    )
    told = db.session.scalars(sa.select(Message.kind).filter_by(organisation_id=seller)).all()
    assert ("contract-suspension-effective" in told) is is_told
    assert "contract-suspension-given" not in told
