"""Floor and cap about the reference (docs/model.md 5.5)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.clearing import MatchPrice
from solver.prices import priced
from tests.unit.solver.small_trades import D, fixed, market_of, match_of, need, offer, trade_of


def prices_of(*limits: tuple[str, str], **policy: object) -> list[MatchPrice]:
    offers = [offer(f"o{k}", fixed(ask)) for k, (ask, _) in enumerate(limits)]
    needs = [need(f"n{k}", fixed(bid)) for k, (_, bid) in enumerate(limits)]
    market = market_of(*offers, *needs, **policy)
    matches = tuple(match_of(sold, bought) for sold, bought in zip(offers, needs, strict=True))
    return [match.price for match in priced(market, matches) if match.price is not None]


def width(price: MatchPrice) -> Fraction:
    reference, cap = price.reference[0], price.cap[0]
    assert reference is not None
    assert cap is not None
    return Fraction(cap) / Fraction(reference) - 1


def test_ends_are_ticks_inside_the_width() -> None:
    widths = set()
    for seed in range(40):
        (price,) = prices_of(("1000", "100000"), sealed_seed=str(seed), price_tick="50", price_band="0.08")
        reference, floor, cap = price.reference[0], price.floor[0], price.cap[0]
        assert reference is not None
        assert floor is not None
        assert cap is not None
        assert floor % 50 == cap % 50 == 0
        assert reference * D("0.92") <= floor <= reference <= cap <= reference * D("1.08")
        widths.add(round(float(cap / reference - 1), 2))
    assert len(widths) >= 3  # drawn among those that hold, not always the widest


def test_ends_lie_strictly_between_the_limits() -> None:
    for seed in range(40):
        (price,) = prices_of(("95000", "105000"), sealed_seed=str(seed), price_tick="50")
        floor, cap = price.floor[0], price.cap[0]
        assert floor is not None
        assert cap is not None
        assert floor > 95000
        assert cap < 105000


def test_one_width_for_a_grade() -> None:
    """A match with little room narrows its whole grade, so that the width points at nobody."""
    for seed in range(20):
        wide, narrow = prices_of(("1000", "100000"), ("100000", "100100"), sealed_seed=str(seed), price_tick="1")
        assert width(wide) < Fraction("0.01")
        assert width(narrow) < Fraction("0.001")


def test_grades_do_not_touch_each_other() -> None:
    def wide_of(narrow_grade: str) -> MatchPrice:
        wide = offer("o0", fixed("1000")), need("n0", fixed("100000"))
        narrow = offer("o1", fixed("100000"), grade=narrow_grade), need("n1", fixed("100100"), grade=narrow_grade)
        market = market_of(*wide, *narrow, sealed_seed="0", price_tick="1")
        price = priced(market, (match_of(*wide), match_of(*narrow)))[0].price
        assert price is not None
        return price

    (alone,) = prices_of(("1000", "100000"), sealed_seed="0", price_tick="1")
    assert wide_of("H").cap == alone.cap


@settings(max_examples=50, deadline=None)
@given(ask=st.integers(1000, 100000), gain=st.integers(0, 50000), tick=st.sampled_from(["0.01", "1", "50", "1000"]))
def test_bands_never_reach_a_limit(ask: int, gain: int, tick: str) -> None:
    sold, bought = offer("o", fixed(str(ask))), need("n", fixed(str(ask + gain)))
    market = market_of(sold, bought, price_tick=tick, sealed_seed="x")
    match = match_of(sold, bought)
    (with_price,) = priced(market, (match,))
    price, trade = with_price.price, trade_of(market, match)
    assert price is not None
    reference, floor, cap = price.reference[0], price.floor[0], price.cap[0]
    assert reference is not None
    assert floor is not None
    assert cap is not None
    assert floor <= reference <= cap
    if price.exception_gap is None:
        assert trade.ask(0) < floor
        assert cap < trade.bid(0)
    else:
        assert trade.ask(0) <= floor == cap <= trade.bid(0)
