"""Lowest and highest supporting price per grade, region and period on the dual face of 5.1 (docs/model.md 5.8).

The face by complementary slackness with one optimum: multipliers of slack rows are 0, volumes that are positive leave
no reduced gain.  Shapes: R rows, C columns (matches x periods).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array, csr_array

from solver.form.stability import SupportingInterval
from solver.pricing.support import Row, allowed, positions_of, rows_of
from solver.search.component import component_of
from solver.search.linear import LinearProgram

if TYPE_CHECKING:
    from solver.form.clearing import Match
    from solver.form.market import Market
    from solver.pairs.screened import Floats, Screened
    from solver.stability.payoffs import Payoff

NEAR = 1e-6  # grade units: less volume, or slack, is none
CENT = Decimal("0.01")


def intervals(
    market: Market, screened: Screened, matches: tuple[Match, ...], payoffs: dict[tuple[str, str], Payoff]
) -> tuple[list[SupportingInterval], list[str]]:
    """All intervals, and the grades that have none."""
    found, without = [], []
    for grade in market.grades:
        own = tuple(match for match in matches if match.grade == grade.id)
        if own:
            of_grade = _of_grade(market, screened, own, payoffs)
            found += of_grade or []
            without += [] if of_grade else [grade.id]
    return found, without


def _of_grade(
    market: Market, screened: Screened, matches: tuple[Match, ...], payoffs: dict[tuple[str, str], Payoff]
) -> list[SupportingInterval] | None:
    component = component_of(screened, positions_of(market, screened, matches))
    if component.tiers or any(rows.stock is not None for rows in component.orders):
        return None
    rows = list(rows_of(component))
    matrix = _matrix(rows, component.pairs.gain.size)
    gain, most = component.pairs.gain.ravel(), allowed(component).ravel()
    limits = np.array([row.most for row in rows])
    program = LinearProgram(limits, many_tight=True)
    program.add_columns(gain, most, csc_array(matrix))
    optimum = program.solve()
    if optimum is None:
        return None
    columns = np.flatnonzero(most > 0)
    on = optimum.values[columns] > NEAR
    slack = limits - matrix @ optimum.values > NEAR
    bounds = [(0.0, 0.0 if loose else None) for loose in slack]
    above, equal = columns[~on], columns[on]
    face: dict[str, Any] = {
        "A_ub": -matrix[:, above].T if len(above) else None,
        "b_ub": -gain[above] if len(above) else None,
        "A_eq": matrix[:, equal].T if len(equal) else None,
        "b_eq": gain[equal] if len(equal) else None,
        "bounds": bounds,
        "method": "highs",
    }
    made = {(match.offer, match.need): match for match in matches}
    cells: dict[tuple[str, int], list[tuple[int, float]]] = {}
    for p, (seller, buyer) in enumerate(zip(component.seller.tolist(), component.buyer.tolist(), strict=True)):
        ends = component.orders[seller].order, component.orders[buyer].order
        trade = payoffs[ends[0].id, ends[1].id].trade
        extra = made[ends[0].id, ends[1].id]
        place = ends[1].site if ends[1].delivery.place is None else ends[1].delivery.place
        for t in trade.periods:
            middle = float(trade.limits.ask(t) + trade.limits.bid(t)) / 2
            delivered = middle + float(extra.freight_cny_per_unit - extra.quality_cny_per_unit)
            cells.setdefault((place.region or "", t), []).append((p * component.periods + t, delivered))
    return list(_ends(market, matches[0].grade, cells, rows, matrix, face))


def _ends(
    market: Market,
    grade: str,
    cells: dict[tuple[str, int], list[tuple[int, float]]],
    rows: list[Row],
    matrix: csc_array,
    face: dict[str, Any],
) -> Iterator[SupportingInterval]:
    """Mean of (seller's + buyer's supporting price) / 2: the middle of both limits, and half of either's rent."""
    sign = np.array([0.0 if row.of_offer is None else 0.5 if row.of_offer else -0.5 for row in rows])
    for (region, t), members in sorted(cells.items()):
        columns = [column for column, _ in members]
        rents: Floats = sign * np.asarray(matrix[:, columns].sum(axis=1)).ravel() / len(members)
        middle = sum(delivered for _, delivered in members) / len(members)
        lowest, highest = (linprog(direction * rents, **face) for direction in (1.0, -1.0))
        if lowest.status != 0 or highest.status != 0:
            continue
        yield SupportingInterval(
            grade=grade,
            region=region or None,
            period=market.calendar[t],
            lowest=Decimal(middle + lowest.fun).quantize(CENT),
            highest=Decimal(middle - highest.fun).quantize(CENT),
        )


def _matrix(rows: list[Row], columns: int) -> csc_array:
    """Rows by columns."""
    numbers = np.concatenate([np.full(len(row.columns), number) for number, row in enumerate(rows)])
    places = np.concatenate([row.columns for row in rows])
    values = np.concatenate([row.values for row in rows])
    return csc_array(csr_array(coo_array((values, (numbers, places)), shape=(len(rows), columns))))
