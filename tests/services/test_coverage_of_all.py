"""Coverage over all organisations: sums of five sellers and five buyers, or nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import queries
from marketplace.contracts.models import Proposal
from marketplace.contracts.queries.coverage_of_all import CoverageOfAll, coverage_of_all
from marketplace.rounds.rules.disclosure import TOO_FEW, Figure
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import NotAllowed, NotFound
from tests.conftest import NOW
from tests.factories.accounts import credit_code, make_member
from tests.factories.capacity import make_line, make_statement
from tests.factories.catalogue import make_grade
from tests.factories.contracts import concluded
from tests.factories.rounds import SmallMarket, make_market, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

WITHHELD = Figure(None, TOO_FEW)
JANUARY = 1
OPERATOR = Actor("mem_op", "org_op", frozenset({Role.OPERATOR}), verified=True)


def market_of(sellers: int, buyers: int, *, until: str = "published") -> tuple[SmallMarket, list[Proposal]]:
    """So many sellers and buyers who share all the volume, and what a round proposes to them."""
    market = SmallMarket(make_grade(), *([make_trader() for _ in range(count)] for count in (sellers, buyers)))
    for side, traders, price in (("offer", market.sellers, "96000"), ("need", market.buyers, "104000")):
        for trader in traders:
            volume = str(100 * max(sellers, buyers) // len(traders))
            make_open_order(trader, side, market.grade, price=price, volume=volume)
    round_ = make_round(market.grade, until=until)
    return market, queries.proposals_of_round(round_.id)


def seen(grade_id: str, place: int = JANUARY) -> dict[str, Any]:
    found = dict(vars(view(grade_id).months[place]))
    found.pop("period")
    return found


def view(grade_id: str) -> CoverageOfAll:
    return coverage_of_all(grade_id, OPERATOR, now=NOW)


NOTHING = dict.fromkeys(("signed", "proposed", "open_offers", "open_needs", "capacity"), WITHHELD)


def test_five_sellers_and_five_buyers_are_told_and_rounded() -> None:
    market, proposals = market_of(5, 5)
    for seller in market.sellers:
        line = make_line(seller.organisation, site_id=seller.site.id, grade_id=market.grade.id)
        make_statement(line, volume_per_month=Decimal("123.456"))
    capacity = Figure(Decimal(617))  # 617.280
    assert seen(market.grade.id) == {**NOTHING, "proposed": Figure(Decimal(500)), "capacity": capacity}
    for proposal in proposals:
        concluded(proposal)
    assert seen(market.grade.id) == {**NOTHING, "signed": Figure(Decimal(500)), "capacity": capacity}
    assert seen(market.grade.id, 0) == NOTHING  # December: nobody is behind nothing
    assert len(view(market.grade.id).months) == 36


@pytest.mark.parametrize(("sellers", "buyers"), [(4, 5), (5, 4), (1, 5)])
def test_one_side_of_four_keeps_the_sum_from_being_told(sellers: int, buyers: int) -> None:
    """Five parties in all are not enough: one seller's contracts with five buyers are that seller's volume."""
    market, proposals = market_of(sellers, buyers)
    for proposal in proposals:
        concluded(proposal)
    assert {len({getattr(each, side) for each in proposals}) for side in ("seller_id", "buyer_id")} == {sellers, buyers}
    assert seen(market.grade.id)["signed"] == WITHHELD


def test_related_companies_are_one_and_samples_nobody() -> None:
    market, _ = market_of(5, 5)
    assert seen(market.grade.id)["proposed"].value == 500
    market.sellers[0].organisation.sample = True
    db.session.flush()
    assert seen(market.grade.id)["proposed"] == WITHHELD
    market, _ = market_of(6, 6)
    for trader in market.sellers[:2]:
        trader.organisation.group_parent = credit_code(99_999_999)
    db.session.flush()
    assert seen(market.grade.id)["proposed"].value == 600
    market.sellers[2].organisation.group_parent = credit_code(99_999_999)
    db.session.flush()
    assert seen(market.grade.id)["proposed"] == WITHHELD


def test_what_a_round_left_is_told_and_what_is_sealed_never() -> None:
    """Five needs find no offer.  A further one enters the book, which must not be seen, even in a sum."""
    market, _ = market_of(0, 5)
    assert seen(market.grade.id) == {**NOTHING, "open_needs": Figure(Decimal(500))}
    make_open_order(make_trader(), "need", market.grade, price="104000")
    assert seen(market.grade.id) == {**NOTHING, "open_needs": Figure(Decimal(500))}
    sealed = make_market(["96000"] * 6, ["104000"] * 6)
    assert seen(sealed.grade.id) == NOTHING
    make_round(sealed.grade, until="reviewed")
    assert seen(sealed.grade.id) == NOTHING


def test_only_staff_read_it() -> None:
    grade = make_grade()
    for role in (Role.SELLER, Role.BUYER, Role.SIGNATORY):
        with pytest.raises(NotAllowed):
            coverage_of_all(grade.id, make_member(roles=[role]).actor, now=NOW)
    assert coverage_of_all(grade.id, make_member(roles=[Role.REGULATOR]).actor, now=NOW).unit_code == "TNE"
    with pytest.raises(NotFound):
        view("no-grade")
