"""linopy with HiGHS: the model over labelled arrays of pairs and periods."""

from __future__ import annotations

import highspy
import linopy
import numpy as np
import pandas as pd
import xarray as xr

from bench.pairs import NO_LIMIT, Given
from bench.peers.answer import Answer, Limits


def solve(given: Given, limits: Limits) -> Answer:
    """docs/model.md 3.0 to 3.4, 3.7, 3.8."""
    pairs = pd.RangeIndex(len(given), name="pair")
    periods = pd.RangeIndex(given.most.shape[1], name="period")
    most = xr.DataArray(given.most, coords=[pairs, periods])
    model = linopy.Model()
    volume = model.add_variables(lower=0, upper=most, name="volume", mask=most > 0)
    made = model.add_variables(binary=True, coords=[pairs], name="made")
    in_all = volume.sum("period")
    for name, order_of, capacity, parties in (
        ("offer", given.offer, given.supply, given.offer_parties),
        ("need", given.need, given.demand, given.need_parties),
    ):
        order = xr.DataArray(order_of, coords=[pairs], name=name)
        trading = np.unique(order_of)
        orders = pd.Index(trading, name=name)
        room = xr.DataArray(capacity[trading], coords=[orders, periods])
        model.add_constraints(volume.groupby(order).sum() <= room, name=f"{name}_volume")
        count = xr.DataArray(parties[trading], coords=[orders])
        limited = count < NO_LIMIT
        if limited.any():
            deals = made.groupby(order).sum()
            model.add_constraints(deals <= count.where(limited, 0), name=f"{name}_parties", mask=limited)
    of_pair = [xr.DataArray(each, coords=[pairs]) for each in (given.greatest, given.least, given.cost)]
    greatest, least, cost = of_pair
    model.add_constraints(in_all - greatest * made <= 0, name="contract_most")
    model.add_constraints(in_all - least * made >= 0, name="contract_least")
    if limits.links == "period":
        model.add_constraints(volume - most * made <= 0, name="links", mask=most > 0)
    gain = xr.DataArray(given.gain, coords=[pairs, periods])
    model.add_objective((gain * volume).sum() - (cost * made).sum(), sense="max")
    model.solve(
        solver_name="highs",
        io_api="direct",
        progress=False,
        output_flag=False,
        threads=limits.threads,
        mip_rel_gap=limits.gap,
        time_limit=limits.left(),
    )
    highs = model.solver_model
    info = highs.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return Answer(
        status=model.termination_condition,
        volumes=np.nan_to_num(volume.solution.values) if found else None,
        made=np.nan_to_num(made.solution.values) if found else None,
        objective=info.objective_function_value if found else None,
        bound=info.mip_dual_bound,
        threads=limits.threads,
        columns=highs.getNumCol(),
        rows=highs.getNumRow(),
    )
