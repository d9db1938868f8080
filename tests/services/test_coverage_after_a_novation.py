"""Who counts which months of a contract that a party has left: each volume once, with whoever holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.catalogue.models import Grade
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries.book import read_book
from marketplace.contracts.queries.coverage import coverage
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.novations import in_force, novate
from tests.factories.rounds import MONTHS, Trader, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

OPTION = {"down": "0.1", "up": "0.1"}
FEBRUARY = datetime(2027, 1, 31, 16, tzinfo=UTC)


def contract_with_option(seller: Trader, buyer: Trader, grade: Grade) -> Contract:
    """100 t a month are offered, 80 t signed, of which the buyer may call 8 t more or less: 12 t are left open."""
    make_open_order(seller, "offer", grade, price="96000", volume="100", flexibility={"grants": OPTION})
    make_open_order(buyer, "need", grade, price="104000", volume="80", flexibility={"requires": OPTION})
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    return in_force(proposal)


def months(trader: Trader, side: str, now: datetime = NOW) -> dict[str, str]:
    """Signed (least/expected/most), kept for options, open, total: January to March of the only grade, all sites."""
    (grade,) = coverage(side, trader.actor, now=now).grades  # type: ignore[arg-type]
    found = {}
    for each in grade.covered.months:
        if each.period in MONTHS:
            signed = "/".join(f"{amount.normalize():f}" for amount in vars(each.signed).values())
            parts = (f"{amount.normalize():f}" for amount in (each.kept_for_options, each.open, each.total))
            found[each.period] = " ".join([signed, *parts])
    return found


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_months_before_the_change_are_the_sellers_that_left_and_the_rest_the_new_ones() -> None:
    seller, buyer, grade = make_trader(), make_trader(), make_grade()
    contract = contract_with_option(seller, buyer, grade)
    assert months(seller, "seller") == dict.fromkeys(MONTHS, "72/80/88 8 12 100")
    incoming = novate(contract, from_month="2027-02")
    held, gone = "72/80/88 8 12 100", "0/0/0 0 12 12"
    assert months(seller, "seller") == dict(zip(MONTHS, (held, gone, gone), strict=True))
    none, taken = "0/0/0 0 0 0", "72/80/88 8 0 88"
    assert months(incoming, "seller") == dict(zip(MONTHS, (none, taken, taken), strict=True))
    assert months(buyer, "buyer") == dict.fromkeys(MONTHS, "72/80/88 0 0 80")
    assert months(incoming, "seller", FEBRUARY)["2027-02"] == taken


def test_who_has_no_month_left_counts_nothing_and_its_open_rest_stays() -> None:
    seller, buyer, grade = make_trader(), make_trader(), make_grade()
    contract = contract_with_option(seller, buyer, grade)
    second = novate(contract, from_month="2027-02")
    novate(contract, from_month="2027-03")
    assert months(second, "seller")["2027-02"] == "72/80/88 8 0 88"
    assert months(second, "seller")["2027-03"] == "0/0/0 0 0 0"
    march = datetime(2027, 2, 28, 16, tzinfo=UTC)
    assert coverage("seller", second.actor, now=march).grades == []
    assert months(seller, "seller", march)["2027-03"] == "0/0/0 0 12 12"


def test_a_buyers_months_go_over_as_well_and_its_order_does_not_open_again() -> None:
    seller, buyer, grade = make_trader(), make_trader(), make_grade()
    contract = contract_with_option(seller, buyer, grade)
    incoming = novate(contract, side="buyer", by="seller", from_month="2027-03")
    signed, none = "72/80/88 0 0 80", "0/0/0 0 0 0"
    assert months(buyer, "buyer") == dict(zip(MONTHS, (signed, signed, none), strict=True))
    assert months(incoming, "buyer") == dict(zip(MONTHS, (none, none, signed), strict=True))


def test_both_sides_of_each_month_are_those_who_hold_it() -> None:
    """What the sums over all organisations are made of."""
    seller, buyer, grade = make_trader(), make_trader(), make_grade()
    contract = contract_with_option(seller, buyer, grade)
    second = novate(contract, from_month="2027-02")
    third = novate(contract, side="buyer", by="seller", from_month="2027-03")
    found = {
        each["period"]: (promise.organisation_id, promise.other_id)
        for promise in read_book("seller", now=NOW, grade_id=grade.id).promises
        for each in promise.terms["periods"]
    }
    sellers = [seller.organisation.id, second.organisation.id, second.organisation.id]
    buyers = [buyer.organisation.id, buyer.organisation.id, third.organisation.id]
    assert found == dict(zip(MONTHS, zip(sellers, buyers, strict=True), strict=True))


def test_what_is_left_of_the_order_is_what_it_may_open_again() -> None:
    seller, buyer, grade = make_trader(), make_trader(), make_grade()
    contract = contract_with_option(seller, buyer, grade)
    novate(contract, from_month="2027-02")
    order = services.open_order(queries.proposal_of(contract).offer_id, actor=seller.actor, now=NOW)
    assert set(order.terms["volumes"].values()) == {"12"}


def test_it_asks_no_more_of_the_database_for_more_contracts_that_changed() -> None:
    seller, grade = make_trader(), make_grade()
    sent = []
    for _ in range(2):
        novate(contract_with_option(seller, make_trader(), grade), from_month="2027-02")
        with counted() as statements:
            coverage("seller", seller.actor, now=NOW)
        sent.append(len(statements))
    assert sent[0] == sent[1]
