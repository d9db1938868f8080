"""Supporting prices of a clearing, for the report only (docs/model.md 5.1).

Shapes: M matches, T periods, R rows.  Units: CNY per grade unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.csgraph import connected_components

from solver.form.clearing import SupportReport
from solver.pairs.screened import Floats, Ints
from solver.search.component import Component, OrderRows, component_of
from solver.search.linear import LinearProgram

if TYPE_CHECKING:
    from solver.form.clearing import Match
    from solver.form.market import Market
    from solver.pairs.screened import Screened
    from solver.pairs.trades import Trade

HALF_CENT = 0.005
MATCHES_AT_ONCE = 300  # of one linear problem, or as many as no order joins to others


@dataclass(frozen=True, slots=True)
class SupportingPrices:
    """What the duals add to every seller's limit and take from every buyer's.  Shapes: (M, T)."""

    component: Component
    seller_rent: Floats
    buyer_rent: Floats


def support_report(
    market: Market, screened: Screened, matches: tuple[Match, ...], trades: tuple[Trade, ...], *, threads: int = 1
) -> SupportReport | None:
    """How many references lie between supporting prices, and how many of those prices leave no choice.

    ``trades``: the matches' limits, in their order.
    None where the linear problem has no answer, so that no number is read from it.
    """
    uniform = sum(1 for match in matches if match.price is not None and match.price.uniform)
    if not matches:
        return SupportReport(matches=0, supported=0, without_width=0, uniform=0)
    found = supporting_prices(screened, positions_of(market, screened, matches), threads=threads)
    if found is None:
        return None
    component = found.component
    row_of = {
        (component.orders[offer].order.id, component.orders[need].order.id): row
        for row, (offer, need) in enumerate(zip(component.seller.tolist(), component.buyer.tolist(), strict=True))
    }
    supported, tight = 0, set[tuple[str, int]]()
    for match, trade in zip(matches, trades, strict=True):
        row = row_of[match.offer, match.need]
        between = True
        for t in trade.periods:
            lowest = float(trade.limits.ask(t)) + found.seller_rent[row, t]
            highest = float(trade.limits.bid(t)) - found.buyer_rent[row, t]
            reference = None if match.price is None else match.price.reference[t]
            if reference is None or not lowest - HALF_CENT <= float(reference) <= highest + HALF_CENT:
                between = False
            if abs(highest - lowest) <= HALF_CENT:
                tight |= {(match.offer, t), (match.need, t)}
        supported += between
    return SupportReport(matches=len(matches), supported=supported, without_width=len(tight), uniform=uniform)


def supporting_prices(screened: Screened, positions: Ints, *, threads: int = 1) -> SupportingPrices | None:
    """Duals of the clearing's linear problem with all decisions fixed; None if it has no optimum.

    Matches that share no order, not even by way of others, have problems of their own; HiGHS solves them outside the
    interpreter's lock.
    Maths: docs/model.md 5.1.
    """
    whole = component_of(screened, positions)
    seller_rent, buyer_rent = np.zeros(whole.pairs.gain.shape), np.zeros(whole.pairs.gain.shape)
    parts = sorted(_apart(whole), key=len, reverse=True)  # what takes longest begins first
    with ThreadPoolExecutor(max(1, threads)) as pool:
        rents = list(pool.map(lambda part: _rents(component_of(screened, positions[part])), parts))
    for part, found in zip(parts, rents, strict=True):
        if found is None:
            return None
        seller_rent[part], buyer_rent[part] = found
    return SupportingPrices(whole, seller_rent, buyer_rent)


def _apart(component: Component) -> list[Ints]:
    """Positions of matches that no order joins to the others, some hundreds at a time."""
    orders = len(component.orders)
    graph = coo_array((np.ones(len(component)), (component.seller, component.buyer)), shape=(orders, orders))
    _, label = connected_components(graph, directed=False)
    of_pair = label[component.seller]
    order = np.argsort(of_pair, kind="stable")
    ends = np.flatnonzero(np.diff(of_pair[order], append=-1)) + 1
    batch = np.searchsorted(ends, np.arange(MATCHES_AT_ONCE, len(order), MATCHES_AT_ONCE))
    cuts = np.unique(ends[batch])
    return np.split(order.astype(np.int64), cuts[cuts < len(order)])


def _rents(component: Component) -> tuple[Floats, Floats] | None:
    """What the duals add to sellers' limits and take from buyers'.  Shapes: (M, T) each."""
    matches, periods = len(component), component.periods
    rows = list(rows_of(component))
    entries = np.concatenate([np.full(len(row.columns), number) for number, row in enumerate(rows)])
    columns = np.concatenate([row.columns for row in rows])
    values = np.concatenate([row.values for row in rows])
    program = LinearProgram(np.array([row.most for row in rows]), many_tight=True)
    entries_by_column = csc_array(coo_array((values, (entries, columns)), shape=(len(rows), matches * periods)))
    program.add_columns(component.pairs.gain.ravel(), allowed(component).ravel(), entries_by_column)
    _add_stocks(program, component, rows)
    optimum = program.solve()
    if optimum is None:
        return None
    rents = {True: np.zeros((matches, periods)), False: np.zeros((matches, periods))}
    for row, dual in zip(rows, optimum.duals.tolist(), strict=True):
        if row.of_offer is not None:
            rents[row.of_offer].ravel()[row.columns] += row.values * dual
    return rents[True], rents[False]


@dataclass(frozen=True, slots=True)
class Row:
    """values x volumes[columns] <= most; ``of_offer`` says whose capacity it is, None for any other row."""

    columns: Ints
    values: Floats
    most: float
    of_offer: bool | None = None
    cell: tuple[int, int] | None = None  # of a capacity row: order and period


def rows_of(component: Component) -> Iterator[Row]:
    """3.1, 3.2, 3.4, 3.6, 3.8 and 3.9 with every contract made and every order of a match filled."""
    periods = component.periods
    for pair in range(len(component)):
        columns = _columns(np.array([pair]), periods)
        ones = np.ones(len(columns))
        if component.pairs.contract_most[pair] < (1 - 1e-9) * component.pairs.most[pair].sum():
            yield Row(columns, ones, float(component.pairs.contract_most[pair]))
        yield Row(columns, -ones, -float(component.pairs.contract_least[pair]))
    for k, order in enumerate(component.orders):
        of_offer = order.order.side == "offer"
        supply = order.capacity if order.stock is None else order.stock.supply
        for t in range(periods):
            yield Row(order.pairs * periods + t, order.weight, float(supply[t]), of_offer, (k, t))
        yield from _term_rows(order, periods)


def _add_stocks(program: LinearProgram, component: Component, rows: Sequence[Row]) -> None:
    """What each order with stock carries out of each period (3.20)."""
    row_of = {row.cell: number for number, row in enumerate(rows) if row.cell is not None}
    for k, order in enumerate(component.orders):
        if order.stock is None:
            continue
        for t in range(component.periods):
            ends = [(row_of[k, t], order.stock.sign)]
            if t + 1 < component.periods:
                ends.append((row_of[k, t + 1], -order.stock.sign))
            numbers, signs = zip(*ends, strict=True)
            entries = coo_array(
                (np.array(signs, dtype=np.float64), (numbers, np.zeros(len(ends), dtype=np.int64))),
                shape=(len(rows), 1),
            )
            program.add_columns(np.array([-order.stock.cost]), np.array([order.stock.capacity]), csc_array(entries))


def allowed(component: Component) -> Floats:
    """Upper bounds that the rows do not imply: u_pt only where it is 0, else scarcity would show there."""
    return np.where(component.pairs.most > 0, np.inf, 0.0)


def _term_rows(order: OrderRows, periods: int) -> Iterator[Row]:
    every, units = _columns(order.pairs, periods), order.each_unit.ravel()
    if order.filled_least > 0:
        yield Row(every, -units, -order.filled_least)
    if order.share is not None:
        for party in order.parties:
            of_party = np.repeat(order.party == party, periods).astype(np.float64)
            if order.share_of_awarded:
                yield Row(every, (of_party - order.share) * units, 0.0)
            else:
                yield Row(every, of_party * units, order.share * order.total)
    if order.trial is not None:
        yield Row(every, order.trial.ravel().astype(np.float64) * units, order.trial_most)


def _columns(pairs: Ints, periods: int) -> Ints:
    columns: Ints = (pairs[:, None] * periods + np.arange(periods)).ravel()
    return columns


def positions_of(market: Market, screened: Screened, matches: Sequence[Match]) -> Ints:
    """Where the matches' pairs stand among the screened; both are ordered by offer and need position."""
    position = {order.id: i for i, order in enumerate(market.orders)}
    keys = screened.pairs.offer * len(market.orders) + screened.pairs.need
    wanted = np.array([position[match.offer] * len(market.orders) + position[match.need] for match in matches])
    found: Ints = np.flatnonzero(np.isin(keys, wanted)).astype(np.int64)
    return found
