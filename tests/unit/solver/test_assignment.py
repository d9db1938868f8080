"""Assignment markets, one unit an order: the solver against SciPy's algorithm for the assignment problem."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Freight, Grade, Lane, Market, Order
from solver.form.terms import Component, LimitPrice, Site
from solver.verify import verify

MARKETS, BATCH = 200, 20
BID, ASK = 500, 100


def assignment_market(seed: int, sizes: tuple[int, int] | None = None, step: int = 1) -> tuple[Market, list[list[int]]]:
    """Offers and needs of one unit each; what a pair is worth stands in its freight, a multiple of ``step``."""
    random = Random(seed)
    offers, needs = sizes or (random.randint(1, 7), random.randint(1, 7))
    freight = [[step * random.randint(0, 450 // step) for _ in range(needs)] for _ in range(offers)]
    names = [("offer", f"o{i}", ASK) for i in range(offers)] + [("need", f"n{j}", BID) for j in range(needs)]
    market = Market(
        format="changdan-market/1",
        grades=(Grade(id="A", unit="pcs", quantum=Decimal(1)),),
        calendar=("2027-01",),
        freight=Freight(
            kind="lanes",
            lanes=tuple(
                Lane(origin=f"o{i}", destination=f"n{j}", cny_per_unit=Decimal(freight[i][j]))
                for i in range(offers)
                for j in range(needs)
            ),
        ),
        orders=tuple(
            Order(
                id=name,
                side=side,  # type: ignore[arg-type]
                organisation=name,
                grade="A",
                volumes=(Decimal(1),),
                site=Site(id=name),
                limit_price=LimitPrice(components=(Component(fixed=Decimal(limit)),)),
            )
            for side, name, limit in names
        ),
    )
    return market, freight


@pytest.mark.parametrize("start", range(0, MARKETS, BATCH))
def test_the_objective_is_that_of_the_assignment(start: int):
    for seed in range(start, start + BATCH):
        market, freight = assignment_market(seed)
        worth = np.maximum(0, BID - ASK - np.array(freight))
        rows, columns = linear_sum_assignment(worth, maximize=True)
        clearing = clear(market, WorkLimits(gap=0.0))
        assert clearing.objective == Decimal(int(worth[rows, columns].sum())), f"seed {seed}"
        assert verify(market, clearing) == [], f"seed {seed}"


def best_worth(worth: np.ndarray) -> int:
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return int(worth[rows, columns].sum())


def test_the_multipliers_lie_between_the_marginal_values():
    """What one unit more of an order is worth, and what its own is: no price that supports the best lies outside.

    Where the two ends are the same the multiplier is just that.
    """
    ends = 0
    for seed in range(8):
        market, freight = assignment_market(seed, sizes=(40, 40 + seed % 3), step=50)
        worth = np.maximum(0, BID - ASK - np.array(freight))
        clearing = clear(market, WorkLimits(gap=0.0))
        whole = best_worth(worth)
        assert (clearing.status, clearing.objective, clearing.bound) == ("optimal", whole, whole), f"seed {seed}"
        for order in market.orders:
            number, axis = int(order.id[1:]), 0 if order.side == "offer" else 1
            more = np.concatenate([worth, worth.take([number], axis)], axis)
            lowest, highest = best_worth(more) - whole, whole - best_worth(np.delete(worth, number, axis))
            multiplier = float(clearing.multipliers.values.get(f"capacity:{order.id}:0", 0))
            assert lowest - 1e-6 <= multiplier <= highest + 1e-6, f"seed {seed}, {order.id}"
            ends += lowest == highest > 0
    assert ends > 100
