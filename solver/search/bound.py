"""The bound that anyone can recompute: any multipliers on the coupling rows bound the welfare (docs/model.md 4).

Floats for whole components at once; what a clearing states is then counted again in fractions, for the few
pairs that have a profit at the multipliers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

import numpy as np

from solver.pairs.amounts import any_share
from solver.pairs.counted import volumes_of
from solver.pairs.screened import Floats
from solver.search.component import Component, OrderRows
from solver.search.exact_terms import PairTerms, pair_terms
from solver.search.plans import discounted_plans, exact_discounted_plan, exact_plan
from solver.search.stocks import FloatStock

BLOCK_PAIRS = 100_000
PLACES = Decimal("0.000001")  # multipliers are stated to a millionth
FLOATS = 1e-9  # relative: how far a bound in floats may be wrong


@dataclass(frozen=True, slots=True)
class Prices:
    """Multipliers of a component's rows, all at least 0.  Units: CNY per unit; per contract for ``parties``."""

    capacity: Floats  # (orders, periods): rows 3.1, 3.2
    parties: Floats  # (orders,): rows 3.7 most
    share: dict[tuple[int, int], float]  # (order, party): rows 3.8 requested

    def stated(self, component: Component) -> dict[str, Decimal]:
        """The multipliers by row name, rounded as a clearing states them; zeros left out."""
        named: dict[str, Decimal] = {}
        for k, rows in enumerate(component.orders):
            name = rows.order.id
            for t in np.flatnonzero(self.capacity[k] > 0):
                named[f"capacity:{name}:{t}"] = _rounded(float(self.capacity[k, t]))
            if self.parties[k] > 0:
                named[f"counterparties:{name}"] = _rounded(float(self.parties[k]))
        for (k, party), value in self.share.items():
            order = component.orders[k].order.id
            named[f"share:{order}:{component.party_names[party]}"] = _rounded(value)
        return {name: value for name, value in named.items() if value > 0}

    def rounded(self) -> Prices:
        """The multipliers as they will be stated."""
        share = {key: float(_rounded(value)) for key, value in self.share.items()}
        capacity, parties = (np.maximum(0.0, np.rint(each * 1e6)) / 1e6 for each in (self.capacity, self.parties))
        return Prices(capacity, parties, share)


def no_prices(component: Component) -> Prices:
    """Multipliers of zero: the bound is then what every pair would gain alone."""
    return Prices(np.zeros((len(component.orders), component.periods)), np.zeros(len(component.orders)), {})


def has_parties_row(rows: OrderRows) -> bool:
    """Whether 4.1 has a row for the greatest number of counterparties: every party has one pair."""
    return rows.most is not None and rows.most < len(rows.parties) and rows.one_pair_each


def shared_parties(rows: OrderRows) -> list[int]:
    """Parties whose share row 4.1 has: of the requested volume, with several pairs (one pair is held by M_p)."""
    if rows.share is None or rows.share_of_awarded or rows.share >= 1:
        return []
    names, counts = np.unique(rows.party, return_counts=True)
    return [int(name) for name in names[counts > 1]]


def profits(component: Component, prices: Prices) -> Floats:
    """Profit of every pair at the multipliers: its best plan if the contract is made.

    Maths: profit_p(d) of 4.1.  Shapes: (P,).  Units: CNY.
    """
    if component.tiers:
        return best_plans(component, prices)[0]
    return np.concatenate([np.zeros(0), *(_undiscounted(component, prices, own)[0] for own in blocks_of(component))])


def best_plans(component: Component, prices: Prices) -> tuple[Floats, Floats]:
    """Profit of every pair at the multipliers, and the volumes of the plan that has it.

    Maths: profit_p(d) of 4.1.  Shapes: (P,), (P, T).  Units: CNY, grade units.
    """
    profit, volumes = _undiscounted(component, prices, slice(None))
    if component.tiers:
        reduced, kappa = reduced_gains(component, prices), contract_prices(component, prices)
        discounted_plans(component, reduced, kappa, profit, volumes)
    return profit, volumes


def blocks_of(component: Component) -> list[slice]:
    """So many pairs at a time that what is counted of them by period stays small."""
    return [slice(first, first + BLOCK_PAIRS) for first in range(0, len(component), BLOCK_PAIRS)]


def _undiscounted(component: Component, prices: Prices, own: slice) -> tuple[Floats, Floats]:
    """The best plans of some pairs if none of them had a discount."""
    pairs = component.pairs
    margin = reduced_gains(component, prices, own)
    order = np.argsort(-margin, axis=1, kind="stable")
    margin = np.take_along_axis(margin, order, axis=1)
    most = np.take_along_axis(pairs.most[own], order, axis=1)
    before = np.cumsum(most, axis=1) - most
    wanted = np.where(margin > 0, pairs.contract_most[own, None], pairs.contract_least[own, None])
    taken = np.clip(wanted - before, 0.0, most)
    profit: Floats = (margin * taken).sum(axis=1) - pairs.contract_cost[own] - contract_prices(component, prices)[own]
    volumes = np.empty_like(taken)
    np.put_along_axis(volumes, order, taken, axis=1)
    return profit, volumes


def reduced_gains(component: Component, prices: Prices, own: slice = slice(None)) -> Floats:
    """c_pt of 4.1, of some pairs: the gain less what the volume takes of the priced rows.  Shapes: (P, T)."""
    pairs = component.pairs
    margin: Floats = (
        pairs.gain[own]
        - pairs.seller_weight[own, None] * prices.capacity[component.seller[own]]
        - pairs.buyer_weight[own, None] * prices.capacity[component.buyer[own]]
    )
    if prices.share:
        shares = np.zeros(len(component))
        for (k, party), value in prices.share.items():
            rows = component.orders[k]
            met = rows.party == party
            shares[rows.pairs[met]] += value * rows.units[met]
        margin -= shares[own, None]
    return margin


