"""Clearing of a market: screen, decompose, search, round, price, explain (docs/model.md)."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import Any

import msgspec

from solver.explaining.explain import outcomes
from solver.form.clearing import (
    Clearing,
    ComponentResult,
    Contradiction,
    Multipliers,
    NearEquals,
    Status,
    SupportReport,
    WorkLimits,
)
from solver.form.honoured import refuse_unhonoured
from solver.form.market import Market, content_hash
from solver.pairs.counted import counted
from solver.pairs.firm import with_firm
from solver.pairs.screened import Screened
from solver.pricing.prices import price
from solver.relaxing import Served, contradictions, in_words
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.backend import versions
from solver.search.component import component_of
from solver.search.exact import ExactVolumes
from solver.search.found import Found
from solver.search.matches import matches_of
from solver.search.near_equal_aims import aims_of
from solver.search.near_equals import nearly_equal, stated_aims
from solver.search.whole import Guard, search_all
from solver.search.workers import Pool

MODEL = "changdan 1"
CENT, MILLIONTH = Decimal("0.01"), Decimal("0.000001")
OPTIMAL_GAP = MILLIONTH
ENDING = 0.05  # part of a limit in seconds that is kept for what is under way when the time of the search is over
PRICING_S, PAIR_S = 0.0009, 3e-6  # seconds that are kept for the price and the reasons of each order and pair

Progress = Callable[[dict[str, Any]], None]


def clear(
    market: Market,
    limits: WorkLimits = WorkLimits(),  # noqa: B008 - frozen
    *,
    warm: Clearing | None = None,
    seconds: float | None = None,
    component_seconds: float | None = None,
    memory_mb: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Clearing:
    """Match a market's offers and needs: the greatest welfare found, and a bound that no clearing exceeds.

    ``warm``: an earlier clearing to begin with, of this market or of one much like it; an input, so the result names
    its hash.  It is not trusted: what of it does not fit is left out, what it proves is counted again.
    ``limits`` end the search by work, so that the same market and limits give the same bytes; ``seconds`` (of the
    whole, prices and reasons included), those of one component and the address space of a process (10^6 bytes) are
    safety nets, and the clearing tells when they were needed.
    ``progress`` is called after each piece of work with how many components have been begun, how many there are,
    and the gap of the one at hand.
    The result is not verified here: see :func:`solver.verify.verify`.
    Raises: MarketError naming every term that this version does not clear.
    """
    searched = search(
        market,
        limits,
        warm=warm,
        seconds=seconds,
        component_seconds=component_seconds,
        memory_mb=memory_mb,
        threads=threads,
        progress=progress,
    )
    return conclude(searched, threads=threads)


@dataclass(frozen=True, slots=True)
class Searched:
    """A market whose search is over: all that :func:`conclude` needs, and nothing that depends on who searched."""

    market: Market
    limits: WorkLimits
    screened: Screened
    found: list[Found]
    warm: Clearing | None


def search(
    market: Market,
    limits: WorkLimits = WorkLimits(),  # noqa: B008 - frozen
    *,
    warm: Clearing | None = None,
    seconds: float | None = None,
    component_seconds: float | None = None,
    memory_mb: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    pool: Pool | None = None,
) -> Searched:
    """The first half of :func:`clear`: screen, decompose, search.

    ``pool``: who does the pieces of the search, in place of processes of this one's own; the result is the same.
    Raises: MarketError naming every term that this version does not clear; what the pool raises.
    """
    refuse_unhonoured(market)
    began = time.monotonic()
    screened = screen(counted(market), threads=threads)
    parts = [component_of(screened, positions) for positions in components(screened)]

    begun: set[int] = set()

    def tell(k: int, gap: float) -> None:
        begun.add(k)
        if progress is not None:
            progress({"component": len(begun), "of": len(parts), "gap": gap})

    def done(objective: Decimal, bound: Decimal) -> bool:
        return gap_of(objective, bound) <= Decimal(limits.gap)

    guard = Guard(_for_the_search(seconds, began, screened), component_seconds, memory_mb)
    found = search_all(parts, limits, guard, warm, threads=threads, tell=tell, done=done, pool=pool)
    return Searched(market, limits, screened, found, warm)


def conclude(searched: Searched, *, threads: int = 1) -> Clearing:
    """The second half of :func:`clear`: near-equal aims, prices, reasons."""
    market, limits, warm = searched.market, searched.limits, searched.warm
    found, near = _near_equals(market, searched.found, limits)
    clearing = _clearing(market, searched.screened, limits, found, threads)
    clearing = msgspec.structs.replace(clearing, near_equals=near)
    return clearing if warm is None else msgspec.structs.replace(clearing, warm_start=content_hash(warm))


def _for_the_search(seconds: float | None, began: float, screened: Screened) -> float | None:
    """Seconds that the search has, if prices and reasons are to be there when ``seconds`` are over."""
    if seconds is None:
        return None
    after = PRICING_S * len(screened.market.orders) + PAIR_S * len(screened.pairs)
    return max(0.0, seconds * (1 - ENDING) - after - (time.monotonic() - began))


def solver_named(backend: str) -> dict[str, str]:
    """Names and versions of what clears a market here."""
    return {"model": MODEL, "language": f"Python {platform.python_version()}", **versions(backend)}


def gap_of(objective: Decimal, bound: Decimal) -> Decimal:
    """4.2, rounded up to a millionth."""
    with localcontext() as context:
        context.prec = 40
        gap = (bound - objective) / max(abs(bound), Decimal(1))
        return max(Decimal(0), gap).quantize(MILLIONTH, rounding=ROUND_CEILING)


def _near_equals(market: Market, found: list[Found], limits: WorkLimits) -> tuple[list[Found], NearEquals | None]:
    """3.26: within the policy's tolerance of the welfare found, and what it came to."""
    tolerance = market.policy.welfare_tolerance
    if not tolerance:
        return found, None
    aims = [aims_of(each.component, content_hash(market)) for each in found]
    chosen = [nearly_equal(each, tolerance, own, limits) for each, own in zip(found, aims, strict=True)]
    before, _ = _stated(sum((each.objective for each in found), Decimal(0)), Decimal(0))
    after, _ = _stated(sum((each.objective for each in chosen), Decimal(0)), Decimal(0))
    return chosen, NearEquals(welfare_before=before, given_up=before - after, aims=stated_aims(found, chosen, aims))


