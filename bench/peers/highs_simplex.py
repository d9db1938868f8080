"""A divisible market as a linear model in arrays, HiGHS by the simplex method."""

from __future__ import annotations

import highspy
import numpy as np
from scipy.sparse import coo_array, csc_array, vstack

from bench.pairs import Given
from bench.peers.answer import Answer, Limits
from bench.peers.highs_arrays import passed, spread, volume_rows


def solve(given: Given, limits: Limits, method: str = "simplex") -> Answer:
    """3.0 to 3.2 and the greatest contract of 3.4, without contracts; the dual objective is the bound."""
    if not given.divisible:
        raise ValueError("the market has terms that a linear model does not hold")
    at = np.argwhere(given.most > 0)
    p, t = at[:, 0], at[:, 1]
    bound_to = np.flatnonzero(given.greatest < given.most.sum(axis=1))  # others are within u_pt anyhow
    of_pair = coo_array((np.ones(len(p)), (p, np.arange(len(p)))), shape=(len(given), len(p))).tocsr()
    capacity, room = volume_rows(given, p, t)
    rows = csc_array(vstack([capacity, of_pair[bound_to]]))
    limit = np.concatenate([room, given.greatest[bound_to]])
    highs = passed(given.gain[p, t], given.most[p, t], rows, limit, integers=0)
    for option, value in (("threads", limits.threads), ("solver", method), ("time_limit", limits.left())):
        highs.setOptionValue(option, value)
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    proven = info.dual_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    volumes = spread(given, at, np.array(highs.getSolution().col_value)) if found else None
    return Answer(
        status=highs.modelStatusToString(highs.getModelStatus()),
        volumes=volumes,
        made=None if volumes is None else (volumes.sum(axis=1) >= given.least).astype(np.float64),  # else it is dust
        objective=info.objective_function_value if found else None,
        bound=info.objective_function_value if found and proven else None,
        threads=limits.threads,
        columns=highs.getNumCol(),
        rows=highs.getNumRow(),
    )
