"""The relaxation of a component as a linear program whose columns are added pair by pair (docs/model.md 4)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csc_array

from solver.pairs.screened import Floats, Ints
from solver.search.bound import Prices, has_parties_row, share_limit, shared_parties, supply
from solver.search.component import Component
from solver.search.linear import LinearProgram


class RelaxedProgram:
    """The restricted program: rows of 3.1, 3.2, 3.7 most and 3.8 requested, and one per pair for 3.4."""

    def __init__(self, component: Component) -> None:
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

    def solve(self, seconds: float | None) -> tuple[Floats, Prices, float] | None:
        """Volumes (P, T), prices and objective; None if the time ended first."""
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
        return volumes.reshape(component.pairs.gain.shape), prices, optimum.objective
