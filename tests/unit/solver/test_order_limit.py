"""The extremes of a limit against a formula, found at its corners, are those of any index value in the range."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from solver.form.terms import Collar, Payment, Tax
from solver.pairs.market_limits import MarketLimits
from solver.pairs.order_limit import OrderLimits
from tests.unit.solver.small_trades import D, indexed, market_of, offer


@pytest.mark.parametrize("seed", range(20))
def test_no_value_of_the_range_goes_beyond_the_span(seed: int) -> None:
    random = Random(seed)
    floor = random.randint(40, 120) * 1000
    collar = Collar(floor=D(floor), cap=D(floor + random.randint(0, 60) * 1000))
    limit = indexed(
        random.choice(["-0.5", "0.4", "1", "2"]),
        str(random.randint(-40, 40) * 1000),
        collar=random.choice([None, collar]),
        tax=random.choice([Tax(), Tax(basis="inclusive", rate=D("0.13"))]),
    )
    order = offer("o", limit, ("1", "1"), payment=Payment(days=30))
    market = market_of(order, path=("100000", "90000"), financing_rate_per_year="0.05")
    (found,) = OrderLimits(MarketLimits(market)).of(order, order, Payment(days=90))
    coefficient, reach = Fraction(random.choice([1, 2, 3]), 2), Fraction(3, 10)
    low, high = found.span_beyond("LC", coefficient, reach, (0, 1))
    beyond = [
        found.at(t, {"LC": value}) - coefficient * value
        for t, centre in enumerate((100000, 90000))
        for value in (Fraction(centre * percent, 100) for percent in range(70, 131))
    ]
    assert low <= min(beyond)
    assert max(beyond) <= high
    step = 1000 * (coefficient + 2)  # more than a limit and a formula move by one percent of the index
    assert min(beyond) - low <= step
    assert high - max(beyond) <= step
