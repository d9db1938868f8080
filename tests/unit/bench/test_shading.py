"""What a false limit gains, recounted by hand; the table's shares; guesses that are right by construction."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bench.shading.inference import Seen, guessed
from bench.shading.markets import RULES, one_grade, stating
from bench.shading.response import CHANCE, SHADES, TRUTH, Tried, cleared, true_gain
from bench.shading.table import AT, row
from solver.pairs.trades import trades_of
from solver.pricing.reference import references


@pytest.fixture(scope="module")
def small():
    market, base = one_grade(5, 1, whole=False)
    return market, base, cleared(market, whole=False)


def test_all_orders_are_of_one_grade_and_keep_their_distance_from_its_price():
    market, base = one_grade(40, 3, whole=False)
    assert {order.grade for order in market.orders} == {market.grades[0].id}
    relative = [float(order.limit_price.components[0].fixed / base) for order in market.orders]
    assert all(0.7 < each < 1.3 for each in relative)
    assert one_grade(5, 1, whole=True)[0].orders[0].minimum_contract is not None
    assert one_grade(5, 1, whole=False)[0].orders[0].minimum_contract is None


def test_a_shade_is_to_the_advantage_of_whoever_states_it(small):
    market, _, _ = small
    offer, need = 0, len(market.orders) - 1
    limit = [order.limit_price.components[0].fixed for order in market.orders]
    assert stating(market, offer, Decimal("0.02")).orders[offer].limit_price.components[0].fixed == pytest.approx(
        limit[offer] * Decimal("1.02"), abs=Decimal("0.01")
    )
    assert stating(market, need, Decimal("0.02")).orders[need].limit_price.components[0].fixed == pytest.approx(
        limit[need] * Decimal("0.98"), abs=Decimal("0.01")
    )
    assert stating(market, offer, Decimal(0)) == market


def test_both_sides_gains_are_what_the_matches_gain_together(small):
    """At any price what the seller does not gain the buyer does; the market carries no cost of contracts."""
    market, base, clearing = small
    assert clearing.matches
    priced = RULES[0].policy(market, base, "secret")
    prices = references(trades_of(priced, clearing.matches), priced.policy)
    gains = 0.0
    for k, order in enumerate(market.orders):
        own = tuple(match for match in clearing.matches if order.id in (match.offer, match.need))
        gain = true_gain(market, k, own, prices)
        assert gain >= 0
        gains += gain
    assert gains == pytest.approx(float(sum(match.gain_cny for match in clearing.matches)), rel=1e-6)


def _tried(truth: float, at_two: float, best: float, size: int = 10) -> Tried:
    gains = [0.0] * len(SHADES)
    gains[TRUTH] = gains[CHANCE] = truth
    gains[AT], gains[-1] = at_two, best
    return Tried(size, 0, "o", "offer", {"rule": tuple(gains)})


def test_shares_and_gains_of_a_table_by_hand():
    told = [Seen(10, "rule", 100.0, 100.0, 90.0, 110.0, 1)]
    tried = [
        _tried(100, 150, 0),
        _tried(100, 0, 120),
        _tried(100, 100, 100),
        _tried(0, 10, 0),
        _tried(9, 9, 9, size=30),
    ]
    found = row(10, "rule", tried, told)
    assert found is not None
    assert (found.orders, found.unmatched, found.unmatched_share) == (3, 1, 1.0)
    assert found.best_gain == pytest.approx((150 + 120 + 100) / 300 - 1)
    assert found.best_share == pytest.approx(2 / 3)
    assert (found.two_gain, found.two_share, found.two_lose) == pytest.approx((250 / 300 - 1, 1 / 3, 1 / 3))
    assert (found.same_shade, found.same_gain, found.same_lose, found.chance) == (0.0, 0.0, 0.0, 0.0)
    assert row(10, "rule", [_tried(0, 0, 0)], told) is None


def test_a_limit_that_mirrors_ones_own_about_the_price_is_guessed_by_both_alone():
    distance = [4.0 * n for n in range(1, 11)]  # of both limits from a price of 100
    told = [Seen(10, "rule", 100.0, 100.0, 100 - d, 100 + d, 1) for d in distance]
    found = guessed(told)
    assert found.limits == len(distance)
    assert found.by_both == 1.0
    assert found.by_price < 0.5
