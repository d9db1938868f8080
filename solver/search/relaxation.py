"""The linear relaxation of a component, by column generation over its pairs (docs/model.md 4).

A contract is made as far as its volume fills it: y_p = sum_t x_pt / M_p.  That is weaker than 3.3 but small,
and its duals are as good as any in 4.1, where each pair is then judged by its best whole plan.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.bound import Prices, bound_at, no_prices, profits
from solver.search.component import Component
from solver.search.relaxed_program import Optimum, RelaxedProgram
from solver.search.rule_rows import RuleRows

ALL_AT_ONCE = 30_000  # pairs x periods up to which all columns are in from the start
FIRST_PER_ORDER = 8
NEAR_PER_ORDER = 4  # the same, where multipliers are known that are nearly the best
ROUNDS = 40
CLOSE_ENOUGH = 2e-4  # relative distance of program and bound at which generation ends, unless it has to be closer


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Volumes of the relaxation, the best multipliers met, and the bound at them: 4.1, or with charges 4.3."""

    volumes: Floats  # (P, T)
    prices: Prices
    profits: Floats  # (P,) at the prices and charges
    bound: float
    charges: Floats | None = None  # multipliers of rule rows
    rules: RuleRows | None = None  # those rows


def relax(
    component: Component,
    deadline: float | None = None,
    near: Prices | None = None,
    *,
    first: Ints | None = None,
    close: float = CLOSE_ENOUGH,
    rules: RuleRows | None = None,
) -> Relaxed:
    """Solve the relaxation; the bound holds for all pairs, also those whose columns were never generated.

    ``deadline``: on the monotonic clock; what was proven by then counts.
    ``near``: multipliers that are nearly the best, by which the first columns are chosen; or ``first``: these pairs.
    ``close``: relative distance of program and bound that is left; 0: until no pair has a profit beside the program.
    ``rules``: rows that hold beside those of 4.1.
    """
    program = RelaxedProgram(component, rules)
    chosen = np.zeros(len(component), dtype=bool)
    alone = no_prices(component)
    best = Relaxed(np.zeros(component.pairs.gain.shape), alone, profits(component, alone), bound_at(component, alone))
    wanted = _first_columns(component, near) if first is None else first
    for _ in range(ROUNDS):
        program.add_pairs(wanted)
        chosen[wanted] = True
        optimum = program.solve(None if deadline is None else deadline - time.monotonic())
        if optimum is None:
            break
        found = _judged(component, program.rules, optimum)
        best = found if found.bound < best.bound else replace(best, volumes=found.volumes)
        wanted = np.flatnonzero((found.profits > 1e-9) & ~chosen)
        broken = program.add_broken(optimum.volumes)
        if not broken and (not len(wanted) or best.bound <= optimum.objective * (1 + close)):
            break
        most = max(300, int(chosen.sum()) // 3)
        wanted = np.sort(wanted[np.argsort(-found.profits[wanted], kind="stable")[:most]])
    return best


def _judged(component: Component, rules: RuleRows | None, optimum: Optimum) -> Relaxed:
    """The optimum of a program, and what all pairs would make of its multipliers."""
    if rules is None:
        profit, bound = profits(component, optimum.prices), bound_at(component, optimum.prices)
        return Relaxed(optimum.volumes, optimum.prices, profit, bound)
    charged = rules.charged(component, optimum.charges)
    profit = profits(charged, optimum.prices)
    bound = bound_at(charged, optimum.prices) + rules.worth(optimum.charges)
    return Relaxed(optimum.volumes, optimum.prices, profit, bound, optimum.charges, rules)


def best_per_order(component: Component, worth: Floats, count: int) -> Ints:
    """Positions of the pairs that are among their offer's or their need's best by worth."""
    chosen = np.zeros(len(component), dtype=bool)
    for side in (component.seller, component.buyer):
        order = np.lexsort((-worth, side))
        first = np.flatnonzero(np.diff(side[order], prepend=-1))
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        chosen[order[rank < count]] = True
    return np.flatnonzero(chosen).astype(np.int64)


def _first_columns(component: Component, near: Prices | None) -> Ints:
    if near is not None:
        return best_per_order(component, profits(component, near), NEAR_PER_ORDER)
    if component.pairs.gain.size <= ALL_AT_ONCE:
        return np.arange(len(component), dtype=np.int64)
    return best_per_order(component, profits(component, no_prices(component)), FIRST_PER_ORDER)
