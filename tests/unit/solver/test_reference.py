"""Reference prices: groups, single matches, exceptions (docs/model.md 5.2 to 5.4)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.form.clearing import Match, MatchPrice
from solver.form.market import Market, PriceSplit
from solver.form.terms import Payment, Tax
from solver.pricing import prices
from tests.unit.solver.small_trades import D, fixed, indexed, market_of, match_of, need, offer


def priced(market: Market, *matches: Match) -> list[MatchPrice]:
    with_price = prices.priced(market, matches)
    assert all(match.price is not None for match in with_price)
    return [match.price for match in with_price if match.price is not None]


def test_flat_price_lies_between_both_limits() -> None:
    sold, bought = offer("o", fixed("100"), ("10", "10")), need("n", fixed("200"), ("10", "10"))
    (found,) = priced(market_of(sold, bought), match_of(sold, bought, ("5", "5"), freight="30"))
    assert found.reference[0] == found.reference[1]
    assert found.reference[0] is not None
    assert 100 < found.reference[0] < 170
    assert found.reference[0] % 1 == 0
    assert (found.uniform, found.formula, found.exception_gap) == (False, None, None)


def test_no_price_where_there_is_no_volume() -> None:
    sold, bought = offer("o", fixed("100"), ("10", "0")), need("n", fixed("200"), ("10", "10"))
    (found,) = priced(market_of(sold, bought), match_of(sold, bought, ("5", "0")))
    assert found.reference[1] is found.floor[1] is found.cap[1] is None


def test_one_delivered_price_for_a_region() -> None:
    near, far = offer("near", fixed("100")), offer("far", fixed("110"))
    one, two = need("one", fixed("200"), region="350900"), need("two", fixed("220"), region="350900")
    matches = (match_of(near, one, freight="10"), match_of(far, two, freight="40", quality="5"))
    first, second = priced(market_of(near, far, one, two, sealed_seed="s"), *matches)
    assert first.uniform
    assert second.uniform
    assert first.reference[0] is not None
    assert second.reference[0] is not None
    assert first.reference[0] + 10 == second.reference[0] + 40 - 5
    assert 145 < first.reference[0] + 10 < 200  # far's delivered ask and one's bid


def test_regions_whose_limits_do_not_meet_are_priced_by_match() -> None:
    dear, cheap = offer("dear", fixed("180")), offer("cheap", fixed("100"))
    rich, poor = need("rich", fixed("200"), region="350900"), need("poor", fixed("120"), region="350900")
    first, second = priced(market_of(dear, cheap, rich, poor), match_of(dear, rich), match_of(cheap, poor))
    assert not first.uniform
    assert not second.uniform
    assert first.reference[0] is not None
    assert second.reference[0] is not None
    assert 180 < first.reference[0] < 200
    assert 100 < second.reference[0] < 120


def test_price_by_period_where_none_holds_for_the_term() -> None:
    sold = offer("o", fixed("100", premium_by_period=(D(0), D(100))), ("10", "10"))
    bought = need("n", fixed("150", premium_by_period=(D(0), D(100))), ("10", "10"))
    (found,) = priced(market_of(sold, bought), match_of(sold, bought, ("5", "5")))
    low, high = found.reference
    assert low is not None
    assert high is not None
    assert 100 < low < 150
    assert 200 < high < 250


def test_minimum_gain_is_kept_by_both() -> None:
    sold, bought = offer("o", fixed("100")), need("n", fixed("122"))
    (found,) = priced(market_of(sold, bought, minimum_gain="10"), match_of(sold, bought))
    assert found.reference[0] in (110, 111, 112)


def test_without_room_for_the_minimum_gain_it_is_an_exception_between_the_limits() -> None:
    sold, bought = offer("o", fixed("100")), need("n", fixed("119"))
    market = market_of(sold, bought, minimum_gain="10")
    (found,) = priced(market, match_of(sold, bought))
    assert found.reference[0] is not None
    assert 100 < found.reference[0] < 119
    assert found.exception_gap == 10  # the rule's, not this match's: 1 would give the other limit away
    assert found.floor == found.cap == found.reference


def test_less_than_a_tick_apart_is_an_exception_off_the_tick() -> None:
    sold, bought = offer("o", fixed("100.2")), need("n", fixed("100.9"))
    (found,) = priced(market_of(sold, bought), match_of(sold, bought))
    assert found.reference[0] is not None
    assert D("100.2") < found.reference[0] < D("100.9")
    assert found.exception_gap == 1


def test_limits_that_meet_are_the_price() -> None:
    sold, bought = offer("o", fixed("100")), need("n", fixed("100"))
    (found,) = priced(market_of(sold, bought), match_of(sold, bought))
    assert found.reference[0] == 100
    assert found.exception_gap == 1


def test_tax_and_payment_days_are_taken_out_before() -> None:
    sold = offer("o", fixed("113", tax=Tax(basis="inclusive", rate=D("0.13"))), payment=Payment(days=365))
    bought = need("n", fixed("100"))  # stated for payment on delivery; restated to a year later: 110
    market = market_of(sold, bought, financing_rate_per_year="0.1", price_tick="0.5")
    (found,) = priced(market, match_of(sold, bought))
    assert found.reference[0] is not None
    assert 100 < found.reference[0] < 110


def test_same_orders_same_price_in_any_round_and_small_changes_change_nothing() -> None:
    def reference(ask: str, bid: str, name: str = "o") -> Decimal:
        sold, bought = offer(name, fixed(ask), organisation="A"), need("n", fixed(bid))
        (found,) = priced(market_of(sold, bought, sealed_seed="house"), match_of(sold, bought))
        assert found.reference[0] is not None
        return found.reference[0]

    first = reference("90000", "110000")
    assert reference("90000", "110000", "entered-again") == first
    for nudge in range(1, 200):
        bid = 110000 - nudge
        if bid > first:
            assert reference("90000", str(bid)) == first


amount = st.integers(100, 3000).map(lambda tenths: Decimal(tenths) / 10)


@settings(max_examples=60, deadline=None)
@given(asks=st.lists(amount, min_size=2, max_size=2), gains=st.lists(amount, min_size=2, max_size=2), data=st.data())
def test_every_price_is_rational(asks: list[Decimal], gains: list[Decimal], data: st.DataObject) -> None:
    """Two offers by two needs of one region, all four matched, random policy."""
    region = data.draw(st.sampled_from([None, "350900"]))
    gain = data.draw(st.sampled_from(["0", "0.5", "15"]))
    index = data.draw(st.booleans())
    limits = [indexed(premium=str(ask - 100)) if index else fixed(str(ask)) for ask in asks]
    offers = [offer(f"o{k}", limit) for k, limit in enumerate(limits)]
    bids = [max(asks) + gains[0], max(asks) + gains[1]]
    needs = [
        need(f"n{k}", indexed(premium=str(bid - 100)) if index else fixed(str(bid)), region=region)
        for k, bid in enumerate(bids)
    ]
    market = market_of(*offers, *needs, path=("100",), minimum_gain=gain, price_tick="0.5", sealed_seed="x")
    matches = [match_of(sold, bought) for sold in offers for bought in needs]
    found = priced(market, *matches)
    corners = [(ask, bid) for ask in asks for bid in bids]
    for (ask, bid), one in zip(corners, found, strict=True):
        reference = one.reference[0]
        assert reference is not None
        if one.exception_gap is None:
            assert ask + D(gain) <= reference <= bid - D(gain)
            assert ask < reference < bid
        else:
            assert ask <= reference <= bid
            assert bid - ask < 2 * D(gain) + D("0.5")


def test_no_linear_rule_gives_the_other_limit() -> None:
    """A seller that moves its own limit sees no price that follows it in proportion (docs/model.md 5.7)."""
    seen = set()
    for ask in range(80_000, 90_000, 500):
        sold, bought = offer("o", fixed(str(ask))), need("n", fixed("100000"))
        (found,) = priced(market_of(sold, bought, sealed_seed="house"), match_of(sold, bought))
        seen.add(found.reference[0])
    assert len(seen) <= 4  # the price stays until it falls out, and then jumps


@pytest.mark.parametrize("split", [("0.3", "0.7"), ("0", "0.5")])
def test_window_of_the_policy(split: tuple[str, str]) -> None:
    low, high = map(D, split)
    for seed in range(30):
        sold, bought = offer("o", fixed("1000")), need("n", fixed("2000"))
        market = market_of(sold, bought, price_split=PriceSplit(low=low, high=high), sealed_seed=str(seed))
        (found,) = priced(market, match_of(sold, bought))
        assert found.reference[0] is not None
        assert 1000 + 1000 * low <= found.reference[0] <= 1000 + 1000 * high


def test_exactness_with_quotients() -> None:
    """A limit of 100/1.13 with a tick of a millionth: nothing drawn may lie a hair beyond it."""
    tax = Tax(basis="inclusive", rate=D("0.13"))
    sold, bought = offer("o", fixed("100", tax=tax)), need("n", fixed("100.000003", tax=tax))
    (found,) = priced(market_of(sold, bought, price_tick="0.000001"), match_of(sold, bought))
    assert found.reference[0] is not None
    assert Fraction(100) / Fraction("1.13") < Fraction(found.reference[0]) < Fraction("100.000003") / Fraction("1.13")
