"""Conditions of a contract by hand: what passes just inside and just outside, for screen and verifier alike."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.explaining.describe import describe
from solver.explaining.reasons import sentence
from solver.form.clearing import Clearing, Reason, WishNames, WorkLimits
from solver.form.market import Market, Policy, PricePath, content_hash
from solver.form.terms import (
    Collar,
    Component,
    Delivery,
    Flexibility,
    Incumbent,
    LimitPrice,
    Option,
    SplitVolume,
    Tax,
    Tolling,
)
from solver.form.wishes import ContractWishes, PayOrTake, QualityClaim
from solver.screening.screen import screen
from solver.verify import verify
from solver.verify.admission import first_failing_test, judge
from solver.verify.firm import shares
from solver.verify.ground import Ground
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
EXACT = WorkLimits(gap=0.0)
ORE = Tolling(grade="ore", yield_fraction=D("0.125"), loss_limit=D("0.02"), fee=D(0), title="buyer")


def wanting(**terms: Any) -> dict[str, Any]:
    return {"flexibility": Flexibility(requires=Option(**terms))}


def giving(**terms: Any) -> dict[str, Any]:
    return {"flexibility": Flexibility(grants=Option(**terms))}


def papers(**terms: Any) -> dict[str, Any]:
    return {"delivery": Delivery(**terms)}


def wishing(**terms: Any) -> dict[str, Any]:
    return {"contract_wishes": ContractWishes(**terms)}


def tolling(**terms: Any) -> dict[str, Any]:
    return {"tolling": replace(ORE, **terms)}


TENTH, FIFTH = D("0.1"), D("0.2")


@pytest.mark.parametrize(
    ("selling", "buying", "reason"),
    [
        (giving(down=TENTH), wanting(down=TENTH), None),
        (giving(down=TENTH, per="quarter"), wanting(down=TENTH), None),
        (giving(down=TENTH, per="year"), wanting(down=TENTH, per="quarter"), None),
        (giving(down=TENTH, per="quarter"), wanting(down=TENTH, per="year"), "flexibility"),
        (giving(down=TENTH), wanting(down=TENTH, per="quarter"), "flexibility"),
        (giving(up=TENTH), wanting(up=TENTH, per="quarter"), "flexibility"),  # months may go lower within the sum
        (giving(down=FIFTH), wanting(down=TENTH, per="quarter"), "flexibility"),
        (giving(down=D(1)), wanting(down=TENTH, per="year"), None),  # every month may be left
        (giving(down=D("0.999")), wanting(down=TENTH, per="year"), "flexibility"),
        (giving(), wanting(per="year"), None),  # an option of nothing
        (wanting(down=TENTH, per="year"), giving(down=TENTH, per="quarter"), "flexibility"),
        (giving(down=TENTH, make_up_months=3), wanting(down=TENTH, make_up_months=3), None),
        (giving(down=TENTH, make_up_months=2), wanting(down=TENTH, make_up_months=3), "flexibility"),
        (giving(down=TENTH), wanting(down=TENTH, make_up_months=1), "flexibility"),
        (giving(down=TENTH), wanting(down=TENTH, make_up_months=0), None),
        (giving(down=TENTH, make_up_months=3), wanting(down=TENTH), None),
        (papers(invoice_form="special"), papers(invoice_form="special"), None),
        (papers(invoice_form="special"), {}, None),
        (papers(invoice_form="special"), papers(invoice_form="ordinary"), "invoice_form"),
        (papers(dangerous_goods_class="9"), papers(dangerous_goods_class="8"), "dangerous_goods"),
        ({}, papers(dangerous_goods_class="8"), None),
        (tolling(), tolling(), None),
        (tolling(), {}, "tolling"),
        ({}, tolling(), "tolling"),
        (tolling(yield_fraction=D("0.126")), tolling(), None),
        (tolling(yield_fraction=D("0.124")), tolling(), "tolling"),
        (tolling(loss_limit=D("0.019")), tolling(), None),
        (tolling(loss_limit=D("0.021")), tolling(), "tolling"),
        (tolling(grade="slag"), tolling(), "tolling"),
        (tolling(title="seller"), tolling(), "tolling"),
        (tolling(fee=D(10)), tolling(fee=D("0.000001")), None),  # 100 + 10 against 110.000001
        (tolling(fee=D(10)), tolling(), "price"),
        (wishing(resale_ban=True), wishing(resale_ban=True), None),
        (wishing(resale_ban=True), wishing(most_favoured=True), None),
        (wishing(resale_ban=True), wishing(resale_ban=False), "wishes"),
        (wishing(reservation_fee=D("5")), wishing(reservation_fee=D("5.0")), None),
        (wishing(quality_claim=QualityClaim(objection_days=9)), wishing(quality_claim=QualityClaim()), None),
        (
            wishing(take_or_pay=PayOrTake(fraction=TENTH)),
            wishing(take_or_pay=PayOrTake(fraction=FIFTH, make_up_months=3)),
            "wishes",
        ),
    ],
)
def test_screen_and_verifier_tell_a_pair_apart_by_the_same_test(
    selling: dict[str, Any], buying: dict[str, Any], reason: str | None
):
    found = market(
        offer("o", [10], 100, **selling), need("n", [10], 110, **buying), policy=Policy(wish_conflicts="screen")
    )
    screened = screen(found)
    assert screened.refused == {"o": {reason: 1} if reason else {}, "n": {reason: 1} if reason else {}}
    ground = Ground(found)
    assert first_failing_test(ground, *found.orders) == reason
    shown = replace(found, policy=Policy())
    assert first_failing_test(Ground(shown), *shown.orders) == (None if reason == "wishes" else reason)
    assert len(screen(shown).pairs) == (reason in (None, "wishes"))


def test_a_year_of_quarters_is_no_longer_than_a_period_of_a_year():
    """In a calendar of years a period is twelve months: longer than a quarter, as long as a year."""

    def reason(calendar: str, given: dict[str, Any], asked: dict[str, Any]) -> str | None:
        found = market(offer("o", [10], 100, **given), need("n", [10], 110, **asked))
        found = replace(found, calendar=(calendar,))
        assert len(screen(found).pairs) == (first_failing_test(Ground(found), *found.orders) is None)
        return first_failing_test(Ground(found), *found.orders)

    period, quarter, year = ({"down": TENTH, "per": per} for per in ("period", "quarter", "year"))
    assert reason("2027", giving(**period), wanting(**year)) is None
    assert reason("2027", giving(**quarter), wanting(**period)) == "flexibility"
    assert reason("2027-Q1", giving(**period), wanting(**quarter)) is None
    assert reason("2027-Q1", giving(**period), wanting(**year)) == "flexibility"


def cleared(*orders: Any, **fields: Any) -> tuple[Market, Clearing]:
    found = market(*orders, **fields)
    clearing = clear(found, EXACT)
    assert verify(found, clearing) == []
    return found, clearing


def test_wishes_in_conflict_stand_by_name_on_the_match_where_the_policy_shows_them():
    _, clearing = cleared(
        offer("o", [10], 100, **wishing(resale_ban=True, exclusivity=True, reservation_fee=D(3))),
        need("n", [10], 110, **wishing(resale_ban=False, exclusivity=True, most_favoured=True)),
    )
    assert clearing.matches[0].wishes == WishNames(
        agreed=("exclusivity",),
        seller_only=("reservation_fee",),
        buyer_only=("most_favoured",),
        conflicts=("resale_ban",),
    )


def test_capacity_keeps_the_greatest_month_free_whatever_the_span():
    _, clearing = cleared(
        offer("o", [100, 100, 100], 100, **giving(up=D("0.25"), per="quarter")),
        need("n", [90, 90, 90], 110, **wanting(up=D("0.25"), per="quarter")),
    )
    match = clearing.matches[0]
    assert match.volumes == (D(80), D(80), D(80))
    assert (match.band_per, match.seller_band_per) == ("quarter", "period")


@pytest.mark.parametrize(("policy", "volume"), [("counted", 10), ("not_counted", 4)])
def test_planned_volume_counts_by_the_policy(policy: Any, volume: int):
    split = SplitVolume(firm=D(4), planned=D(6))
    sold = replace(offer("o", [10], 100, minimum_fill=D(1)), volumes=(split,))
    found, clearing = cleared(sold, need("n", [20], 110), policy=Policy(planned_capacity=policy))
    match, outcome = clearing.matches[0], clearing.orders[0]
    assert match.volumes == (D(volume),)
    assert match.firm == (D(4),)
    assert (outcome.requested, outcome.status) == (D(volume), "matched")
    other = "counted" if policy == "not_counted" else "not_counted"
    otherwise = replace(found, policy=Policy(planned_capacity=other))  # type: ignore[arg-type]
    assert verify(otherwise, replace(clearing, market_hash=content_hash(otherwise))) != []


def test_nothing_counts_of_an_offer_that_only_plans():
    sold = replace(offer("o", [10], 100), volumes=(SplitVolume(firm=D(0), planned=D(10)),))
    _, clearing = cleared(sold, need("n", [20], 110), policy=Policy(planned_capacity="not_counted"))
    assert clearing.status == "empty"
    assert clearing.orders[0].requested == 0


def test_firm_parts_add_up_exactly():
    third = [Fraction(10), Fraction(10), Fraction(10)]
    assert shares(Fraction(20), third, Fraction(1)) == [7, 7, 6]
    assert shares(Fraction(40), third, Fraction(1)) == third
    assert shares(Fraction(0), third, Fraction(1)) == [0, 0, 0]
    assert shares(Fraction(5), [Fraction(0)], Fraction(1)) == [0]
    assert shares(Fraction(1), [Fraction(1), Fraction(2)], Fraction(1, 2)) == [Fraction(1, 2), Fraction(1, 2)]


def test_a_fee_stands_beside_the_collar_and_the_tax_of_its_limit():
    """The offer's 90 is held at 113, which is 100 without tax, and 7 on top; the need's 104 and 4 by its own fee."""
    limit = LimitPrice(
        components=(Component(fixed=D(90)),), collar=Collar(floor=D(113)), tax=Tax(basis="inclusive", rate=D("0.13"))
    )
    sold = offer("o", [10], 0, limit_price=limit, **tolling(fee=D(7)))
    found, clearing = cleared(sold, need("n", [10], 104, **tolling(fee=D(4))))
    assert clearing.objective == D("10.00")
    facts = judge(Ground(found), *found.orders)
    assert not isinstance(facts, str)
    assert (facts.asks, facts.bids) == (((Fraction(107),),), ((Fraction(108),),))
    assert clearing.matches[0].tolling is not None


def test_a_fee_stands_on_no_match():
    _, clearing = cleared(offer("o", [10], 0, **tolling(fee=D(17))), need("n", [10], 0, **tolling(fee=D(18))))
    told = clearing.matches[0].tolling
    assert told is not None
    assert not hasattr(told, "fee")


@pytest.mark.parametrize(
    ("selling", "buying", "gain"),
    [
        ((), (), 10),
        ((Incumbent(organisation="org-n", switching_cost=D(3)),), (), 10),
        ((Incumbent(organisation="X", switching_cost=D(3)),), (), 7),
        ((), (Incumbent(organisation="X", switching_cost=D(3)), Incumbent(organisation="Y", switching_cost=D(2))), 8),
        ((Incumbent(organisation="X", switching_cost=D(3)),), (Incumbent(organisation="X", switching_cost=D(4)),), 3),
        ((Incumbent(organisation="X", switching_cost=D("9.999999")),), (), D("0.000001")),
        ((Incumbent(organisation="X", switching_cost=D(10)),), (), None),
        ((), (Incumbent(organisation="org-m", switching_cost=D(5)),), 10),  # org-m and org-o are one party
    ],
)
def test_leaving_ones_incumbents_costs_ones_own_side(
    selling: tuple[Incumbent, ...], buying: tuple[Incumbent, ...], gain: Any
):
    found = market(
        offer("o", [10], 100, incumbents=selling, group_parent="H"),
        need("n", [10], 110, incumbents=buying),
        offer("m", [10], 200, group_parent="H"),
    )
    clearing = clear(found, EXACT)
    assert verify(found, clearing) == []
    facts = judge(Ground(found), found.orders[0], found.orders[1])
    if gain is None:
        assert facts == "price"
        assert clearing.matches == ()
        return
    assert not isinstance(facts, str)
    assert facts.gains == (Fraction(gain),)
    assert clearing.matches[0].gain_cny == 10 * D(gain)
    reference = clearing.matches[0].price.reference[0]  # type: ignore[union-attr]
    (ask,), (bid,) = facts.asks[0], facts.bids[0]  # on the one path
    assert 100 <= ask <= Fraction(reference) <= bid <= 110


def test_under_dropped_exceptions_an_addition_may_leave_no_price():
    """Between 100 + 9 and 110 no whole price is left; without the cost there are nine."""
    rules = Policy(exceptions="drop")
    leaving = (Incumbent(organisation="X", switching_cost=D(9)),)
    _, clearing = cleared(offer("o", [10], 100, incumbents=leaving), need("n", [10], 110), policy=rules)
    assert clearing.matches == ()
    _, clearing = cleared(offer("o", [10], 100), need("n", [10], 110), policy=rules)
    assert len(clearing.matches) == 1


def test_a_formula_keeps_within_limits_and_what_is_added_to_them():
    index = (Component(index="LC"),)
    path = PricePath(weight=D(1), indices={"LC": (D(100),)})
    sold = offer("o", [10], 0, limit_price=LimitPrice(components=index), **tolling(fee=D(20)))
    bought = need("n", [10], 0, limit_price=LimitPrice(components=index), **tolling(fee=D(31)))
    _, clearing = cleared(sold, bought, paths=(path,))
    price = clearing.matches[0].price
    assert price is not None
    assert price.formula is not None
    assert price.formula.coefficient == 1
    assert 20 < price.formula.premium < 31


def test_owners_are_told_of_conditions_in_both_languages():
    """Every test has its words, and a proposal says how much of it is firm."""
    sold = replace(offer("o", [10], 100), volumes=(SplitVolume(firm=D(4), planned=D(6)),))
    found, clearing = cleared(sold, need("n", [10], 110), need("m", [10], 120, **tolling()))
    assert "其中确定量 4 t" in describe(found, clearing, "o")
    assert ", firm 4 t" in describe(found, clearing, "o")
    assert "来料加工条件不一致" in describe(found, clearing, "m")
    for test in ("invoice_form", "dangerous_goods", "tolling", "wishes"):
        zh, en = sentence(Reason(code=test, side="market"))
        assert zh.isascii() is False
        assert en.isascii()
