"""Nothing is promised beyond the capacity of the place it comes from, over all contracts of all buyers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Commitment, Contract, Proposal
from marketplace.contracts.services.deliverability import BeyondCapacity
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.capacity import make_line, make_statement
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, confirm
from tests.factories.rounds import MONTHS, Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")


def sold(seller: Trader, grade: Any, *volumes: str, **terms: Any) -> list[Proposal]:
    """Offers of the seller's and as many needs, cleared in one round; the proposals, the smallest first."""
    for volume in volumes:
        make_open_order(
            seller, "offer", grade, price="96000", volume=volume, maximum_contract=str(3 * int(volume)), **terms
        )
        make_open_order(make_trader(), "need", grade, price="104000", volume=volume)
    round_ = make_round(grade, until="published")
    return sorted(queries.proposals_of_round(round_.id), key=lambda each: each.expected_volume)


def agree(proposal: Proposal) -> str:
    for side in ("seller", "buyer"):
        accept(proposal, side)
    return proposal.status


@pytest.fixture
def seller(session: None) -> Trader:
    return make_trader()


def with_capacity(seller: Trader, grade: Any, installed: str, staged: str = "0") -> None:
    line = make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id)
    make_statement(line, from_month="2026-01", volume_per_month=Decimal(installed))
    make_statement(line, kind="staged", from_month="2027-02", volume_per_month=Decimal(staged))


def test_what_nobody_has_stated_is_said_so_and_stops_nothing(seller: Trader) -> None:
    (proposal,) = sold(seller, make_grade(), "100")
    assert proposal.excess is None
    assert agree(proposal) == "concluded"


def test_installed_and_staged_capacity_count_from_their_month_on(seller: Trader) -> None:
    """100 t a month are promised; 90 stand, and 10 come in February."""
    grade = make_grade()
    with_capacity(seller, grade, "90", "10")
    (proposal,) = sold(seller, grade, "100")
    assert proposal.excess == {"2027-01": "10"}
    assert agree(proposal) == "lapsed"
    assert proposal.missed == {proposal.offer_id: ["capacity"]}


def test_enough_is_enough(seller: Trader) -> None:
    grade = make_grade()
    with_capacity(seller, grade, "100")
    (proposal,) = sold(seller, grade, "100")
    assert proposal.excess == {}
    assert agree(proposal) == "concluded"
    rows = db.session.scalars(sa.select(Commitment)).all()
    assert {(each.month, str(each.volume)) for each in rows} == {(month, "100") for month in MONTHS}


def test_the_same_volume_is_not_sold_twice_in_a_later_round(seller: Trader) -> None:
    grade = make_grade()
    with_capacity(seller, grade, "150")
    (first,) = sold(seller, grade, "100")
    assert agree(first) == "concluded"
    (second,) = sold(seller, grade, "60")
    assert second.excess == dict.fromkeys(MONTHS, "10")
    assert agree(second) == "lapsed"
    (third,) = sold(seller, grade, "50")
    assert agree(third) == "concluded"


def test_whoever_concludes_first_has_the_capacity(seller: Trader) -> None:
    """Two proposals of 60 and 70 from 100: both are told, and the first pair that agrees gets its volume."""
    grade = make_grade()
    with_capacity(seller, grade, "100")
    small, large = sold(seller, grade, "60", "70")
    assert small.excess == large.excess == dict.fromkeys(MONTHS, "30")
    assert agree(large) == "concluded"
    assert agree(small) == "lapsed"


def test_a_contract_that_was_withdrawn_frees_its_capacity(seller: Trader) -> None:
    grade = make_grade()
    with_capacity(seller, grade, "100")
    (first,) = sold(seller, grade, "100")
    agree(first)
    contract = db.session.scalars(sa.select(Contract)).one()
    confirm(contract, "seller")
    signatory = make_member(organisation=seller.organisation, roles=(Role.SIGNATORY,)).actor
    services.withdraw_from_contract(contract.id, actor=signatory, now=contract.confirm_by)
    (second,) = sold(seller, grade, "100")
    assert second.excess == {}
    assert agree(second) == "concluded"


def test_a_trader_and_the_producer_draw_on_the_same_site(seller: Trader) -> None:
    """The trader names the producer's registered line: what it sells comes from the producer's site."""
    grade = make_grade()
    line = make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id)
    make_statement(line, from_month="2026-01", volume_per_month=Decimal(100))
    (own,) = sold(seller, grade, "80")
    assert agree(own) == "concluded"
    source = {"site": "producer", "line": line.id, "capacity": dict.fromkeys(MONTHS, "100")}
    (other,) = sold(make_trader(), grade, "30", source=source)
    assert other.excess == dict.fromkeys(MONTHS, "10")
    assert agree(other) == "lapsed"


def test_an_amendment_is_checked_as_well(seller: Trader) -> None:
    grade = make_grade()
    with_capacity(seller, grade, "100")
    (proposal,) = sold(seller, grade, "80")
    agree(proposal)
    contract = db.session.scalars(sa.select(Contract)).one()
    for side in ("seller", "buyer"):
        confirm(contract, side)
    trader = make_member(organisation=seller.organisation, roles=(Role.SELLER,)).actor
    for volume, fits in (("101", False), ("100", True)):
        price = {"reference": "100000", "floor": "99000", "cap": "101000"}
        changes = {"periods": [{"period": month, "volume": volume, **price} for month in MONTHS]}
        version = services.propose_amendment(contract.id, changes=changes, reason="扩产", actor=trader, now=NOW)
        if fits:
            for side in ("seller", "buyer"):
                confirm(contract, side, number=version.number)
            assert contract.in_force == version.number
        else:
            with pytest.raises(BeyondCapacity, match="2027-01, 2027-02, 2027-03"):
                confirm(contract, "buyer", number=version.number)
            assert queries.confirmations(contract.id, version.number) == []
            services.refuse_amendment(contract.id, version.number, actor=trader, now=NOW)
    rows = db.session.scalars(sa.select(Commitment)).all()
    assert {str(each.volume) for each in rows} == {"100"}
