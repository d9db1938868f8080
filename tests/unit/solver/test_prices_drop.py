"""Under ``exceptions: drop`` no match is without a price: docs/model.md 5.4."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from solver.clear import clear
from solver.form.market import Market, PriceSplit
from solver.form.terms import Tax
from solver.pairs.market_limits import MarketLimits
from solver.pricing.draw import has_tick
from solver.pricing.formula import fixed_ends
from solver.screening.priceable import unpriced_periods
from solver.screening.screen import screen
from solver.verify import verify
from tests.unit.solver.small_trades import D, fixed, market_of, match_of, need, offer, trade_of


def test_a_pair_without_a_price_is_refused_by_price() -> None:
    sold, poor, rich = offer("o", fixed("100")), need("poor", fixed("119")), need("rich", fixed("121"))
    market = market_of(sold, poor, rich, minimum_gain="10", exceptions="drop")
    assert screen(market).refused["poor"] == {"price": 1}
    clearing = clear(market)
    assert [match.need for match in clearing.matches] == ["rich"]
    assert verify(market, clearing) == []


def test_the_same_pair_is_proposed_as_an_exception_otherwise() -> None:
    sold, poor = offer("o", fixed("100")), need("poor", fixed("119"))
    market = market_of(sold, poor, minimum_gain="10")
    (match,) = clear(market).matches
    assert match.price is not None
    assert match.price.exception_gap == 10
    assert verify(market, clear(market)) == []


def test_a_period_without_a_price_carries_no_volume() -> None:
    rising = fixed("100", premium_by_period=(D(0), D("0.5")))
    sold, bought = offer("o", fixed("100"), ("10", "10")), need("n", rising, ("10", "10"))
    market = market_of(sold, bought, exceptions="drop", price_tick="0.4")
    clearing = clear(market)
    assert clearing.matches[0].volumes == (D(0), D(10))
    assert verify(market, clearing) == []


@pytest.mark.parametrize("seed", range(60))
def test_screen_and_verifier_agree_on_close_limits(seed: int) -> None:
    """Limits a few ticks apart, with tax, freight-like premiums and narrow windows: clearings verify."""
    market = close_market(Random(seed))
    clearing = clear(market)
    assert verify(market, clearing) == []
    assert all(match.price is not None and match.price.exception_gap is None for match in clearing.matches)


def close_market(random: Random) -> Market:
    taxed = {"tax": Tax(basis="inclusive", rate=D("0.13"))} if random.random() < 0.5 else {}

    def limit(side: int) -> str:
        return str(D(1000) + D(random.randint(-6, 8)) * D("0.5") + side * D(random.randint(0, 6)) * D("0.25"))

    orders = [offer(f"o{k}", fixed(limit(0), **taxed)) for k in range(3)]
    orders += [need(f"n{k}", fixed(limit(1), **taxed), region="350900") for k in range(3)]
    split = random.choice([PriceSplit(), PriceSplit(low=D("0.4"), high=D("0.6")), PriceSplit(low=D(0), high=D("0.5"))])
    gain, tick = random.choice(["0", "0.5", "1.25"]), random.choice(["0.5", "1", "2"])
    return market_of(*orders, exceptions="drop", price_split=split, minimum_gain=gain, price_tick=tick)


@pytest.mark.parametrize("seed", range(40))
def test_shortcut_agrees_with_fractions(seed: int) -> None:
    market = close_market(Random(seed))
    offers, needs = np.array([0, 1, 2] * 3), np.array([3] * 3 + [4] * 3 + [5] * 3)
    trades = [
        trade_of(market, match_of(market.orders[o], market.orders[n], ("1",)))
        for o, n in zip(offers.tolist(), needs.tolist(), strict=True)
    ]
    gains = np.array([[round((trade.limits.bid(0) - trade.limits.ask(0)) * 10**6)] for trade in trades])
    found = unpriced_periods(MarketLimits(market), offers, needs, gains, np.zeros(9, dtype=np.int64))
    for trade, gain, unpriced in zip(trades, gains[:, 0], found[:, 0], strict=True):
        if gain < 0:
            continue
        window = fixed_ends([trade], [0], market.policy.minimum_gain).window(
            market.policy, trade.limits.ask(0), market.policy.minimum_gain
        )
        assert unpriced == (window is None or not has_tick(window, market.policy.price_tick))
