"""Orders with terms over several contracts in a round: from the book into the market, and what their owners get."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from marketplace.contracts import queries as contracts
from marketplace.notifications.queries import messages
from marketplace.orders.models import Order
from marketplace.rounds import queries
from marketplace.rounds.models import Round
from tests.factories.capacity import make_grant, make_line
from tests.factories.catalogue import make_grade
from tests.factories.rounds import MONTHS, POLICY, Trader, make_open_order, make_round, make_trader
from tests.services.test_round_snapshots import document_of, entered, order_in

pytestmark = pytest.mark.usefixtures("session")

D = Decimal


def volumes(trader: Trader) -> dict[str, list[Decimal]]:
    """Expected volumes of a trader's proposals by month, by its order."""
    found: dict[str, list[Decimal]] = {}
    for proposal in contracts.own_proposals(trader.actor).items:
        by_month = {period["period"]: D(period["volume"]["expected"]) for period in proposal.terms["periods"]}
        own = proposal.offer_id if proposal.seller_id == trader.organisation.id else proposal.need_id
        row = found.setdefault(own, [D(0)] * len(MONTHS))
        found[own] = [a + by_month.get(month, D(0)) for a, month in zip(row, MONTHS, strict=True)]
    return found


def codes(order: Order, trader: Trader) -> set[str]:
    (told,) = queries.outcomes_of_order(order.id, trader.actor)
    return {reason["code"] for reason in told.reasons}


def published(grade: Any, **plan: Any) -> Round:
    return make_round(grade, until="published", **plan)


def test_a_line_makes_so_much_in_each_month() -> None:
    """Months not named make nothing; two offers of one owner share what is made."""
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    line = {"source": {"site": "盐湖一厂", "line": "2", "capacity": {MONTHS[0]: "120", MONTHS[2]: "30"}}}
    offers = [make_open_order(seller, "offer", grade, price="96000", **line) for _ in range(2)]
    make_open_order(buyer, "need", grade, price="104000", volume="200")
    round_ = published(grade)
    assert [order_in(round_, each.id)["source"]["capacity"] for each in offers] == [["120", "0", "30"]] * 2
    made = volumes(seller)
    assert [sum(month) for month in zip(*made.values(), strict=True)] == [120, 0, 30]
    assert "source" in codes(offers[0], seller) | codes(offers[1], seller)


def test_a_family_deals_with_one_seller_and_says_so() -> None:
    grade, buyer = make_grade(), make_trader()
    sellers = [make_trader(), make_trader()]
    for seller, price in zip(sellers, ("96000", "97000"), strict=True):
        make_open_order(seller, "offer", grade, price=price, volume="200")
    plants = {"family": "2027", "counterparties": {"most": 1}, "minimum_fill": "1"}
    needs = [make_open_order(buyer, "need", grade, price="104000", **plants) for _ in range(2)]
    published(grade)
    assert set(volumes(buyer)) == {need.id for need in needs}
    assert (len(volumes(sellers[0])), len(volumes(sellers[1]))) == (1, 0)


def test_every_other_term_goes_through_to_a_proposal() -> None:
    grade, seller, buyer = make_grade(), make_trader(tags=["本地"]), make_trader()
    terms: dict[str, Any] = {
        "minimum_per_period": "40",
        "ramp": "0.5",
        "groups": [{"tag": "本地", "rule": "at_least", "measure": "share", "value": "0.5"}],
        "incumbents": [{"organisation": seller.organisation.credit_code, "least_share": "1"}],
        "exclusive": "A-or-B",
    }
    selling = {"credit_limit": {"exposure_cny": "14400000"}, "payment": {"days": 15}}
    offer = make_open_order(seller, "offer", grade, price="96000", **selling)
    best = make_open_order(buyer, "need", grade, price="104000", **terms)
    second = make_open_order(buyer, "need", grade, price="103000", exclusive="A-or-B")
    linked = make_open_order(buyer, "need", grade, price="103500", volume="10", linked_to=best.id)
    round_ = published(grade)
    stated = order_in(round_, best.id)
    assert stated["incumbents"] == [{"organisation": seller.organisation.id, "least_share": "1"}]
    assert order_in(round_, linked.id)["linked_to"] == best.id
    made = volumes(buyer)
    assert best.id in made
    assert second.id not in made
    assert "exclusive" in codes(second, buyer)
    assert "credit_limit" in codes(offer, seller)
    sold = [sum(month) for month in zip(*made.values(), strict=True)]
    assert all(one + next_ <= 150 for one, next_ in pairwise(sold))  # owed for two months: 14,400,000 / 96,000


