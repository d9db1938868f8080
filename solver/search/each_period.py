"""Multipliers that are nearly the best for a component whose gains move: each period relaxed alone, one by one.

What ties the periods together is shared out: of its greatest and least volume, its cost and its place among the
contracts that an order may have, a contract has in each period the part of what it may deliver then.  So nothing is
proven here; but the best pairs at these multipliers are nearly all that the relaxation by the period needs.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from solver.pairs.screened import Ints
from solver.search.bound import Prices
from solver.search.component import Component
from solver.search.relaxation import best_per_order, relax

CLOSE = 5e-3  # relative distance at which a period is left
PER_ORDER = 24  # pairs of each order with which the next period begins: the best in this one


def each_period_alone(component: Component, deadline: float | None = None) -> Prices | None:
    """Multipliers by period; None if the time ended first.  ``deadline``: on the monotonic clock."""
    found: list[Prices] = []
    first: Ints | None = None
    for t in range(component.periods):
        if deadline is not None and time.monotonic() >= deadline:
            return None
        relaxed = relax(_one_period(component, t), deadline, first=first, close=CLOSE)
        open_ones = component.pairs.most[:, t] > 0
        first = best_per_order(component, np.where(open_ones, relaxed.profits, -np.inf), PER_ORDER)
        found.append(relaxed.prices)
    parties = np.sum([prices.parties for prices in found], axis=0)
    return Prices(np.concatenate([prices.capacity for prices in found], axis=1), parties, {})


def _one_period(component: Component, t: int) -> Component:
    own = component.pairs
    part = own.most[:, t] / np.maximum(own.most.sum(axis=1), 1e-9)
    pairs = replace(
        own,
        gain=component.best_gain[:, t : t + 1],
        most=own.most[:, t : t + 1],
        contract_least=own.contract_least * part,
        contract_most=own.contract_most * part,
        contract_cost=own.contract_cost * part,
    )
    orders = tuple(
        replace(rows, capacity=rows.capacity[t : t + 1], share=None, trial=None, stock=None)
        for rows in component.orders
    )
    return Component(component.market, pairs, orders, component.party_names, component.wider)
