"""OR-Tools CP-SAT: everything in whole numbers, volumes in quanta, money in fractions of a yuan."""

from __future__ import annotations

import math

import numpy as np
from ortools.sat.python import cp_model

from bench.pairs import NO_LIMIT, Given
from bench.peers.answer import Answer, Limits

LARGEST_SUM = 2**58  # CP-SAT adds up the greatest objective in 64 bits
FINEST = 1e6  # parts of a yuan, at most; the gain of a quantum is a few yuan


def solve(given: Given, limits: Limits) -> Answer:
    """docs/model.md 3.0 to 3.5 (quanta are whole here), 3.7, 3.8.

    Gains are rounded up and costs down to the parts of a yuan that fit, so that the bound stays one.
    """
    most = _down(given.most / given.quantum[:, None])
    greatest, least = _down(given.greatest / given.quantum), _up(given.least / given.quantum)
    per_quantum = given.gain * given.quantum[:, None]
    total = float((per_quantum * most).clip(min=0).sum() + given.cost.sum())
    scale = min(FINEST, LARGEST_SUM / max(total, 1.0))
    gain, cost = np.ceil(per_quantum * scale).astype(np.int64), np.floor(given.cost * scale).astype(np.int64)

    model = cp_model.CpModel()
    there = [(int(p), int(t)) for p, t in np.argwhere(most > 0)]
    volume = {at: model.new_int_var(0, int(most[at]), "") for at in there}
    made = [model.new_bool_var("") for _ in range(len(given))]
    model.maximize(
        cp_model.LinearExpr.weighted_sum(
            [*volume.values(), *made], [*(int(gain[at]) for at in there), *(-cost).tolist()]
        )
    )
    of_pair: list[list[cp_model.IntVar]] = [[] for _ in range(len(given))]
    sold: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    bought: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    for (p, t), variable in volume.items():
        of_pair[p].append(variable)
        sold.setdefault((int(given.offer[p]), t), []).append(variable)
        bought.setdefault((int(given.need[p]), t), []).append(variable)
        if limits.links == "period":
            model.add(variable <= int(most[p, t]) * made[p])
    quanta = [(given.offer, given.supply, sold), (given.need, given.demand, bought)]
    for order_of, capacity, rows in quanta:
        size = {int(order): given.quantum[p] for p, order in enumerate(order_of)}
        for at, variables in rows.items():
            model.add(cp_model.LinearExpr.sum(variables) <= int(_down(capacity[at] / size[at[0]])))
    for p, variables in enumerate(of_pair):
        model.add(cp_model.LinearExpr.sum(variables) <= int(greatest[p]) * made[p])
        model.add(cp_model.LinearExpr.sum(variables) >= int(least[p]) * made[p])
    for order_of, counts in ((given.offer, given.offer_parties), (given.need, given.need_parties)):
        for order in np.flatnonzero(counts < NO_LIMIT):
            deals = [made[p] for p in np.flatnonzero(order_of == order)]
            model.add(cp_model.LinearExpr.sum(deals) <= int(counts[order]))

    for variable in (*volume.values(), *made):
        model.add_hint(variable, 0)  # else it may find nothing at all, not even to trade nothing
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = limits.threads
    # By default few workers see the rows of volumes in no linear relaxation, which leaves the answers 10 % lower.
    solver.parameters.linearization_level = 2
    if limits.threads > 1:
        solver.parameters.subsolvers.append("max_lp")
    solver.parameters.relative_gap_limit = limits.gap
    solver.parameters.max_time_in_seconds = limits.left()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    volumes, contracts = None, None
    if found:
        volumes = np.zeros(given.most.shape)
        for at, variable in volume.items():
            volumes[at] = solver.value(variable) * given.quantum[at[0]]
        contracts = np.array([float(solver.value(each)) for each in made])
    return Answer(
        status=solver.status_name(status),
        volumes=volumes,
        made=contracts,
        objective=solver.objective_value / scale if found else None,
        bound=solver.best_objective_bound / scale if math.isfinite(solver.best_objective_bound) else None,
        threads=limits.threads,
        columns=len(model.proto.variables),
        rows=len(model.proto.constraints),
    )


def _down(quanta: np.ndarray | np.float64) -> np.ndarray:
    """Whole quanta, rounded down; a float next to a whole number is that number."""
    return np.floor(np.asarray(quanta) + 1e-6).astype(np.int64)


def _up(quanta: np.ndarray) -> np.ndarray:
    return np.ceil(quanta - 1e-6).astype(np.int64)
