"""Reasons per order (docs/model.md section 7): one market by hand for each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from solver.explaining.explain import missing_price, outcomes
from solver.explaining.obstacles import NO_CLEARING, OBSTACLES
from solver.explaining.reasons import WORDS, sentence, told
from solver.form.clearing import Match, Multipliers, OrderOutcome, Reason
from solver.form.market import Market
from solver.form.terms import Approval, Approved, Counterparties, Exclusion, MaximumShare
from solver.pairs.market_limits import MarketLimits
from solver.screening.screen import TEST_NAMES, screen
from tests.unit.solver.small_trades import D, fixed, indexed, market_of, match_of, need, offer

NO_PRICES = Multipliers(values={})


def reasons(market: Market, *matches: Match, multipliers: Multipliers = NO_PRICES) -> dict[str, OrderOutcome]:
    return {outcome.order: outcome for outcome in outcomes(market, screen(market), matches, multipliers)}


def codes(outcome: OrderOutcome) -> list[tuple[str, str, int]]:
    return [(reason.code, reason.side, reason.counterparties) for reason in outcome.reasons]


def test_filled_orders_used_their_own_volume() -> None:
    sold, bought = offer("o", fixed("100"), ("10",)), need("n", fixed("200"), ("10",))
    found = reasons(market_of(sold, bought), match_of(sold, bought, ("10",)))
    assert codes(found["o"]) == [("own_volume", "own", 0)]
    assert (found["n"].status, found["n"].requested, found["n"].filled) == ("matched", D(10), D(10))


def test_what_others_may_call_counts_as_used() -> None:
    sold, bought = offer("o", fixed("100"), ("11",)), need("n", fixed("200"), ("10",))
    match = msgspec.structs.replace(match_of(sold, bought, ("10",)), band_up=D("0.1"))
    found = reasons(market_of(sold, bought), match)
    assert found["o"].status == "partly_matched"
    assert codes(found["o"]) == [("own_volume", "own", 0)]


def test_nobody_on_the_other_side() -> None:
    found = reasons(market_of(offer("o", fixed("100"))))
    assert codes(found["o"]) == [("no_counterparty", "market", 0)]


def test_screen_tests_carry_their_number_and_whose_term_it_is() -> None:
    shy = offer("o", fixed("100"), exclusions=(Exclusion(organisation="org-n", reason="quality"),))
    market = market_of(shy, need("n", fixed("200")), need("poor", fixed("50")))
    found = reasons(market)
    assert codes(found["o"]) == [("exclusion", "own", 1), ("price", "market", 1)]
    assert codes(found["n"]) == [("exclusion", "other", 1)]


def one_left_out(*, offers: Any = (), needs: Any = (), volumes: tuple[str, ...] = ("10",), **terms: Any) -> Market:
    """One offer and two needs; the matches are the test's."""
    sold = offer("o", fixed("100"), volumes, **dict(offers))
    return market_of(
        sold, need("n", fixed("200"), volumes, **dict(needs)), need("late", fixed("150"), volumes), **terms
    )


def matched(market: Market, volume: str = "10") -> Match:
    sold, bought = market.orders[:2]
    return match_of(sold, bought, (volume,))


def test_outbid_and_capacity() -> None:
    market = one_left_out()
    dear = Multipliers(values={"capacity:o:0": D(60)})  # above the gain of 50 that the late need has
    cheap = Multipliers(values={"capacity:o:0": D(40)})
    assert codes(reasons(market, matched(market), multipliers=dear)["late"]) == [("outbid", "market", 1)]
    assert codes(reasons(market, matched(market), multipliers=cheap)["late"]) == [("capacity", "other", 1)]


def test_number_of_counterparties() -> None:
    market = one_left_out(offers={"counterparties": Counterparties(most=1)})
    found = reasons(market, matched(market, "4"))
    assert ("counterparties", "other", 1) in codes(found["late"])
    assert ("counterparties", "own", 1) in codes(found["o"])


def test_related_parties_count_as_one() -> None:
    sold = offer("o", fixed("100"), ("10",), counterparties=Counterparties(most=1))
    needs = [need(name, fixed("200"), ("10",), group_parent="group") for name in ("n", "m")]
    found = reasons(market_of(sold, *needs), match_of(sold, needs[0], ("4",)))
    assert codes(found["m"]) == [("unfinished", "market", 1)]


def test_maximum_share() -> None:
    half = {"maximum_share": MaximumShare(fraction=D("0.5"))}
    market = one_left_out(needs=half)
    found = reasons(market, matched(market, "5"))
    assert codes(found["n"]) == [("maximum_share", "own", 1)]
    assert ("maximum_share", "other", 1) in codes(found["o"])


def test_share_of_the_awarded_needs_a_second_party() -> None:
    market = one_left_out(needs={"maximum_share": MaximumShare(fraction=D("0.5"), of="awarded")})
    assert codes(reasons(market)["n"]) == [("maximum_share", "own", 1)]


def test_trial_share() -> None:
    approved = Approved(kind="preferred", counterparties=(Approval(organisation="org-x"),), trial_share=D("0.3"))
    market = one_left_out(needs={"approved": approved})
    found = reasons(market, matched(market, "3"))
    assert codes(found["n"]) == [("approval_share", "own", 1)]


