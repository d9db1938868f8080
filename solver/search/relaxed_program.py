"""The relaxation of a component as a linear program whose columns are added pair by pair (docs/model.md 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, hstack

from solver.pairs.screened import Floats, Ints
from solver.search.bound import Prices, has_parties_row, share_limit, shared_parties, supply
from solver.search.component import Component
from solver.search.linear import LinearProgram
from solver.search.rule_rows import RuleRows

ABSENT = -1  # row of a rule that no volumes have broken yet


@dataclass(frozen=True, slots=True)
class Optimum:
    """Volumes, and what every row costs at them."""

    volumes: Floats  # (P, T)
    prices: Prices
    charges: Floats  # (rules,)
    objective: float


class RelaxedProgram:
    """The restricted program: rows of 3.1, 3.2, 3.7 most, 3.8 requested, 3.4 of each pair, and of broken rules."""

    def __init__(self, component: Component, rules: RuleRows | None = None) -> None:
        self.component = component
        orders, periods = len(component.orders), component.periods
        self.has_parties = np.array([has_parties_row(rows) for rows in component.orders], dtype=bool)
        self.shares = [(k, party) for k, rows in enumerate(component.orders) for party in shared_parties(rows)]
        capacity = supply(component).ravel()
        parties = np.array(
            [rows.most if has_parties_row(rows) else np.inf for rows in component.orders], dtype=np.float64
        )
        shares = np.array([float(share_limit(component, k)) for k, _ in self.shares])
        self.first_parties, self.first_share = orders * periods, orders * (periods + 1)
        self.rows = len(capacity) + len(parties) + len(shares)
        self.linear = LinearProgram(np.concatenate([capacity, parties, shares]))
        self.rules = rules
        self.row_of_rule = np.full(0 if rules is None else len(rules), ABSENT, dtype=np.int64)
        self.columns: list[Ints] = []  # pair x periods + period of each column, by round
        self.stocks = self._add_stocks()  # how many columns stand before those

    def _add_stocks(self) -> int:
        """What each order carries out of each period."""
        periods = self.component.periods
        stocks = [(k, rows.stock) for k, rows in enumerate(self.component.orders) if rows.stock is not None]
        if not stocks:
            return 0
        row, column, value, count = list[int](), list[int](), list[float](), 0
        for k, stock in stocks:
            for t in range(periods):
                ends = [(t, stock.sign)] if t + 1 == periods else [(t, stock.sign), (t + 1, -stock.sign)]
                for period, sign in ends:
                    row.append(k * periods + period)
                    column.append(count)
                    value.append(float(sign))
                count += 1
        entries = csc_array(coo_array((value, (row, column)), shape=(self.rows, count)))
        gain = np.concatenate([np.full(periods, -stock.cost) for _, stock in stocks])
        most = np.concatenate([np.full(periods, stock.capacity) for _, stock in stocks])
        self.linear.add_columns(gain, most, entries)
        return count

    def add_pairs(self, wanted: Ints) -> None:
        """Add all columns of some pairs."""
        component, pairs, periods = self.component, self.component.pairs, self.component.periods
        p, t = np.nonzero(pairs.most[wanted] > 0)
        local, p = p, wanted[p]
        columns = np.arange(len(p))
        per_contract = 1 / pairs.contract_most[p]
        seller, buyer = component.seller[p], component.buyer[p]
        parts = [
            (seller * periods + t, columns, pairs.seller_weight[p]),
            (buyer * periods + t, columns, pairs.buyer_weight[p]),
        ]
        for side in (seller, buyer):
            held = self.has_parties[side]
            parts.append((self.first_parties + side[held], columns[held], per_contract[held]))
        for number, (k, party) in enumerate(self.shares):
            rows = component.orders[k]
            own = np.isin(p, rows.pairs[rows.party == party])
            units = rows.units[np.searchsorted(rows.pairs, p[own])]
            parts.append((np.full(int(own.sum()), self.first_share + number), columns[own], units))
        present = np.flatnonzero(self.row_of_rule != ABSENT)
        if self.rules is not None and len(present):
            taken = coo_array(self.rules.of_volumes[:, p * periods + t][present])
            parts.append((self.row_of_rule[present][taken.row], columns[taken.col], taken.data.astype(np.float64)))
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
        self.linear.add_columns(component.best_gain[p, t] - pairs.contract_cost[p] * per_contract, most, entries)
        self.columns.append(p * periods + t)

    def add_broken(self, volumes: Floats) -> int:
        """Add the rule rows that volumes (P, T) break, however they are stated, if they are not in yet; how many."""
        if self.rules is None:
            return 0
        self.rules = self.rules.stated_for(volumes)
        new = len(self.rules) - len(self.row_of_rule)
        self.row_of_rule = np.append(self.row_of_rule, np.full(new, ABSENT, dtype=np.int64))
        broken = np.setdiff1d(self.rules.broken(volumes), np.flatnonzero(self.row_of_rule != ABSENT))
        none = csr_array((len(broken), self.stocks))
        entries = csr_array(hstack([none, self.rules.of_volumes[:, self.cells][broken]]))
        self.linear.add_rows(self.rules.limits[broken], entries)
        self.row_of_rule[broken] = self.rows + np.arange(len(broken))
        self.rows += len(broken)
        return len(broken)

    def change_costs(self, per_unit: Floats) -> None:
        """Charge every unit of a pair's volume, in place of the contract's cost spread over its greatest volume.

        Shapes: (P,).
        """
        p = self.cells // self.component.periods
        gain = self.component.best_gain.ravel()[self.cells]
        self.linear.change_gains(self.stocks + np.arange(len(self.cells)), gain - per_unit[p])

    def close(self, pairs: Ints) -> None:
        """Give some pairs no volume."""
        self.linear.close(self.stocks + np.flatnonzero(np.isin(self.cells // self.component.periods, pairs)))

    @property
    def cells(self) -> Ints:
        """Pair x periods + period of each column."""
        return np.concatenate(self.columns)

    def solve(self, seconds: float | None) -> Optimum | None:
        """The optimum, or None if the time ended first."""
        optimum = self.linear.solve(seconds)
        if optimum is None:
            return None
        component = self.component
        volumes = np.zeros(component.pairs.gain.size)
        volumes[self.cells] = np.maximum(0.0, optimum.values[self.stocks :])
        orders, duals = len(component.orders), optimum.duals
        prices = Prices(
            duals[: self.first_parties].reshape(orders, component.periods),
            np.where(self.has_parties, duals[self.first_parties : self.first_share], 0.0),
            {key: float(duals[self.first_share + number]) for number, key in enumerate(self.shares)},
        )
        charges = np.where(self.row_of_rule == ABSENT, 0.0, duals[self.row_of_rule])
        return Optimum(volumes.reshape(component.pairs.gain.shape), prices, charges, optimum.objective)
