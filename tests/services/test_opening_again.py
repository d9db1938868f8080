"""What is left of an order after its round, and how its owner opens it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import services
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.rounds.queries import outcomes_of_order
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_organisation
from tests.factories.catalogue import make_grade
from tests.factories.orders import make_trader as make_stranger
from tests.factories.rounds import Trader, make_open_order, make_round, make_trader
from tests.services.order_readings import faults, revisions

pytestmark = pytest.mark.usefixtures("session")

LATER = NOW + timedelta(days=1)
ONE_MONTH = ["2027-01"]


def cleared(offer: dict[str, Any], need: dict[str, Any], **plan: Any) -> tuple[Trader, Order, Trader, Order]:
    """One offer and one need whose limits meet, after a published round."""
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    sold = make_open_order(seller, "offer", grade, price="96000", **offer)
    bought = make_open_order(buyer, "need", grade, price="104000", **need)
    make_round(grade, until="published", **plan)
    return seller, sold, buyer, bought


def test_a_round_about_one_month_leaves_the_others_to_the_next_round() -> None:
    seller, sold, buyer, bought = cleared({"volume": "60"}, {"volumes": {"2027-01": "60"}}, calendar=ONE_MONTH)
    assert (sold.status, bought.status) == ("partly_matched", "matched")  # 120 t of the offer were in no round
    (told,) = outcomes_of_order(sold.id, seller.actor)
    assert (told.status, told.requested, told.filled) == ("matched", 60, 60)  # as far as the round went
    with pytest.raises(TransitionNotAllowed):
        orders.revise_order(sold.id, {"lot": "10"}, actor=seller.actor, now=LATER)

    services.open_order(sold.id, actor=seller.actor, now=LATER)
    assert (sold.status, sold.terms["volumes"]) == ("open", {"2027-02": "60", "2027-03": "60"})
    assert sold.terms["limit_price"] == {"components": [{"fixed": "96000"}]}
    assert revisions(sold)[-3:] == [
        (2, "freeze", "frozen"),
        (3, "match_partly", "partly_matched"),
        (4, "reopen", "open"),
    ]

    make_open_order(make_trader(), "need", sold.grade, price="104000", volume="45.5")
    make_round(sold.grade, until="published", now=LATER, calendar=["2027-02"])
    services.open_order(sold.id, actor=seller.actor, now=LATER)  # the second round counts against the rest alone
    assert sold.terms["volumes"] == {"2027-02": "14.5", "2027-03": "60"}

    assert faults(lambda: services.open_order(bought.id, actor=buyer.actor, now=LATER)) == [
        ("/volumes", "nothing-rests")
    ]


def test_what_a_counterparty_may_call_on_top_does_not_rest() -> None:
    seller, sold, buyer, bought = cleared(
        {"volume": "130.001", "flexibility": {"grants": {"up": "0.05"}, "requires": {"up": "0.2"}}},
        {"volume": "121", "flexibility": {"grants": {"up": "0.2"}, "requires": {"up": "0.05"}}},
    )
    (told,) = outcomes_of_order(sold.id, seller.actor)
    assert told.filled == 3 * Decimal("100.833")  # times 1.2 is what the need can take, to the quantum
    assert {sold.status, bought.status} == {"partly_matched"}
    services.open_order(sold.id, actor=seller.actor, now=LATER)
    assert set(sold.terms["volumes"].values()) == {"24.126"}  # less 100.833 x 1.05, rounded down
    assert faults(lambda: services.open_order(bought.id, actor=buyer.actor, now=LATER)) == [
        ("/volumes", "nothing-rests")
    ]


def test_of_a_need_rests_what_its_sellers_may_not_deliver() -> None:
    options = {"requires": {"up": "0.2"}}, {"grants": {"up": "0.2"}}
    _, sold, buyer, bought = cleared({"flexibility": options[0]}, {"volume": "130", "flexibility": options[1]})
    assert (sold.status, bought.status) == ("matched", "partly_matched")
    services.open_order(bought.id, actor=buyer.actor, now=LATER)
    assert set(bought.terms["volumes"].values()) == {"10"}


def test_months_that_have_passed_do_not_rest() -> None:
    seller, sold, *_ = cleared({"volume": "130"}, {})
    assert sold.status == "partly_matched"
    february = datetime(2027, 1, 31, 16, tzinfo=UTC)  # midnight in Beijing
    services.open_order(sold.id, actor=seller.actor, now=february)
    assert sold.terms["volumes"] == {"2027-02": "30", "2027-03": "30"}


def test_a_rest_that_the_orders_own_sizes_forbid_cannot_trade() -> None:
    volumes = {"2027-01": "60", "2027-02": "20"}
    terms = {"volumes": volumes, "minimum_contract": "40", "lot": "20"}
    seller, sold, *_ = cleared(terms, {"volume": "60"}, calendar=ONE_MONTH)
    assert sold.status == "matched"
    assert faults(lambda: services.open_order(sold.id, actor=seller.actor, now=LATER)) == [
        ("/minimum_contract", "contradiction")
    ]
    assert (sold.status, sold.terms["volumes"]) == ("matched", volumes)


def test_only_a_verified_owner_opens_again_and_only_once() -> None:
    seller, sold, *_ = cleared({"volume": "130"}, {})
    with pytest.raises(NotFound):
        services.open_order(sold.id, actor=make_stranger().actor, now=LATER)
    seller.organisation.status = "suspended"
    with pytest.raises(NotAllowed):
        services.open_order(sold.id, actor=seller.actor, now=LATER)
    seller.organisation.status = "verified"
    services.open_order(sold.id, actor=seller.actor, now=LATER)
    with pytest.raises(TransitionNotAllowed):
        services.open_order(sold.id, actor=seller.actor, now=LATER)


def test_a_draft_and_an_unmatched_order_open_as_they_are() -> None:
    seller, sold, *_ = cleared({}, {"limit_price": {"components": [{"fixed": "1"}]}})
    assert sold.status == "unmatched"
    services.open_order(sold.id, actor=seller.actor, now=LATER)
    assert (sold.status, len(sold.terms["volumes"])) == ("open", 3)
    other = make_open_order(make_trader(make_organisation()), "offer", sold.grade, price="96000")
    with pytest.raises(TransitionNotAllowed):
        services.open_order(other.id, actor=make_trader(other.organisation).actor, now=LATER)


def test_a_term_that_is_wrong_by_now_stops_the_rest_too() -> None:
    seller, sold, *_ = cleared({"volume": "130", "validity": {"valid_to": "2026-12-31"}}, {})
    with pytest.raises(InvalidInput) as refused:
        services.open_order(sold.id, actor=seller.actor, now=datetime(2027, 1, 2, tzinfo=UTC))
    assert [fault.pointer for fault in refused.value.faults] == ["/validity/valid_to"]
