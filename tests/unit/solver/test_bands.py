"""Floor and cap about the reference (docs/model.md 5.5)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.form.clearing import MatchPrice
from solver.pricing.prices import priced
from tests.unit.solver.small_trades import D, fixed, market_of, match_of, need, offer, trade_of

WIDE = ("50000", "100000")


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
    for seed in range(20):
        price = prices_of(*[WIDE] * 5, sealed_seed=str(seed), price_tick="50", price_band="0.08")[0]
        reference, floor, cap = price.reference[0], price.floor[0], price.cap[0]
        assert reference is not None
        assert floor is not None
        assert cap is not None
        assert floor % 50 == cap % 50 == 0
        assert reference * D("0.92") <= floor <= reference <= cap <= reference * D("1.08")
        widths.add(round(float(cap / reference - 1), 2))
    assert len(widths) >= 3  # drawn among those that hold, not always the widest


def test_ends_lie_strictly_between_the_limits() -> None:
    for seed in range(20):
        price = prices_of(("95000", "105000"), *[WIDE] * 4, sealed_seed=str(seed), price_tick="50")[0]
        floor, cap = price.floor[0], price.cap[0]
        assert floor is not None
        assert cap is not None
        assert floor > 95000
        assert cap < 105000


def test_one_width_for_a_grade() -> None:
    """A match with little room narrows its whole grade, so that the width points at nobody."""
    for seed in range(20):
        wide, *_, narrow = prices_of(*[WIDE] * 4, ("99000", "99600"), sealed_seed=str(seed), price_tick="50")
        assert width(wide) < Fraction("0.01")
        assert width(narrow) < Fraction("0.001")


def test_grades_do_not_touch_each_other() -> None:
    """Five wide matches keep their band, whatever stands in another grade."""
    seed = next(
        str(seed) for seed in range(20) if width(prices_of(*[WIDE] * 5, sealed_seed=str(seed), price_tick="50")[0]) > 0
    )
    offers = [offer(f"o{k}", fixed("50000")) for k in range(5)] + [offer("o", fixed("99000"), grade="H")]
    needs = [need(f"n{k}", fixed("100000")) for k in range(5)] + [need("n", fixed("99600"), grade="H")]
    matches = tuple(match_of(sold, bought) for sold, bought in zip(offers, needs, strict=True))
    first = priced(market_of(*offers, *needs, sealed_seed=seed, price_tick="50"), matches)[0].price
    assert first == prices_of(*[WIDE] * 5, sealed_seed=seed, price_tick="50")[0]


def test_fewer_than_five_parties_have_a_fixed_price() -> None:
    for seed in range(5):
        assert {width(price) for price in prices_of(*[WIDE] * 4, sealed_seed=str(seed), price_tick="50")} == {0}


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
        assert trade.limits.ask(0) < floor
        assert cap < trade.limits.bid(0)
    else:
        assert trade.limits.ask(0) <= floor == cap <= trade.limits.bid(0)
