"""What rules ask of volumes alone, as rows of the relaxation (docs/model.md 4.3).

Whether any contract of an order is made is no column there.  It is at least the part of the order's volume that its
contracts have, and at most 1: with that in its place a row is weaker, and holds for every clearing that keeps the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, csr_array

from solver.pairs.screened import Floats, Ints
from solver.search.bound import supply
from solver.search.component import Component, OrderRows
from solver.search.rules.row import Row

NEAR = 1e-9  # relative: a row that may be exceeded by so little is left out
BEYOND = 1e-6  # of its limit, and of 1: how far a row has to be exceeded to be looked at


@dataclass(frozen=True, slots=True)
class RuleRows:
    """Rows over all volumes of a component, each not above its limit."""

    by_cell: csc_array  # (R, P x T)
    limits: Floats  # (R,)

    def __len__(self) -> int:
        return len(self.limits)

    def broken(self, volumes: Floats) -> Ints:
        """The rows that volumes are beyond.  Shapes: volumes (P, T)."""
        beyond = self.by_cell @ volumes.ravel() - self.limits
        return np.flatnonzero(beyond > BEYOND * np.maximum(1.0, np.abs(self.limits)))

    def charged(self, component: Component, prices: Floats) -> Component:
        """The component with what its volumes take of the rows charged to their gains.  Shapes: prices (R,)."""
        per_unit = (self.by_cell.T @ prices).reshape(component.pairs.gain.shape)
        return replace(component, pairs=replace(component.pairs, gain=component.pairs.gain - per_unit))

    def worth(self, prices: Floats) -> float:
        """What the limits are worth: with it, 4.1 of the charged component is a bound of the component."""
        return float(prices @ self.limits)


def rule_rows(component: Component) -> RuleRows | None:
    """All rows that say something beside 3.1 to 3.4; None where there are none."""
    found = [
        (cells, values, limit) for cells, values, limit in _rows(component) if _binds(component, cells, values, limit)
    ]
    if not found:
        return None
    lengths = [len(cells) for cells, _, _ in found]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    cells, values = (np.concatenate([row[i] for row in found]) for i in (0, 1))
    shape = (len(found), component.pairs.gain.size)
    by_cell = csc_array(csr_array((values, cells, starts), shape=shape))
    by_cell.sum_duplicates()
    return RuleRows(by_cell, np.array([limit for _, _, limit in found]))


def _binds(component: Component, cells: Ints, values: Floats, limit: float) -> bool:
    most = float((np.maximum(values, 0.0) * component.pairs.most.ravel()[cells]).sum())
    return most > limit + NEAR * max(1.0, abs(limit))


def _rows(component: Component) -> Iterator[tuple[Ints, Floats, float]]:
    """Cells, coefficients and limit of each row."""
    totals = supply(component).sum(axis=1)
    for rows in component.orders:
        yield from _of_order(component, rows)
    for rule in component.rules:
        if isinstance(rule, Row):
            yield _of_rule(component, rule, totals)


def _of_order(component: Component, rows: OrderRows) -> Iterator[tuple[Ints, Floats, float]]:
    """3.9, and 3.8 of the awarded volume."""
    if rows.trial is not None:
        cells = _cells(component, rows.pairs).reshape(rows.trial.shape)
        yield cells[rows.trial], rows.each_unit[rows.trial], rows.trial_most
    if rows.share is not None and rows.share_of_awarded and rows.share < 1:
        for party in rows.parties:
            of_all = np.where(rows.party == party, 1.0 - rows.share, -rows.share) * rows.units
            yield _cells(component, rows.pairs), np.repeat(of_all, component.periods), 0.0


def _of_rule(component: Component, rule: Row, totals: Floats) -> tuple[Ints, Floats, float]:
    sign = -1.0 if rule.at_least else 1.0
    limit = sign * float(rule.limit)
    cells = [_cells(component, np.fromiter(rule.floats, dtype=np.int64))]
    values = [sign * np.concatenate([np.zeros(0), *rule.floats.values()])]
    for contracts, coefficient in rule.made.items():
        by = sign * float(coefficient)
        if by < 0 or not contracts:
            limit -= min(by, 0.0) if contracts else 0.0  # at most 1
            continue
        pairs = np.array(contracts, dtype=np.int64)
        cells.append(_cells(component, pairs))
        values.append(by * np.repeat(_filled(component, pairs, totals), component.periods))
    return np.concatenate(cells), np.concatenate(values), limit


def _filled(component: Component, pairs: Ints, totals: Floats) -> Floats:
    """Per unit of volume: how far contracts are made, at the least, whichever way of counting says most."""
    own = component.pairs
    ways = [np.full(len(pairs), 1 / own.contract_most[pairs].sum())]
    for orders, weights in ((component.seller, own.seller_weight), (component.buyer, own.buyer_weight)):
        total = float(totals[np.unique(orders[pairs])].sum())
        if total > 0:
            ways.append(weights[pairs] / total)
    return max(ways, key=lambda each: float((each * own.contract_most[pairs]).sum()))


def _cells(component: Component, pairs: Ints) -> Ints:
    """Pair x periods + period of all volumes of some pairs."""
    cells: Ints = (pairs[:, None] * component.periods + np.arange(component.periods)).ravel()
    return cells
