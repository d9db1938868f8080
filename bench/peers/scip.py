"""SCIP, through PySCIPOpt."""

from __future__ import annotations

import numpy as np
from pyscipopt import Model, quicksum

from bench.pairs import NO_LIMIT, Given
from bench.peers.answer import Answer, Limits

WALL_CLOCK = 2


def solve(given: Given, limits: Limits) -> Answer:
    """docs/model.md 3.0 to 3.4, 3.7, 3.8.  ``optimize`` uses one thread, whatever is allowed."""
    model = Model("market")
    model.hideOutput()
    there = [(int(p), int(t)) for p, t in np.argwhere(given.most > 0)]
    volume = {at: model.addVar(f"x_{at[0]}_{at[1]}", ub=given.most[at]) for at in there}
    made = {p: model.addVar(f"y_{p}", vtype="B") for p in range(len(given))}
    model.setObjective(
        quicksum([given.gain[at] * variable for at, variable in volume.items()])
        - quicksum([given.cost[p] * variable for p, variable in made.items()]),
        "maximize",
    )
    of_pair: list[list[object]] = [[] for _ in range(len(given))]
    sold: dict[tuple[int, int], list[object]] = {}
    bought: dict[tuple[int, int], list[object]] = {}
    for (p, t), variable in volume.items():
        of_pair[p].append(variable)
        sold.setdefault((int(given.offer[p]), t), []).append(variable)
        bought.setdefault((int(given.need[p]), t), []).append(variable)
        if limits.links == "period":
            model.addCons(variable <= given.most[p, t] * made[p])
    for rows, capacity in ((sold, given.supply), (bought, given.demand)):
        for at, variables in rows.items():
            model.addCons(quicksum(variables) <= capacity[at])
    for p, variables in enumerate(of_pair):
        model.addCons(quicksum(variables) <= given.greatest[p] * made[p])
        model.addCons(quicksum(variables) >= given.least[p] * made[p])
    for order_of, most in ((given.offer, given.offer_parties), (given.need, given.need_parties)):
        for order in np.flatnonzero(most < NO_LIMIT):
            model.addCons(quicksum(made[int(p)] for p in np.flatnonzero(order_of == order)) <= int(most[order]))
    columns, rows_added = model.getNVars(), model.getNConss()
    model.setParam("timing/clocktype", WALL_CLOCK)
    model.setParam("limits/time", limits.left())
    model.setParam("limits/gap", limits.gap)
    model.optimize()
    found = model.getNSols() > 0
    volumes, contracts = None, None
    if found:
        best = model.getBestSol()
        volumes = np.zeros(given.most.shape)
        for at, variable in volume.items():
            volumes[at] = model.getSolVal(best, variable)
        contracts = np.array([model.getSolVal(best, made[p]) for p in range(len(given))])
    bound = model.getDualbound()
    return Answer(
        status=model.getStatus(),
        volumes=volumes,
        made=contracts,
        objective=model.getObjVal() if found else None,
        bound=None if model.isInfinity(abs(bound)) else bound,
        threads=1,
        columns=columns,
        rows=rows_added,
    )
