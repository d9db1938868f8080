"""Conditions of a contract on their way from the order book through a round to the proposal and the rest."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import services
from marketplace.contracts.queries import proposals_of_round
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.rounds.models import Round
from marketplace.rounds.queries import sealed_orders
from marketplace.rounds.services import snapshot
from marketplace.shared.actor import SYSTEM
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import POLICY, Trader, make_open_order, make_round, make_trader
from tests.services.test_round_snapshots import TODAY, order_in

pytestmark = pytest.mark.usefixtures("session")

LATER = NOW + timedelta(days=1)
FEE, COST = "18123.45", "77.31"


def published(offer: dict[str, Any], need: dict[str, Any], **policy: Any) -> tuple[Trader, Order, Order, Round]:
    """One offer and one need after a published round, at prices that meet."""
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    sold = make_open_order(seller, "offer", grade, **{"price": "96000", **offer})
    bought = make_open_order(buyer, "need", grade, **{"price": "104000", **need})
    return seller, sold, bought, make_round(grade, until="published", policy={**POLICY, **policy})


def proposed(round_: Round) -> dict[str, Any]:
    (proposal,) = proposals_of_round(round_.id)
    return proposal.terms


def test_options_over_quarters_stand_on_the_proposal_with_their_sums() -> None:
    option = {"down": "0.1", "up": "0.25", "per": "quarter", "make_up_months": 2}
    _, _, _, round_ = published(
        {"volume": "100", "flexibility": {"grants": {**option, "per": "year", "make_up_months": 6, "notice_days": 5}}},
        {"volume": "100", "flexibility": {"requires": {**option, "notice_days": 10}}},
    )
    terms = proposed(round_)
    assert terms["volume_band"]["buyer_option"] == {
        **option,
        "notice_days": 5,  # what the granter asks for: less than the holder is ready to give
        "spans": [{"first": "2027-01", "last": "2027-03", "minimum": "216", "expected": "240", "maximum": "300"}],
    }
    assert terms["volume_band"]["seller_option"] == {
        "down": "0",
        "up": "0",
        "per": "period",
        "make_up_months": None,
        "notice_days": 0,
        "spans": [],
    }
    assert [each["volume"] for each in terms["periods"]] == [
        {"minimum": "16", "expected": "80", "maximum": "100"}  # 216 - 100 - 100
    ] * 3
    assert terms["volume"] == {"minimum": "216", "expected": "240", "maximum": "300", "firm": "minimum"}


def test_papers_tolling_and_wishes_stand_on_the_proposal_and_no_fee_does() -> None:
    material = make_grade().id
    tolling = {"grade": material, "yield_fraction": "0.125", "loss_limit": "0.02", "fee": FEE, "title": "buyer"}
    _, _, _, round_ = published(
        {
            "price": "0",
            "delivery": {"invoice_form": "专票"},
            "tolling": tolling,
            "contract_wishes": {"resale_ban": True, "take_or_pay": {"fraction": "0.8"}, "exclusivity": True},
        },
        {
            "price": "0",
            "delivery": {"dangerous_goods_class": "9"},
            "tolling": {**tolling, "yield_fraction": "0.12", "fee": "20345.67"},
            "contract_wishes": {"resale_ban": True, "take_or_pay": {"fraction": "0.9", "make_up_months": 6}},
        },
    )
    terms = proposed(round_)
    assert terms["delivery"]["invoice_form"] == "专票"
    assert terms["delivery"]["dangerous_goods_class"] == "9"
    assert terms["tolling"] == {
        "grade": material,
        "yield_fraction": "0.125",
        "loss_limit": "0.02",
        "title": "buyer",
    }
    assert terms["wishes"] == {
        "agreed": [{"wish": "resale_ban", "value": True}],
        "seller_only": [{"wish": "exclusivity", "value": True}],
        "buyer_only": [{"wish": "take_or_pay/make_up_months", "value": 6}],
        "conflicts": [{"wish": "take_or_pay/fraction", "seller": "0.8", "buyer": "0.9"}],
    }
    assert all(secret not in str(terms) for secret in (FEE, "20345.67"))
    assert 18123 < Decimal(terms["periods"][0]["reference"]) < 20346
    sealed = str([order.terms for order in sealed_orders(round_.id, SYSTEM).items])
    assert all(word not in sealed for word in ("tolling", "contract_wishes", FEE))


def test_wishes_in_conflict_keep_two_orders_apart_where_the_round_says_so() -> None:
    wish = [{"contract_wishes": {"resale_ban": ban}} for ban in (True, False)]
    _, sold, _, round_ = published(wish[0], wish[1], wish_conflicts="screen")
    assert sold.status == "unmatched"
    assert proposals_of_round(round_.id) == []
    _, sold, _, round_ = published(wish[0], wish[1])
    assert len(proposed(round_)["wishes"]["conflicts"]) == 1


def test_an_incumbent_is_known_by_its_credit_code_and_its_cost_is_shown_to_nobody() -> None:
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    known = [{"organisation": seller.organisation.credit_code, "switching_cost": COST}]
    make_open_order(seller, "offer", grade, price="96000", volume="40")
    make_open_order(make_trader(), "offer", grade, price="95950", volume="40")  # cheaper by less than the cost
    need = make_open_order(buyer, "need", grade, price="104000", volume="40", incumbents=known)
    round_ = make_round(grade, until="published", policy={**POLICY, "contract_cost": "0"}, freight={"kind": "none"})
    assert order_in(round_, need.id)["incumbents"][0]["organisation"] == seller.organisation.id
    (proposal,) = proposals_of_round(round_.id)
    assert proposal.seller_id == seller.organisation.id
    assert COST not in str(proposal.terms)


SPLIT = {"2027-01": {"firm": "60", "planned": "40"}, "2027-02": "50"}


def test_planned_volume_is_sold_after_the_firm_and_the_rest_stays_split() -> None:
    seller, sold, bought, round_ = published({"volumes": SPLIT}, {"volumes": {"2027-01": "75", "2027-02": "50"}})
    assert [each["of_firm_capacity"] for each in proposed(round_)["periods"]] == ["60", "50"]
    assert (sold.status, bought.status) == ("partly_matched", "matched")
    services.open_order(sold.id, actor=seller.actor, now=LATER)
    assert sold.terms["volumes"] == {"2027-01": {"firm": "0", "planned": "25"}}


def test_where_planned_volume_is_not_for_sale_it_rests() -> None:
    seller, sold, _, round_ = published({"volumes": SPLIT}, {"volume": "100"}, planned_capacity="not_counted")
    assert [each["volume"]["expected"] for each in proposed(round_)["periods"]] == ["60", "50"]
    assert sold.status == "partly_matched"  # all that was for sale is sold; what is planned can still trade
    services.open_order(sold.id, actor=seller.actor, now=LATER)
    assert sold.terms["volumes"] == {"2027-01": {"firm": "0", "planned": "40"}}
    again = make_round(sold.grade, until="frozen", now=LATER, policy={**POLICY, "planned_capacity": "not_counted"})
    assert sold.status == "open"  # nothing of it is for sale in such a round
    assert again.status == "frozen"


def test_whatever_is_stated_about_every_bound_no_opened_order_is_left_out() -> None:
    grade, material, trader, other = make_grade(), make_grade(), make_trader(), make_trader()
    greatest = "1000000000"
    head = {"grade": grade.id, "site": trader.site.id, "limit_price": {"components": [{"fixed": greatest}]}}
    wishes = {
        "reservation_fee": greatest,
        "take_or_pay": {"fraction": "1", "make_up_months": 36},
        "ship_or_pay": {"fraction": "0.000000000001", "make_up_months": 0},
        "reopener": {
            "trigger": "1",
            "consecutive_months": 36,
            "negotiation_days": 365,
            "result_if_none": "terminate",
        },
        "quality_claim": {
            "objection_days": 365,
            "retained_sample": False,
            "umpire_laboratory": "乙",
            "assay_split": "100",
            "weighing_tolerance": "1",
        },
    }
    terms = {
        "volumes": {"2027-01": {"firm": "1", "planned": "999999999"}},
        "tolling": {
            "grade": material.id,
            "yield_fraction": "100",
            "loss_limit": "1",
            "fee": greatest,
            "title": "seller",
        },
        "incumbents": [{"organisation": other.organisation.credit_code, "switching_cost": greatest}],
        "contract_wishes": wishes,
        "delivery": {"invoice_form": "丙", "dangerous_goods_class": "1.1"},
        "flexibility": {"requires": {"down": "1", "up": "1", "per": "year", "make_up_months": 36}},
    }
    order = orders.create_order({"side": "offer", **head, **terms}, actor=trader.actor, now=NOW)
    opened = orders.open_order(order.id, actor=trader.actor, now=NOW)
    frozen = snapshot.build(make_round(grade, until="open"), [opened], seed="s", today=TODAY)
    assert frozen.left_out == {}
