"""PuLP with HiGHS, through highspy."""

from __future__ import annotations

import highspy
import pulp

from bench.pairs import Given
from bench.peers.answer import Answer, Limits
from bench.peers.pulp_model import build


def solve(given: Given, limits: Limits) -> Answer:
    """PuLP 3 calls a time limit "Optimal" and does not tell the bound: both are read from HiGHS itself."""
    model = build(given, limits.links)
    solver = pulp.HiGHS(msg=False, timeLimit=limits.left(), threads=limits.threads, gapRel=limits.gap)
    model.problem.solve(solver)
    highs = model.problem.solverModel
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    volumes, made = model.values(given) if found else (None, None)
    return Answer(
        status=highs.modelStatusToString(highs.getModelStatus()),
        volumes=volumes,
        made=made,
        objective=-info.objective_function_value if found else None,  # PuLP hands over the loss
        bound=-info.mip_dual_bound,
        threads=limits.threads,
        columns=highs.getNumCol(),
        rows=highs.getNumRow(),
    )