def test_an_offer_is_made_of_what_its_owner_buys() -> None:
    ore, salt = make_grade(), make_grade()
    miner, maker, buyer = make_trader(), make_trader(), make_trader()
    make_open_order(miner, "offer", ore, price="5000", volume="80")
    need = make_open_order(maker, "need", ore, price="6000")
    inputs = [{"need": need.id, "units_per_unit": "8", "lead_periods": 1, "stocked": "40", "cost_in_limit": True}]
    offer = make_open_order(maker, "offer", salt, price="96000", inputs=inputs)
    make_open_order(buyer, "need", salt, price="104000")
    published(salt, grade_ids=[ore.id, salt.id])
    made = volumes(maker)
    until = [sum(made[offer.id][: t + 1]) for t in range(3)]
    assert until[2] == 25
    assert all(sold <= most for sold, most in zip(until, (5, 15, 25), strict=True))  # 40, 120, 200 t of ore by then
    assert made[need.id] == [80, 80, 80]
    assert "input" in codes(offer, maker)


def test_who_is_linked_to_an_order_outside_the_round_is_left_out_and_told() -> None:
    """An order that the round cannot take draws with it whoever trades only beside it, and those beside these."""
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    make_open_order(seller, "offer", grade, price="96000")
    first = make_open_order(buyer, "need", grade, price="104000", delivery={"incoterms": ["FOB"]})
    second = make_open_order(buyer, "need", grade, price="104000", linked_to=first.id)
    third = make_open_order(buyer, "need", grade, price="104000", linked_to=second.id)
    free = make_open_order(buyer, "need", grade, price="104000")
    round_ = published(grade, policy={**POLICY, "incoterm_order": ["DAP", "EXW"]})
    assert {first.id, second.id, third.id} & entered(round_) == set()
    assert free.id in entered(round_)
    told = {each.subject_id for each in messages(buyer.actor).items if each.kind == "order-left-out"}
    assert told == {first.id, second.id, third.id}
    for order, term in ((first, "/delivery/incoterms/0"), (second, "/linked_to"), (third, "/linked_to")):
        (outcome,) = queries.outcomes_of_order(order.id, buyer.actor)
        assert (outcome.status, outcome.terms, order.status) == ("left_out", [term], "open")


def test_an_offer_whose_material_is_of_another_round_is_left_out_and_told() -> None:
    ore, salt = make_grade(), make_grade()
    maker, buyer = make_trader(), make_trader()
    need = make_open_order(maker, "need", ore, price="6000")
    inputs = [{"need": need.id, "units_per_unit": "8", "cost_in_limit": True}]
    offer = make_open_order(maker, "offer", salt, price="96000", inputs=inputs)
    make_open_order(buyer, "need", salt, price="104000")
    round_ = published(salt)
    assert offer.id not in {order["id"] for order in document_of(round_)["orders"]}
    (outcome,) = queries.outcomes_of_order(offer.id, maker.actor)
    assert (outcome.status, outcome.terms) == ("left_out", ["/inputs/0/need"])


def named(line: str, capacity: str) -> dict[str, Any]:
    return {"source": {"site": "盐湖一厂", "line": line, "capacity": dict.fromkeys(MONTHS, capacity)}}


@pytest.mark.parametrize("stated", ["100", "1"])
def test_a_rival_that_names_ones_line_neither_pushes_one_out_nor_takes_of_its_capacity(stated: str) -> None:
    grade, maker, rival, buyer = make_grade(), make_trader(), make_trader(), make_trader()
    offer = make_open_order(maker, "offer", grade, price="97000", **named("2", "100"))
    other = make_open_order(rival, "offer", grade, price="96000", **named("2", stated))
    make_open_order(buyer, "need", grade, price="104000", volume="200")
    round_ = published(grade)
    assert {offer.id, other.id} <= entered(round_)
    assert volumes(maker) == {offer.id: [100, 100, 100]}


def test_those_whom_the_producer_lets_offer_from_its_line_share_it() -> None:
    grade, maker, trader, buyer = make_grade(), make_trader(), make_trader(), make_trader()
    line = make_line(maker.organisation, grade_id=grade.id)
    make_grant(line, trader.organisation)
    make_open_order(maker, "offer", grade, price="97000", **named(line.id, "100"))
    make_open_order(trader, "offer", grade, price="96000", **named(line.id, "100"))
    stranger = make_open_order(make_trader(), "offer", grade, price="103900", **named(line.id, "5"))
    make_open_order(buyer, "need", grade, price="104000", volume="300")
    round_ = published(grade)
    assert stranger.id in entered(round_)
    together = [*volumes(maker).values(), *volumes(trader).values()]
    assert [sum(month) for month in zip(*together, strict=True)] == [100, 100, 100]