def _component_result(number: int, found: Found) -> ComponentResult:
    part = found.component
    objective, bound = _stated(found.objective, found.bound)
    status: Status = "optimal" if gap_of(objective, bound) <= OPTIMAL_GAP else "feasible"
    offers = sum(rows.order.side == "offer" for rows in part.orders)
    return ComponentResult(
        number=number,
        offers=offers,
        needs=len(part.orders) - offers,
        pairs=len(part),
        status="failed" if found.failed else status,
        objective=objective,
        bound=bound,
        bound_kind="solver" if found.proven < found.recomputed else "recomputed",
        interrupted=found.outside,
    )


def _clearing(market: Market, screened: Screened, limits: WorkLimits, found: list[Found], threads: int = 1) -> Clearing:
    parts = tuple(_component_result(number, each) for number, each in enumerate(found, start=1))
    plain = screened.market
    matches = with_firm(market, matches_of(plain, [each.best for each in found]))
    served = Served(plain, screened, matches)
    given_up = contradictions(plain, screened, found) if served.relaxations else ()
    if served.broken_hard:
        found = [replace(each, best=ExactVolumes(each.component)) for each in found]
        parts = tuple(_component_result(number, each) for number, each in enumerate(found, start=1))
        matches = ()
    elif served.relaxations:
        matches = served.on_matches()
    stated = (each.prices.stated(each.component) for each in found)
    multipliers = Multipliers({name: value for named in stated for name, value in named.items()})
    support: SupportReport | None = None
    if matches:
        matches, support = price(plain, screened, matches, threads=threads)
    objective, bound = _stated(
        sum((each.objective for each in found), Decimal(0)), sum((each.bound for each in found), Decimal(0))
    )
    gap = gap_of(objective, bound)
    status, note = _status(found, parts, gap)
    if served.broken_hard:
        status, note = _not_served(found, given_up, note)
    told = outcomes(
        plain, screened, matches, multipliers, [each.best for each in found], broken_hard=served.broken_hard
    )
    relaxed = served.relaxations if not served.broken_hard else ()
    return Clearing(
        format="changdan-clearing/1",
        status=status,
        objective=objective,
        bound=bound,
        bound_kind="solver" if any(part.bound_kind == "solver" for part in parts) else "recomputed",
        gap=gap,
        market_hash=content_hash(market),
        solver=solver_named(limits.backend),
        limits=limits,
        clock_hit=any(each.clock_hit for each in found),
        matches=matches,
        orders=served.on_outcomes(told) if relaxed else told,
        components=parts,
        multipliers=multipliers,
        support=support,
        note=note,
        relaxations=relaxed,
        contradictions=given_up,
    )


def _status(found: list[Found], parts: tuple[ComponentResult, ...], gap: Decimal) -> tuple[Status, str | None]:
    """6: the status of the whole, and what is to be said of it."""
    if not found:
        return "empty", "no offer and need pass the screen together; the orders tell why"
    if all(part.status == "failed" for part in parts):
        return "failed", f"no component could be searched: {found[0].failure}"
    notes = [
        f"component {part.number} {'failed' if part.status == 'failed' else 'was cut short'}: {search.failure}"
        for part, search in zip(parts, found, strict=True)
        if search.failure is not None
    ]
    dropped = sum(each.dropped for each in found)
    if dropped:
        notes.append(f"{dropped} contracts were dropped because no whole volumes keep their minimum")
    proven = all(part.status == "optimal" for part in parts)
    return ("optimal" if proven and gap <= OPTIMAL_GAP else "feasible"), "; ".join(notes) or None


def _not_served(found: list[Found], given_up: tuple[Contradiction, ...], note: str | None) -> tuple[Status, str | None]:
    """A hard rule does not hold: it cannot, or it was not found how."""
    proven = all(each.least is None or each.least.proven for each in found) and not any(each.failure for each in found)
    said = "rules that must hold cannot all hold" if proven else "no clearing was found in which the hard rules hold"
    notes = [f"{said}; {in_words(given_up)}", *([note] if note else [])]
    return ("infeasible" if proven else "failed"), "; ".join(notes)


def _stated(objective: Decimal, bound: Decimal) -> tuple[Decimal, Decimal]:
    """Objective rounded down, bound rounded up; a bound within a cent of the objective is the objective (4.2)."""
    down = objective.quantize(CENT, rounding=ROUND_FLOOR)
    return down, down if bound - objective < CENT else bound.quantize(CENT, rounding=ROUND_CEILING)
