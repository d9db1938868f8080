"""Supporting prices by hand (docs/model.md 5.1)."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from solver.form.clearing import Match, MatchPrice, SupportReport
from solver.form.market import Market
from solver.form.terms import Flexibility, MaximumShare, Option
from solver.pairs.trades import trades_of
from solver.pricing import support
from solver.pricing.prices import price
from solver.pricing.support import support_report, supporting_prices
from solver.screening.screen import screen
from tests.unit.solver.small_trades import D, fixed, market_of, match_of, need, offer

EVERY = np.array([0, 1])


def two_by_one(**terms: object) -> tuple[Market, tuple[Match, ...]]:
    """Asks 100 and 120 with 10 t each, one bid of 150 for 15 t: the second ask is the price."""
    cheap, dear = offer("cheap", fixed("100"), ("10",)), offer("dear", fixed("120"), ("10",))
    bought = need("n", fixed("150"), ("15",), **terms)
    return market_of(cheap, dear, bought), (match_of(cheap, bought, ("10",)), match_of(dear, bought, ("5",)))


def reported(market: Market, matches: tuple[Match, ...]) -> SupportReport | None:
    return support_report(market, screen(market), matches, trades_of(market, matches))


def test_scarce_volume_earns_the_rent() -> None:
    market, _ = two_by_one()
    found = supporting_prices(screen(market), EVERY)
    assert found is not None
    assert found.seller_rent == pytest.approx(np.array([[20.0], [0.0]]))
    assert found.buyer_rent == pytest.approx(np.array([[30.0], [30.0]]))


def test_what_may_be_called_counts_in_the_rent() -> None:
    """Of an ask that must keep back a quarter for calls, one unit costs 1.25 units of scarce volume."""
    sold = offer("o", fixed("100"), ("10",), flexibility=Flexibility(grants=Option(up=D("0.25"))))
    bought = need("n", fixed("150"), ("20",), flexibility=Flexibility(requires=Option(up=D("0.25"))))
    found = supporting_prices(screen(market_of(sold, bought)), np.array([0]))
    assert found is not None
    assert found.seller_rent[0, 0] + found.buyer_rent[0, 0] <= 50 + 1e-6
    assert found.buyer_rent == pytest.approx(np.array([[0.0]]))


def test_report_counts_what_holds() -> None:
    market, matches = two_by_one()

    def at(amount: str) -> tuple[Match, ...]:
        prices = (D(amount),)
        stated = MatchPrice(reference=prices, floor=prices, cap=prices, uniform=True)
        return tuple(msgspec.structs.replace(match, price=stated) for match in matches)

    right, wrong = (reported(market, at(amount)) for amount in ("120", "125"))
    assert right is not None
    assert wrong is not None
    assert (right.matches, right.supported, right.without_width, right.uniform) == (2, 2, 3, 2)
    assert wrong.supported == 0


def test_a_share_leaves_a_rent_to_the_pair() -> None:
    """At most 60 % from one: 9 t of the cheap; the cheap one's own volume is not scarce, its price has room."""
    market, _ = two_by_one(maximum_share=MaximumShare(fraction=D("0.6")))
    found = supporting_prices(screen(market), EVERY)
    assert found is not None
    assert found.seller_rent == pytest.approx(np.zeros((2, 1)))
    assert found.buyer_rent == pytest.approx(np.array([[30.0], [30.0]]))


def test_price_says_how_it_is_supported() -> None:
    market, matches = two_by_one()
    with_price, report = price(market, screen(market), matches)
    assert report is not None
    assert report.matches == 2
    assert all(match.price is not None for match in with_price)


def test_no_match_needs_no_support() -> None:
    market, _ = two_by_one()
    report = reported(market, ())
    assert report is not None
    assert report.matches == 0


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_matches_that_share_no_order_have_the_same_prices_apart(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Two such markets in one, of a grade each."""
    orders = []
    for grade in "AB":
        sold = [offer(f"{grade}{ask}", fixed(ask), ("10",), grade=grade) for ask in ("100", "120")]
        orders += [*sold, need(f"{grade}n", fixed("150"), ("15",), grade=grade)]
    monkeypatch.setattr(support, "MATCHES_AT_ONCE", at_once)
    found = supporting_prices(screen(market_of(*orders)), np.arange(4))
    assert found is not None
    assert found.seller_rent == pytest.approx(np.array([[20.0], [0.0]] * 2))
    assert found.buyer_rent == pytest.approx(np.array([[30.0], [30.0]] * 2))
