"""The full model in PuLP, as its documentation writes models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pulp

from bench.pairs import NO_LIMIT, Given
from bench.peers.answer import Links
from solver.pairs.screened import Floats


@dataclass(frozen=True)
class PulpModel:
    """The problem and its variables: volume[p, t] and made[p]."""

    problem: pulp.LpProblem
    volume: dict[tuple[int, int], pulp.LpVariable]
    made: dict[int, pulp.LpVariable]

    def values(self, given: Given) -> tuple[Floats, Floats]:
        """Volumes (P, T) and contracts (P,) of the solution."""
        volumes = np.zeros(given.most.shape)
        for at, variable in self.volume.items():
            volumes[at] = variable.varValue or 0.0
        return volumes, np.array([self.made[p].varValue or 0.0 for p in range(len(given))])


def build(given: Given, links: Links) -> PulpModel:
    """docs/model.md 3.0 to 3.4, 3.7, 3.8."""
    problem = pulp.LpProblem("market", pulp.LpMaximize)
    there = [(int(p), int(t)) for p, t in np.argwhere(given.most > 0)]
    volume = {(p, t): pulp.LpVariable(f"x_{p}_{t}", 0, given.most[p, t]) for p, t in there}
    made = {p: pulp.LpVariable(f"y_{p}", cat=pulp.LpBinary) for p in range(len(given))}
    problem += pulp.lpSum(
        [given.gain[at] * variable for at, variable in volume.items()]
        + [-given.cost[p] * variable for p, variable in made.items()]
    )
    of_pair: list[list[pulp.LpVariable]] = [[] for _ in range(len(given))]
    sold: dict[tuple[int, int], list[pulp.LpVariable]] = {}
    bought: dict[tuple[int, int], list[pulp.LpVariable]] = {}
    for (p, t), variable in volume.items():
        of_pair[p].append(variable)
        sold.setdefault((int(given.offer[p]), t), []).append(variable)
        bought.setdefault((int(given.need[p]), t), []).append(variable)
        if links == "period":
            problem += variable <= given.most[p, t] * made[p]
    for rows, capacity in ((sold, given.supply), (bought, given.demand)):
        for at, variables in rows.items():
            problem += pulp.lpSum(variables) <= capacity[at]
    for p, variables in enumerate(of_pair):
        problem += pulp.lpSum(variables) <= given.greatest[p] * made[p]
        problem += pulp.lpSum(variables) >= given.least[p] * made[p]
    for order_of, most in ((given.offer, given.offer_parties), (given.need, given.need_parties)):
        for order in np.flatnonzero(most < NO_LIMIT):
            problem += pulp.lpSum(made[int(p)] for p in np.flatnonzero(order_of == order)) <= int(most[order])
    return PulpModel(problem, volume, made)
