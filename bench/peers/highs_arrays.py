"""The full model as arrays, given to HiGHS at once."""

from __future__ import annotations

import highspy
import numpy as np
from scipy.sparse import coo_array, csc_array, hstack, vstack

from bench.pairs import NO_LIMIT, Given
from bench.peers.answer import Answer, Limits
from solver.pairs.screened import Floats


def solve(given: Given, limits: Limits) -> Answer:
    """Columns: the volumes, then the contracts."""
    at = np.argwhere(given.most > 0)
    p, t = at[:, 0], at[:, 1]
    pairs, volumes = len(given), len(at)
    of_pair = _incidence(p, pairs)
    contracts = csc_array((np.ones(pairs), (np.arange(pairs), np.arange(pairs))), shape=(pairs, pairs))
    capacity, room = volume_rows(given, p, t)
    blocks, limit = [hstack([capacity, csc_array((len(room), pairs))])], [room]
    blocks.append(hstack([of_pair, contracts * -given.greatest]))
    blocks.append(hstack([-of_pair, contracts * given.least]))
    limit += [np.zeros(pairs), np.zeros(pairs)]
    for order_of, most in ((given.offer, given.offer_parties), (given.need, given.need_parties)):
        bound = np.flatnonzero(most < NO_LIMIT)
        rows = _incidence(order_of, len(most)).tocsr()[bound]
        blocks.append(hstack([csc_array((len(bound), volumes)), rows]))
        limit.append(most[bound].astype(np.float64))
    if limits.links == "period":
        each = np.arange(volumes)
        owner = csc_array((-given.most[p, t], (each, p)), shape=(volumes, pairs))
        blocks.append(hstack([csc_array((np.ones(volumes), (each, each)), shape=(volumes, volumes)), owner]))
        limit.append(np.zeros(volumes))
    highs = passed(
        np.concatenate([given.gain[p, t], -given.cost]),
        np.concatenate([given.most[p, t], np.ones(pairs)]),
        csc_array(vstack(blocks)),
        np.concatenate(limit),
        integers=pairs,
    )
    for option, value in (("threads", limits.threads), ("mip_rel_gap", limits.gap), ("time_limit", limits.left())):
        highs.setOptionValue(option, value)
    highs.run()
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(highs.getSolution().col_value) if found else None
    return Answer(
        status=highs.modelStatusToString(highs.getModelStatus()),
        volumes=None if values is None else spread(given, at, values[:volumes]),
        made=None if values is None else values[volumes:],
        objective=info.objective_function_value if found else None,
        bound=info.mip_dual_bound,
        threads=limits.threads,
        columns=highs.getNumCol(),
        rows=highs.getNumRow(),
    )


def passed(gain: Floats, most: Floats, rows: csc_array, limit: Floats, *, integers: int) -> highspy.Highs:
    """HiGHS with a model: maximise, columns from 0 to ``most``, rows not above ``limit``, the last columns whole."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(gain), len(limit)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = gain, np.zeros(len(gain)), most
    model.row_lower_, model.row_upper_ = np.full(len(limit), -highspy.kHighsInf), limit
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = rows.indptr.astype(np.int32)
    model.a_matrix_.index_ = rows.indices.astype(np.int32)
    model.a_matrix_.value_ = rows.data
    if integers:
        whole, continuous = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [continuous] * (len(gain) - integers) + [whole] * integers
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(model)
    return highs


def volume_rows(given: Given, p: np.ndarray, t: np.ndarray) -> tuple[csc_array, Floats]:
    """3.1 and 3.2 over the volumes: a row for every order and period that any volume is in, and its limit."""
    periods = given.most.shape[1]
    rows, limits = [], []
    for order_of, volumes in ((given.offer, given.supply), (given.need, given.demand)):
        used, row_of = np.unique(order_of[p] * periods + t, return_inverse=True)
        rows.append(_incidence(row_of, len(used)))
        limits.append(volumes.ravel()[used])
    return csc_array(vstack(rows)), np.concatenate(limits)


def spread(given: Given, at: np.ndarray, values: Floats) -> Floats:
    """Values of the volume columns as (P, T)."""
    volumes = np.zeros(given.most.shape)
    volumes[at[:, 0], at[:, 1]] = values
    return volumes


def _incidence(row_of: np.ndarray, rows: int) -> csc_array:
    """A one in each column, in the row that is named."""
    columns = np.arange(len(row_of))
    return csc_array(coo_array((np.ones(len(row_of)), (row_of, columns)), shape=(rows, len(row_of))))