def test_maximum_contract() -> None:
    market = one_left_out(needs={"maximum_contract": D(6)})
    found = reasons(market, matched(market, "6"))
    assert codes(found["n"]) == [("maximum_contract", "market", 1)]


def test_minimum_contract_and_lot_and_fill() -> None:
    left = "7"  # of ten; three are left
    assert codes(late({"minimum_contract": D(4)}, left)) == [("minimum_contract", "market", 1)]
    assert codes(late({"lot": D(5)}, "6")) == [("lot", "market", 1)]
    assert codes(late({"minimum_fill": D("0.5")}, left)) == [("minimum_fill", "own", 1)]
    assert codes(late({"counterparties": Counterparties(least=2)}, left)) == [("counterparties", "own", 1)]
    assert codes(late({}, left)) == [("unfinished", "market", 1)]


def late(terms: dict[str, Any], taken: str) -> OrderOutcome:
    sold, bought = offer("o", fixed("100"), ("10",)), need("n", fixed("200"), ("10",))
    market = market_of(sold, bought, need("late", fixed("150"), ("10",), **terms))
    return reasons(market, match_of(sold, bought, (taken,)))["late"]


def test_contract_cost() -> None:
    market = one_left_out(contract_cost="200")
    assert codes(reasons(market, matched(market, "7"))["late"]) == [("contract_cost", "market", 1)]  # 3 x 50 <= 200


def test_every_unfilled_order_has_a_reason() -> None:
    orders = [offer(f"o{k}", fixed(str(100 + 10 * k))) for k in range(4)]
    orders += [need(f"n{k}", fixed(str(90 + 15 * k))) for k in range(4)]
    for outcome in reasons(market_of(*orders)).values():
        assert outcome.reasons


class TestNearestMiss:
    def orders(self, parties: int) -> list[Any]:
        return [offer(f"o{k}", fixed(str(101500 + 100 * k)), organisation=f"A{k % parties}") for k in range(6)]

    def test_amount_goes_to_the_next_public_step(self) -> None:
        found = reasons(market_of(*self.orders(6), need("n", fixed("99400"))))
        (reason,) = found["n"].reasons
        assert (reason.code, reason.counterparties, reason.unit) == ("price", 6, "CNY/t")
        assert reason.amount == 120000 - 99400  # the nearest ask is 101,500; steps are 20,000

    def test_moving_the_limit_finds_no_more(self) -> None:
        steps = set()
        for limit in (1, 20, 500, 9000, *range(99000, 101400, 400)):
            (reason,) = reasons(market_of(*self.orders(6), need("n", fixed(str(limit)))))["n"].reasons
            assert reason.amount is not None
            steps.add(limit + reason.amount)
        assert steps == {D(120000)}

    def test_offers_see_the_step_below(self) -> None:
        needs = [need(f"n{k}", fixed(str(98500 - 100 * k))) for k in range(5)]
        (reason,) = reasons(market_of(offer("o", fixed("99400")), *needs))["o"].reasons
        assert reason.amount == 99400 - 90000

    def test_no_amount_from_fewer_than_five_parties(self) -> None:
        (reason,) = reasons(market_of(*self.orders(2), need("n", fixed("99400"))))["n"].reasons
        assert (reason.code, reason.counterparties, reason.amount) == ("price", 6, None)

    def test_mean_of_a_moving_limit(self) -> None:
        moving = need("n", indexed(), ("10", "10"))
        market = market_of(moving, path=("99000", "99800"))
        assert missing_price(MarketLimits(market), moving, 2100.0) == 120000 - 99400


class TestTold:
    def outcome(self, *found: Reason) -> OrderOutcome:
        return OrderOutcome(order="n", status="unmatched", requested=D(1), filled=D(0), reasons=found)

    @pytest.mark.parametrize(("count", "said"), [(1, 0), (4, 0), (5, 5), (9, 5), (23, 20)])
    def test_numbers_are_coarse(self, count: int, said: int) -> None:
        (reason,) = told(self.outcome(Reason(code="price", side="market", counterparties=count))).reasons
        assert reason.counterparties == said

    def test_an_exclusion_by_few_is_not_told(self) -> None:
        few = self.outcome(Reason(code="exclusion", side="other", counterparties=4))
        many = self.outcome(Reason(code="exclusion", side="other", counterparties=6))
        own = self.outcome(Reason(code="exclusion", side="own", counterparties=1))
        assert codes(told(few)) == [("no_counterparty", "market", 0)]
        assert codes(told(many)) == [("exclusion", "other", 5)]
        assert codes(told(own)) == [("exclusion", "own", 0)]

    def test_a_part_says_that_the_rest_is_kept_for_options(self) -> None:
        used_up = Reason(code="own_volume", side="own")
        assert "kept free" in sentence(used_up, partly=True)[1]
        assert "预留" in sentence(used_up, partly=True)[0]
        assert sentence(used_up) == WORDS["own_volume"]
        assert sentence(Reason(code="lot", side="own"), partly=True) == sentence(Reason(code="lot", side="own"))

    def test_every_code_has_words(self) -> None:
        every = {code for code, _ in OBSTACLES} | set(TEST_NAMES) | {"own_volume", "no_counterparty", NO_CLEARING[0]}
        assert every == set(WORDS)
        for code in every:
            zh, en = sentence(Reason(code=code, side="other", counterparties=5, amount=Decimal(3), unit="CNY/t"))
            assert "5" in zh
            assert "5" in en
