"""A component with its periods added up to one: far smaller, and where gains do not move, still a bound.

Where every pair gains the same in all periods in which it may trade, all rows but 3.1 to 3.3 speak of volumes
over the term only; adding up the periods relaxes those three, so no clearing by period exceeds its optimum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.search.bound import Prices
from solver.search.component import Component, OrderRows


def gains_stand_still(component: Component) -> bool:
    """Whether adding up the periods gives a bound: constant gains, and no approval that begins on the way."""
    pairs = component.pairs
    live = pairs.most > 0
    low = np.where(live, pairs.gain, np.inf).min(axis=1)
    high = np.where(live, pairs.gain, -np.inf).max(axis=1)
    return bool((low == high).all()) and all(_all_or_none(rows) for rows in component.orders)


def over_the_term(component: Component) -> Component:
    """The component with one period in place of all."""
    pairs = component.pairs
    one = replace(
        pairs,
        gain=np.where(pairs.most > 0, pairs.gain, -np.inf).max(axis=1, keepdims=True),
        most=pairs.most.sum(axis=1, keepdims=True),
    )
    orders = tuple(_rows_over_the_term(rows) for rows in component.orders)
    over_the_term = (rule.over_the_term() for rule in component.rules)
    rules = tuple(rule for rule in over_the_term if rule is not None)
    demands = tuple(demand.over_the_term() for demand in component.demands)
    return Component(
        component.market, one, orders, component.party_names, component.wider, rules, demands, component.allowed
    )


def by_period(prices: Prices, periods: int) -> Prices:
    """Multipliers of rows over the term as those of the rows by period: 4.1 then is the same amount."""
    if prices.capacity.shape[1] == periods:
        return prices
    return Prices(np.repeat(prices.capacity, periods, axis=1), prices.parties, prices.share)


def _rows_over_the_term(rows: OrderRows) -> OrderRows:
    return OrderRows(
        order=rows.order,
        pairs=rows.pairs,
        weight=rows.weight,
        units=rows.units,
        capacity=rows.capacity.sum(keepdims=True) if rows.stock is None else np.array([float(rows.stock.exact.total)]),
        party=rows.party,
        total=rows.total,
        filled_least=rows.filled_least,
        least=rows.least,
        most=rows.most,
        share=rows.share,
        share_of_awarded=rows.share_of_awarded,
        trial=None if rows.trial is None else rows.trial[:, :1],
        trial_most=rows.trial_most,
        trial_exact=rows.trial_exact,
    )


def _all_or_none(rows: OrderRows) -> bool:
    """Whether each partner is approved for all periods or for none."""
    return rows.trial is None or bool((rows.trial.all(axis=1) | ~rows.trial.any(axis=1)).all())
