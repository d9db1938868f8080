"""First volumes of a large component: the relaxation solved again and again, its small contracts left out.

A contract's cost is charged per unit of the volume that it had the time before, so that volume gathers in few
contracts; those that stay below a growing part of their least volume, or are too many for an order, are closed.
"""

from __future__ import annotations

import time

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.component import Component
from solver.search.relaxed_program import RelaxedProgram
from solver.search.rule_rows import RuleRows

PARTS = (0.05, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the least contract that a volume has to reach, time by time
SPARE = 2  # contracts more than an order may have, while less than half of the least is asked
LAST_ROUNDS = 30  # in which a third of the contracts below their least is closed
BROKEN_ROUNDS = 3  # in which rows of rules that are broken are added, each time
NEAR = 1e-7


def dive(component: Component, pairs: Ints, deadline: float | None = None, rules: RuleRows | None = None) -> Floats:
    """Volumes of some pairs, every contract at least its least; what else orders ask is looked at as ``rules`` say it.

    Shapes: (P, T).
    """
    own, program = component.pairs, RelaxedProgram(component, rules)
    program.add_pairs(pairs)
    alive, sizes = pairs, own.contract_most.copy()
    volumes = np.zeros(own.gain.shape)
    for part in (0.0, *PARTS, *(1.0 for _ in range(LAST_ROUNDS))):
        program.change_costs(own.contract_cost / np.maximum(sizes, own.contract_least))
        optimum = program.solve(None if deadline is None else deadline - time.monotonic())
        if optimum is None:
            break
        for _ in range(BROKEN_ROUNDS):
            if not program.add_broken(optimum.volumes):
                break
            optimum = program.solve(None if deadline is None else deadline - time.monotonic()) or optimum
        volumes = optimum.volumes
        sizes = volumes.sum(axis=1)
        short = alive[sizes[alive] < part * own.contract_least[alive] - NEAR]
        if part == PARTS[-1] and len(short):
            order = np.argsort(sizes[short] / own.contract_least[short], kind="stable")
            short = short[order[: max(1, len(short) // 3)]]
        closed = np.union1d(short, _too_many(component, alive, sizes, SPARE if part < 0.5 else 0)) if part else short
        if part == PARTS[-1] and not len(closed):
            break
        program.close(closed)
        alive = np.setdiff1d(alive, closed)
    volumes[sizes < own.contract_least - NEAR] = 0.0
    return volumes


def _too_many(component: Component, alive: Ints, sizes: Floats, spare: int) -> Ints:
    """The smallest contracts of orders that have more than they may."""
    closed: list[Ints] = []
    living = np.zeros(len(component), dtype=bool)
    living[alive] = True
    for rows in component.orders:
        if rows.most is not None and len(rows.pairs) > rows.most:
            own = rows.pairs[living[rows.pairs]]
            closed.append(own[np.argsort(-sizes[own], kind="stable")][rows.most + spare :])
    return np.concatenate(closed) if closed else np.zeros(0, dtype=np.int64)
