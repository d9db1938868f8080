"""Clearing of a market: screen, decompose, search, round, price, explain (docs/model.md)."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

from solver.backend import versions
from solver.clearing import Clearing, ComponentResult, Multipliers, Status, SupportReport, WorkLimits
from solver.component import Component, component_of
from solver.decompose import components
from solver.explain import outcomes
from solver.honoured import refuse_unhonoured
from solver.market import Market, content_hash
from solver.matches import matches_of
from solver.pairs import Screened
from solver.prices import price
from solver.screen import screen
from solver.search import Found, search

MODEL = "changdan 1"
CENT, MILLIONTH = Decimal("0.01"), Decimal("0.000001")
OPTIMAL_GAP = MILLIONTH

Progress = Callable[[dict[str, Any]], None]


def clear(
    market: Market,
    limits: WorkLimits = WorkLimits(),  # noqa: B008 - frozen
    *,
    seconds: float | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Clearing:
    """Match a market's offers and needs: the greatest welfare found, and a bound that no clearing exceeds.

    ``limits`` end the search by work, so that the same market and limits give the same bytes; ``seconds`` is a
    safety net, and ``clock_hit`` tells when it was needed.  ``progress`` is called after each component with its
    number, how many there are, and its gap.  The result is not verified here: see :func:`solver.verify.verify`.
    Raises: MarketError naming every term that this version does not clear.
    """
    refuse_unhonoured(market)
    deadline = None if seconds is None else time.monotonic() + seconds
    screened = screen(market)
    parts = [component_of(screened, positions) for positions in components(screened)]
    results: list[tuple[Found, ComponentResult]] = []
    for number, part in enumerate(parts, start=1):
        left = None if deadline is None else max(0.1, deadline - time.monotonic())
        found = search(part, limits, left)
        result = _component_result(number, part, found)
        results.append((found, result))
        if progress is not None:
            progress({"component": number, "of": len(parts), "gap": float(gap_of(result.objective, result.bound))})
    return _clearing(market, screened, limits, results)


def gap_of(objective: Decimal, bound: Decimal) -> Decimal:
    """4.2, rounded up to a millionth."""
    with localcontext() as context:
        context.prec = 40
        gap = (bound - objective) / max(abs(bound), Decimal(1))
        return max(Decimal(0), gap).quantize(MILLIONTH, rounding=ROUND_CEILING)


def _component_result(number: int, part: Component, found: Found) -> ComponentResult:
    exact = found.volumes.welfare()
    bound = max(found.bound, exact)
    if bound - exact < CENT:
        bound = exact  # what is left is the rounding of the bound itself (4.2)
    objective, stated = _down(exact), _down(exact) if bound == exact else _up(bound)
    status: Status = found.status
    if status == "feasible" and found.proven and gap_of(objective, stated) <= OPTIMAL_GAP:
        status = "optimal"
    offers = sum(part.screened.market.orders[rows.position].side == "offer" for rows in part.orders)
    return ComponentResult(
        number=number,
        offers=offers,
        needs=len(part.orders) - offers,
        pairs=len(part),
        status=status,
        objective=objective,
        bound=stated,
        bound_kind=found.bound_kind,
    )


def _clearing(
    market: Market, screened: Screened, limits: WorkLimits, results: list[tuple[Found, ComponentResult]]
) -> Clearing:
    exact = sum((found.volumes.welfare() for found, _ in results), Decimal(0))
    bound = sum((max(found.bound, found.volumes.welfare()) for found, _ in results), Decimal(0))
    matches = matches_of(market, [found.volumes for found, _ in results])
    multipliers = Multipliers({name: value for found, _ in results for name, value in found.prices.items()})
    support: SupportReport | None = None
    if matches:
        matches, support = price(market, screened, matches)
    objective, stated = _down(exact), _down(exact) if bound - exact < CENT else _up(bound)
    gap = gap_of(objective, stated)
    status, note = _status(results, gap)
    return Clearing(
        format="changdan-clearing/1",
        status=status,
        objective=objective,
        bound=stated,
        bound_kind="solver" if any(result.bound_kind == "solver" for _, result in results) else "recomputed",
        gap=gap,
        market_hash=content_hash(market),
        solver={"model": MODEL, "language": f"python {platform.python_version()}", **versions()},
        limits=limits,
        clock_hit=any(found.clock_hit for found, _ in results),
        matches=matches,
        orders=outcomes(market, screened, matches, multipliers),
        components=tuple(result for _, result in results),
        multipliers=multipliers,
        support=support,
        note=note,
    )


def _status(results: list[tuple[Found, ComponentResult]], gap: Decimal) -> tuple[Status, str | None]:
    """6: the status of the whole, and what is to be said of it."""
    if not results:
        return "empty", "no offer and need pass the screen together; the orders tell why"
    failed = [result.number for _, result in results if result.status == "failed"]
    if len(failed) == len(results):
        return "failed", "no component could be searched: " + (results[0][0].why or "")
    notes = [f"component {result.number} failed: {found.why}" for found, result in results if result.status == "failed"]
    dropped = sum(found.dropped for found, _ in results)
    if dropped:
        notes.append(f"{dropped} contracts were dropped because no whole volumes keep their minimum")
    proven = all(result.status == "optimal" for _, result in results)
    return ("optimal" if proven and gap <= OPTIMAL_GAP else "feasible"), "; ".join(notes) or None


def _down(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_FLOOR)


def _up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_CEILING)
