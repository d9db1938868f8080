"""The linear relaxation of a component, by column generation over its pairs (docs/model.md 4).

A contract is made as far as its volume fills it: y_p = sum_t x_pt / M_p.  That is weaker than 3.3 but small,
and its duals are as good as any in 4.1, where each pair is then judged by its best whole plan.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csc_array

from solver.bound import Prices, bound_at, has_parties_row, no_prices, profits, share_limit, shared_parties
from solver.component import Component
from solver.linear import LinearProgram
from solver.pairs import Floats, Ints

ALL_AT_ONCE = 30_000  # pairs x periods up to which all columns are in from the start
FIRST_PER_ORDER = 8
ROUNDS = 40
CLOSE_ENOUGH = 2e-4  # relative distance of program and bound at which generation ends


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Volumes of the relaxation, the best multipliers met, and 4.1 at them."""

    volumes: Floats  # (P, T)
    prices: Prices
    profits: Floats  # (P,) at the prices
    bound: float


def relax(component: Component, deadline: float | None = None) -> Relaxed:
    """Solve the relaxation; the bound holds for all pairs, also those whose columns were never generated.

    ``deadline``: on the monotonic clock; what was proven by then counts.
    """
    program = _Program(component)
    chosen = np.zeros(len(component), dtype=bool)
    alone = no_prices(component)
    best = Relaxed(np.zeros(component.pairs.gain.shape), alone, profits(component, alone), bound_at(component, alone))
    wanted = _first_columns(component)
    for _ in range(ROUNDS):
        program.add_pairs(wanted)
        chosen[wanted] = True
        optimum = program.solve(None if deadline is None else deadline - time.monotonic())
        if optimum is None:
            break
        volumes, prices, objective = optimum
        profit, bound = profits(component, prices), bound_at(component, prices)
        best = Relaxed(volumes, prices, profit, bound) if bound < best.bound else replace(best, volumes=volumes)
        wanted = np.flatnonzero((profit > 1e-9) & ~chosen)
        if not len(wanted) or best.bound <= objective * (1 + CLOSE_ENOUGH):
            break
        most = max(300, int(chosen.sum()) // 3)
        wanted = np.sort(wanted[np.argsort(-profit[wanted], kind="stable")[:most]])
    return best


def best_per_order(component: Component, worth: Floats, count: int) -> Ints:
    """Positions of the pairs that are among their offer's or their need's best by worth."""
    chosen = np.zeros(len(component), dtype=bool)
    for side in (component.seller, component.buyer):
        order = np.lexsort((-worth, side))
        first = np.flatnonzero(np.diff(side[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        chosen[order[rank < count]] = True
    return np.flatnonzero(chosen).astype(np.int64)


def _first_columns(component: Component) -> Ints:
    if component.pairs.gain.size <= ALL_AT_ONCE:
        return np.arange(len(component), dtype=np.int64)
    return best_per_order(component, profits(component, no_prices(component)), FIRST_PER_ORDER)


class _Program:
    """The restricted program: rows of 3.1, 3.2, 3.7 most and 3.8 requested, and one per pair for 3.4."""

    def __init__(self, component: Component) -> None:
        self.component = component
        orders, periods = len(component.orders), component.periods
        self.has_parties = np.array([has_parties_row(rows) for rows in component.orders], dtype=bool)
        self.shares = [(k, party) for k, rows in enumerate(component.orders) for party in shared_parties(rows)]
        capacity = np.concatenate([rows.capacity for rows in component.orders])
        parties = np.array(
            [rows.most if has_parties_row(rows) else np.inf for rows in component.orders], dtype=np.float64
        )
        shares = np.array([float(share_limit(component, k)) for k, _ in self.shares])
        self.first_parties, self.first_share = orders * periods, orders * (periods + 1)
        self.rows = len(capacity) + len(parties) + len(shares)
        self.linear = LinearProgram(np.concatenate([capacity, parties, shares]))
        self.columns: list[Ints] = []  # pair x periods + period of each column, by round

    def add_pairs(self, wanted: Ints) -> None:
        """Add all columns of some pairs."""
        component, pairs, periods = self.component, self.component.pairs, self.component.periods
        p, t = np.nonzero(pairs.most[wanted] > 0)
        local, p = p, wanted[p]
        columns = np.arange(len(p))
        per_contract = 1 / pairs.contract_most[p]
        seller, buyer = component.seller[p], component.buyer[p]
        parts = [
            (seller * periods + t, columns, 1 + pairs.buyer_up[p]),
            (buyer * periods + t, columns, 1 + pairs.seller_up[p]),
        ]
        for side in (seller, buyer):
            held = self.has_parties[side]
            parts.append((self.first_parties + side[held], columns[held], per_contract[held]))
        for number, (k, party) in enumerate(self.shares):
            rows = component.orders[k]
            own = np.isin(p, rows.pairs[rows.party == party])
            parts.append((np.full(int(own.sum()), self.first_share + number), columns[own], np.ones(int(own.sum()))))
        most = pairs.most[p, t]
        added = 0
        if periods == 1:
            most = np.minimum(most, pairs.contract_most[p])
        else:
            added = len(wanted)
            self.linear.add_rows(pairs.contract_most[wanted])
            parts.append((self.rows + local, columns, np.ones(len(p))))
        self.rows += added
        row, column, value = (np.concatenate(each) for each in zip(*parts, strict=True))
        entries = csc_array(coo_array((value, (row, column)), shape=(self.rows, len(p))))
        self.linear.add_columns(pairs.gain[p, t] - pairs.contract_cost[p] * per_contract, most, entries)
        self.columns.append(p * periods + t)

    def solve(self, seconds: float | None) -> tuple[Floats, Prices, float] | None:
        """Volumes (P, T), prices and objective; None if the time ended first."""
        optimum = self.linear.solve(seconds)
        if optimum is None:
            return None
        component = self.component
        volumes = np.zeros(component.pairs.gain.size)
        volumes[np.concatenate(self.columns)] = np.maximum(0.0, optimum.values)
        orders, duals = len(component.orders), optimum.duals
        prices = Prices(
            duals[: self.first_parties].reshape(orders, component.periods),
            np.where(self.has_parties, duals[self.first_parties : self.first_share], 0.0),
            {key: float(duals[self.first_share + number]) for number, key in enumerate(self.shares)},
        )
        return volumes.reshape(component.pairs.gain.shape), prices, optimum.objective