def contract_prices(component: Component, prices: Prices) -> Floats:
    """kappa_p of 4.1.  Shapes: (P,)."""
    both: Floats = prices.parties[component.seller] + prices.parties[component.buyer]
    return both


def bound_at(component: Component, prices: Prices) -> float:
    """4.1 in floats."""
    return rows_worth(component, prices) + float(np.maximum(profits(component, prices), 0.0).sum())


def exact_bound(component: Component, stated: Prices) -> Decimal:
    """4.1 of stated (rounded) multipliers, counted in fractions and rounded up to a millionth of a yuan."""
    total = Fraction(0)
    for k, rows in enumerate(component.orders):
        order = rows.order
        for t in np.flatnonzero(stated.capacity[k] > 0):
            total += _micro(stated.capacity[k, t]) * Fraction(volumes_of(order)[int(t)])
        if rows.stock is not None:
            total += _exact_stock(rows.stock, [_micro(price) for price in stated.capacity[k]])
        if stated.parties[k] > 0 and rows.most is not None:
            total += _micro(stated.parties[k]) * rows.most
    for (k, _), value in stated.share.items():
        total += _micro(value) * share_limit(component, k)
    near = np.flatnonzero(profits(component, stated) > -1e-6 - 1e-9 * _scale(component))
    for p in near.tolist():
        total += max(Fraction(0), _exact_profit(component, stated, p, pair_terms(component, p)))
    micros = -(-total * 1_000_000 // 1)
    return Decimal(int(micros)).scaleb(-6)


def _scale(component: Component) -> Floats:
    """What a pair's profit is a sum of, at the most: how far its floats may be wrong.  Shapes: (P,)."""
    pairs = component.pairs
    scales = ((np.abs(pairs.gain[own]) * pairs.most[own]).sum(axis=1) for own in blocks_of(component))
    return np.concatenate([np.zeros(0), *scales])


def _exact_stock(stock: FloatStock, prices: list[Fraction]) -> Fraction:
    """What a stock adds to 4.1: a seller's opening stock, and every unit that is worth being carried."""
    exact, later = stock.exact, [*prices[1:], Fraction(0)]
    worths = (stock.sign * (after - now) - exact.cost for now, after in zip(prices, later, strict=True))
    opening = prices[0] * exact.opening if exact.of_seller else Fraction(0)
    return opening + exact.capacity * sum((max(Fraction(0), worth) for worth in worths), Fraction(0))


def _exact_profit(component: Component, prices: Prices, p: int, terms: PairTerms) -> Fraction:
    seller, buyer = int(component.seller[p]), int(component.buyer[p])
    shared = sum(
        (
            units
            * _micro(prices.share.get((k, int(component.orders[k].party[component.orders[k].pairs == p][0])), 0.0))
            for k, units in zip((seller, buyer), terms.own_units, strict=True)
            if prices.share
        ),
        Fraction(0),
    )
    margins = []
    for t, most in enumerate(terms.most):
        if most > 0:
            sold = terms.seller_weight * _micros(prices.capacity[seller, t])
            bought = terms.buyer_weight * _micros(prices.capacity[buyer, t])
            margin = Fraction(terms.gain_micro[t] - sold - bought, 1_000_000)
            margins.append((margin - shared if shared else margin, most, t))
    profit = exact_plan(margins, terms.contract_least, terms.contract_most)
    if p in component.tiers:
        profit = exact_discounted_plan(component.tiers[p], margins, terms)
    return profit - terms.contract_cost - _micro(prices.parties[seller]) - _micro(prices.parties[buyer])


def rows_worth(component: Component, prices: Prices) -> float:
    """What the limits of all rows are worth at their multipliers: sum of d_r b_r of 4.1."""
    capacity = supply(component)
    most = np.array([rows.most or 0 for rows in component.orders], dtype=np.float64)
    shares = sum(value * float(share_limit(component, k)) for (k, _), value in prices.share.items())
    stocks = sum(
        rows.stock.capacity * float(np.maximum(rows.stock.worth(prices.capacity[k]), 0.0).sum())
        for k, rows in enumerate(component.orders)
        if rows.stock is not None
    )
    return float((capacity * prices.capacity).sum() + (most * prices.parties).sum() + shares + stocks)


def supply(component: Component) -> Floats:
    """Right sides of the capacity rows.  Maths: 3.1, 3.2, 3.20.  Shapes: (orders, T)."""
    return np.stack([rows.capacity if rows.stock is None else rows.stock.supply for rows in component.orders])


def share_limit(component: Component, k: int) -> Fraction:
    """Greatest volume of one party with an order of the component (3.8)."""
    return any_share(component.orders[k].order) or Fraction(0)


def _micros(value: float) -> int:
    return round(float(value) * 1_000_000)


def _micro(value: float) -> Fraction:
    return Fraction(_micros(value), 1_000_000)


def _rounded(value: float) -> Decimal:
    return Decimal(round(value * 1_000_000)).scaleb(-6)


def proven_by_floats(bound: float) -> Decimal:
    """What a backend has proven, as a decimal that is not below it: its floats may be wrong by a part of all.

    >>> proven_by_floats(450_000_500.0)
    Decimal('450000500.450001')
    """
    return rounded_up(bound + FLOATS * abs(bound))


def rounded_up(value: float) -> Decimal:
    """A float bound as a decimal that is not below it."""
    return Decimal(value).quantize(PLACES, rounding=ROUND_CEILING)
