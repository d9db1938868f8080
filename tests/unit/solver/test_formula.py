"""Price formulas: where both limits move with an index (docs/model.md 5.2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.form.clearing import MatchPrice
from solver.form.market import Market
from solver.form.terms import Collar, LimitPrice
from solver.pairs.trades import Trade
from solver.pricing.prices import priced
from tests.unit.solver.small_trades import D, fixed, indexed, market_of, match_of, need, offer, trade_of

PATH = ("100000", "90000")


def one_match(
    ask: LimitPrice, bid: LimitPrice, path: tuple[str, ...] = PATH, **policy: object
) -> tuple[Trade, MatchPrice]:
    volumes = ("10",) * len(path)
    sold, bought = offer("o", ask, volumes), need("n", bid, volumes)
    market: Market = market_of(sold, bought, path=path, **policy)
    match = match_of(sold, bought, volumes, freight="100")
    (with_price,) = priced(market, (match,))
    assert with_price.price is not None
    return trade_of(market, match), with_price.price


def test_parallel_limits_get_the_index_itself() -> None:
    _, found = one_match(indexed(premium="-2000"), indexed(premium="500"))
    assert found.formula is not None
    assert (found.formula.index, found.formula.coefficient) == ("LC", 1)
    assert -2000 < found.formula.premium < 400  # the bid less 100 of freight
    assert found.formula.index_reference == 100000
    assert found.reference == (100000 + found.formula.premium, 90000 + found.formula.premium)


def test_band_of_a_formula_is_its_own_range() -> None:
    _, found = one_match(indexed(premium="-2000"), indexed(premium="500"))
    assert found.formula is not None
    assert found.floor == (70000 + found.formula.premium, 63000 + found.formula.premium)
    assert found.cap == (130000 + found.formula.premium, 117000 + found.formula.premium)


def test_next_coefficient_where_the_first_leaves_a_limit() -> None:
    # Across 70,000 to 130,000 the ask is at most 0.8 I - 1000 and the bid 0.8 I + 1000: 1.0 I spans 12,000 too much.
    _, found = one_match(indexed("0.8", "-1000"), indexed("0.8", "1000"), ("100000",))
    assert found.formula is not None
    assert found.formula.coefficient == D("0.8")


def test_no_formula_where_one_side_accepts_no_index() -> None:
    _, found = one_match(fixed("90000"), indexed(premium="10000"), ("100000",))
    assert found.formula is None
    assert found.reference[0] is not None


def test_no_formula_where_a_fixed_limit_falls_out_of_the_range() -> None:
    _, found = one_match(
        fixed("90000", accepted_indices=("LC",)), fixed("104000", accepted_indices=("LC",)), ("98000",)
    )
    assert found.formula is None
    _, wide = one_match(fixed("40000", accepted_indices=("LC",)), fixed("140000", accepted_indices=("LC",)), ("98000",))
    assert wide.formula is not None


def test_an_index_that_only_one_accepts_is_not_used() -> None:
    _, found = one_match(indexed(premium="-2000"), indexed(premium="500", accepted_indices=("OTHER",)))
    assert found.formula is None


def test_a_collar_inside_the_range_is_seen() -> None:
    """The bid stops at 105,000: at 130,000 no formula of coefficient 1 or 0.8 or 0.5 that starts above 98,000 holds."""
    collared = indexed(premium="500", collar=Collar(cap=D(105000)))
    _, found = one_match(indexed(premium="-2000"), collared, ("100000",))
    assert found.formula is None


def test_a_kink_between_the_ends_is_tested() -> None:
    """Both ends of the range hold for the index itself, but the ask's floor rises above the price in between."""
    ask = LimitPrice(components=indexed("2").components, premium=D(-160000), collar=Collar(floor=D(0), cap=D(80000)))
    trade, found = one_match(ask, indexed(premium="20000"), ("100000",), formula_coefficients=(D(1),))
    # ask: 2 I - 160,000 up to 80,000, reached at I = 120,000; the price I + h must pass 80,000 - 120,000 there.
    assert trade.limits.paths[0].seller.kinks(0, "LC") == (Fraction(80000), Fraction(120000))
    assert trade.limits.paths[0].buyer.kinks(0, "LC") == ()
    assert found.formula is not None
    assert found.formula.premium > -40000
    # The ask less I: 0 - 70,000 at the lower end, 0 - 80,000 and 80,000 - 120,000 at the kinks, 80,000 - 130,000.
    seller = trade.limits.paths[0].seller
    assert seller.span_beyond("LC", Fraction(1), Fraction(3, 10), (0,)) == (Fraction(-80000), Fraction(-40000))


@settings(max_examples=40, deadline=None)
@given(
    slope=st.sampled_from(["0.4", "0.5", "0.9", "1", "1.1"]),
    bid_slope=st.sampled_from(["0.5", "0.8", "1", "1.2"]),
    gap=st.integers(0, 40000),
    floor=st.integers(0, 120000),
    cap=st.integers(60000, 200000),
)
def test_a_formula_holds_at_every_index_value_of_the_range(
    slope: str, bid_slope: str, gap: int, floor: int, cap: int
) -> None:
    ask = indexed(slope, str(-1000), collar=Collar(floor=D(floor)))
    premium = (Decimal(slope) - Decimal(bid_slope)) * 100000 + gap
    bid = indexed(bid_slope, str(premium), collar=Collar(cap=D(max(cap, floor))))
    trade, found = one_match(ask, bid, ("100000",), price_tick="1", exceptions="propose")
    if found.formula is None:
        return
    for percent in range(70, 131):
        value = Fraction(100000) * percent / 100
        price = Fraction(found.formula.coefficient) * value + Fraction(found.formula.premium)
        assert trade.limits.ask(0, {"LC": value}) <= price <= trade.limits.bid(0, {"LC": value})


@pytest.mark.parametrize("gain", ["0", "300"])
def test_minimum_gain_holds_on_the_path(gain: str) -> None:
    trade, found = one_match(indexed(premium="-2000"), indexed(premium="500"), minimum_gain=gain)
    for t, reference in enumerate(found.reference):
        assert reference is not None
        assert trade.limits.ask(t) + Fraction(gain) <= reference <= trade.limits.bid(t) - Fraction(gain)
