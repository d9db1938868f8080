"""What rules ask of volumes alone, as rows of the relaxation (docs/model.md 4.3).

Whether any contract of some is made is no column there.  It is at least the part of their volume that they have, at
least what any one of them is filled, at most 1, and at most what they have of their least volumes: with one of these in
its place a row is weaker, and holds for every clearing that keeps the rule.  Which says most depends on the volumes, so
that rows are stated anew for volumes that break them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from solver.pairs.screened import Floats, Ints
from solver.pairs.stock import deliverable_total
from solver.search.component import Component, OrderRows
from solver.search.rules.row import Row

NEAR = 1e-9  # relative: a row that may be exceeded by so little is left out
BEYOND = 1e-6  # of its limit, and of 1: how far a row has to be exceeded to be looked at
SMALLEST = 100.0  # part of a contract's greatest size that its least one may be to be counted by
NO_CELLS, NO_VALUES = np.zeros(0, dtype=np.int64), np.zeros(0)


@dataclass(frozen=True, slots=True)
class _Count:
    """Whether any of some contracts is made, in a row: each way of saying so with volumes and contracts."""

    pairs: Ints
    coefficient: float
    share: Floats  # (pairs,): per unit of volume, how far they are made at the least
    least: Floats | None  # (pairs,): per unit of volume, how far they are made at the most; None: that says nothing


@dataclass(frozen=True, slots=True)
class _Stated:
    """A row: sum over cells, and over contracts as far as they are made, not above its limit."""

    cells: Ints
    values: Floats
    limit: float
    pairs: Ints
    by: Floats


@dataclass(frozen=True, slots=True)
class _Counting:
    """A row that counts contracts."""

    cells: Ints
    values: Floats
    limit: float
    counts: tuple[_Count, ...]

    def stated(self, volumes: Floats, filled: Floats, periods: int) -> _Stated:
        """The row as it is strictest at volumes.  Shapes: volumes, filled (P,)."""
        cells, values, limit = [self.cells], [self.values], self.limit
        pairs, by = list[int](), list[float]()
        for count in self.counts:
            own, held = count.pairs, volumes[count.pairs]
            if count.coefficient > 0:
                most = int(np.argmax(filled[own]))
                if filled[own[most]] >= float(count.share @ held):
                    pairs.append(int(own[most]))
                    by.append(count.coefficient)
                    continue
                share = count.share
            elif count.least is not None and float(count.least @ held) < 1.0:
                share = count.least
            else:
                limit -= count.coefficient
                continue
            cells.append(_cells_of(own, periods))
            values.append(count.coefficient * np.repeat(share, periods))
        return _Stated(
            np.concatenate(cells), np.concatenate(values), limit, np.array(pairs, dtype=np.int64), np.array(by)
        )


@dataclass(frozen=True)
class RuleRows:
    """Rows over all volumes of a component, and how far contracts are made, each not above its limit."""

    by_cell: csr_array  # (R, P x T)
    by_contract: csr_array  # (R, P)
    limits: Floats  # (R,)
    contract_most: Floats  # (P,)
    counting: tuple[_Counting, ...]  # those that can be stated otherwise

    def __len__(self) -> int:
        return len(self.limits)

    @cached_property
    def of_volumes(self) -> csc_array:
        """The rows if a contract is made as far as its volume fills it.  Shapes: (R, P x T)."""
        pairs = len(self.contract_most)
        periods = self.by_cell.shape[1] // pairs
        cells = np.arange(pairs * periods)
        spread = csr_array((np.repeat(1 / self.contract_most, periods), (cells // periods, cells)), (pairs, len(cells)))
        return csc_array(self.by_cell + self.by_contract @ spread)

    def broken(self, volumes: Floats) -> Ints:
        """The rows that volumes are beyond, contracts made as far as they fill them.  Shapes: volumes (P, T)."""
        return np.flatnonzero(_beyond(self.of_volumes @ volumes.ravel(), self.limits))

    def stated_for(self, volumes: Floats) -> RuleRows:
        """The rows, and those that volumes break if they are stated otherwise.  Shapes: volumes (P, T)."""
        by_pair, periods = volumes.sum(axis=1), volumes.shape[1]
        filled = by_pair / self.contract_most
        ways = (row.stated(by_pair, filled, periods) for row in self.counting)
        flat = volumes.ravel()
        broken = [
            row for row in ways if _beyond(float(row.values @ flat[row.cells] + row.by @ filled[row.pairs]), row.limit)
        ]
        if not broken:
            return self
        more = _matrices(broken, self.by_cell.shape[1], len(filled))
        return replace(
            self,
            by_cell=vstack([self.by_cell, more[0]], format="csr"),
            by_contract=vstack([self.by_contract, more[1]], format="csr"),
            limits=np.append(self.limits, [row.limit for row in broken]),
        )

    def charged(self, component: Component, prices: Floats) -> Component:
        """The component with what it takes of the rows charged to gains and costs.  Shapes: prices (R,)."""
        pairs = component.pairs
        per_unit = (self.by_cell.T @ prices).reshape(pairs.gain.shape)
        cost = pairs.contract_cost + self.by_contract.T @ prices
        return replace(component, pairs=replace(pairs, gain=pairs.gain - per_unit, contract_cost=cost))

    def worth(self, prices: Floats) -> float:
        """What the limits are worth: with it, 4.1 of the charged component is a bound of the component."""
        return float(prices @ self.limits)


def _beyond(taken: Any, limits: Any) -> Any:
    return taken - limits > BEYOND * np.maximum(1.0, np.abs(limits))


def rule_rows(component: Component) -> RuleRows | None:
    """All rows that say something beside 3.1 to 3.4; None where there are none."""
    every = list(_rows(component))
    shares = [_by_shares(component, row) for row in every]
    found = [row for row in shares if _binds(component, row)]
    counting = tuple(row for row in every if row.counts)
    if not found and not counting:
        return None
    pairs = component.pairs
    by_cell, by_contract = _matrices(found, pairs.gain.size, len(pairs))
    limits = np.array([row.limit for row in found])
    return RuleRows(by_cell, by_contract, limits, pairs.contract_most, counting)


def _by_shares(component: Component, row: _Counting) -> _Stated:
    """The row with the part of their volume for whether contracts are made, or 1 where that would make it stricter."""
    cells, values, limit = [row.cells], [row.values], row.limit
    pairs, by = list[int](), list[float]()
    for count in row.counts:
        if count.coefficient < 0:
            limit -= count.coefficient
        elif len(count.pairs) == 1:
            pairs.append(int(count.pairs[0]))
            by.append(count.coefficient)
        else:
            cells.append(_cells(component, count.pairs))
            values.append(count.coefficient * np.repeat(count.share, component.periods))
    return _Stated(np.concatenate(cells), np.concatenate(values), limit, np.array(pairs, dtype=np.int64), np.array(by))


def _matrices(rows: Sequence[_Stated], cells: int, pairs: int) -> tuple[csr_array, csr_array]:
    """Coefficients of volumes and of contracts.  Shapes: (rows, cells), (rows, pairs)."""
    by_cell = _matrix([(row.cells, row.values) for row in rows], cells)
    return by_cell, _matrix([(row.pairs, row.by) for row in rows], pairs)


def _matrix(rows: Sequence[tuple[Ints, Floats]], columns: int) -> csr_array:
    starts = np.concatenate([[0], np.cumsum([len(own) for own, _ in rows])]).astype(np.int64)
    own = np.concatenate([np.zeros(0, dtype=np.int64), *(own for own, _ in rows)])
    values = np.concatenate([np.zeros(0), *(values for _, values in rows)])
    found = csr_array((values, own, starts), shape=(len(rows), columns))
    found.sum_duplicates()
    return found


def _binds(component: Component, row: _Stated) -> bool:
    most = float((np.maximum(row.values, 0.0) * component.pairs.most.ravel()[row.cells]).sum())
    most += float(np.maximum(row.by, 0.0).sum())
    return most > row.limit + NEAR * max(1.0, abs(row.limit))


def _rows(component: Component) -> Iterator[_Counting]:
    """What every order and every rule asks."""
    totals = np.array([_most_of(rows) for rows in component.orders])
    for rows in component.orders:
        yield from _of_order(component, rows, totals)
    for rule in component.rules:
        if isinstance(rule, Row):
            yield _of_rule(component, rule, totals)


def _most_of(rows: OrderRows) -> float:
    """What an order may trade over the term; with stock that may be more than it makes or takes."""
    stocked = deliverable_total(rows.order)
    return float(rows.capacity.sum()) if stocked is None else float(stocked)


def _of_order(component: Component, rows: OrderRows, totals: Floats) -> Iterator[_Counting]:
    """3.9, 3.8 of the awarded volume, 3.6 and 3.7."""
    if rows.trial is not None:
        cells = _cells(component, rows.pairs).reshape(rows.trial.shape)
        yield _Counting(cells[rows.trial], rows.each_unit[rows.trial], rows.trial_most, ())
    if rows.share is not None and rows.share_of_awarded and rows.share < 1:
        for party in rows.parties:
            of_all = np.where(rows.party == party, 1.0 - rows.share, -rows.share) * rows.units
            yield _Counting(_cells(component, rows.pairs), np.repeat(of_all, component.periods), 0.0, ())
    if rows.filled_least > 0:
        every = _count(component, rows.pairs, rows.filled_least, totals)
        yield _Counting(_cells(component, rows.pairs), -rows.each_unit.ravel(), 0.0, (every,))
    parties = [rows.pairs[rows.party == party] for party in rows.parties]
    if rows.most is not None and rows.most < len(parties) and not rows.one_pair_each:
        counts = tuple(_count(component, own, 1.0, totals) for own in parties)
        yield _Counting(NO_CELLS, NO_VALUES, float(rows.most), counts)
    if rows.least > 1:
        counts = tuple(_count(component, own, -1.0, totals) for own in parties)
        every = _count(component, rows.pairs, float(rows.least), totals)
        yield _Counting(NO_CELLS, NO_VALUES, 0.0, (*counts, every))


def _of_rule(component: Component, rule: Row, totals: Floats) -> _Counting:
    sign = -1.0 if rule.at_least else 1.0
    cells = _cells(component, np.fromiter(rule.floats, dtype=np.int64))
    values = sign * np.concatenate([NO_VALUES, *rule.floats.values()])
    counts = (
        _count(component, np.array(contracts, dtype=np.int64), sign * float(coefficient), totals)
        for contracts, coefficient in rule.made.items()
        if contracts and coefficient
    )
    return _Counting(cells, values, sign * float(rule.limit), tuple(counts))


def _count(component: Component, pairs: Ints, coefficient: float, totals: Floats) -> _Count:
    least, most = component.pairs.contract_least[pairs], component.pairs.contract_most[pairs]
    usable = bool((least * SMALLEST >= most).all())
    return _Count(pairs, coefficient, _share(component, pairs, totals), 1 / least if usable else None)


def _share(component: Component, pairs: Ints, totals: Floats) -> Floats:
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
    return _cells_of(pairs, component.periods)


def _cells_of(pairs: Ints, periods: int) -> Ints:
    cells: Ints = (pairs[:, None] * periods + np.arange(periods)).ravel()
    return cells
