"""The one file that knows PuLP: a model of rows and columns, and what a backend says of it, status first.

PuLP reports a solve that was stopped by a limit as "Optimal"; only ``sol_status`` tells, and it knows no
limit on nodes. So the status is read here from the backend itself, once, before anybody reads a value.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp
from pulp.apis.coin_api import pulp_cbc_path

from solver.pairs.screened import Floats, Ints

NONE = -1  # the handle of a variable that does not exist because it can only be zero
SEED = 20221110
NOT_ABOVE, EQUAL, NOT_BELOW = pulp.LpConstraintLE, pulp.LpConstraintEQ, pulp.LpConstraintGE


class Status(Enum):
    """What is known after a solve."""

    OPTIMAL = "optimal"  # within the gap asked for
    FEASIBLE = "feasible"  # a solution, not proven to that gap
    INFEASIBLE = "infeasible"
    UNSOLVED = "unsolved"  # the work ended before a solution was found
    FAILED = "failed"


class BackendError(RuntimeError):
    """A backend that could not be run, or gave nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A status, and where it has one a solution: values by handle, objective and proven bound."""

    status: Status
    values: Floats
    objective: float
    bound: float  # no solution is better than this; infinite where nothing is proven
    nodes: int = 0
    clock_hit: bool = False

    @property
    def usable(self) -> bool:
        """Whether there are values to read."""
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)


class Model:
    """A mixed-integer model to be maximised.  Variables are known by whole numbers (handles).

    Volumes (the variables that are not integer) are given to the backend in multiples of ``unit``, since its
    tolerances are absolute: a market in kWh is searched like one in t.  A power of two from 1 on: nothing is rounded.
    """

    def __init__(self, name: str, unit: float = 1.0) -> None:
        # PuLP is given the loss to minimise: CBC takes the value of a start in a maximisation for a bound.
        self._problem = pulp.LpProblem(name, pulp.LpMinimize)
        self._variables: list[pulp.LpVariable] = []
        self._objective: dict[pulp.LpVariable, float] = {}
        self._rows = 0
        self._unit = unit
        self._units: list[float] = []  # by handle

    def __len__(self) -> int:
        return len(self._variables)

    def add(self, name: str, most: Floats, *, integer: bool = False) -> Ints:
        """Variables from 0 to ``most``, in its shape; where ``most`` is 0 there is none (``NONE``)."""
        handles = np.full(most.shape, NONE, dtype=np.int64)
        category = pulp.LpInteger if integer else pulp.LpContinuous
        for at, high in zip(np.ndindex(most.shape), most.ravel(), strict=True):
            if high > 0:
                handles[at] = len(self._variables)
                label = f"{name}_{len(self._variables):08d}"
                self._units.append(1.0 if integer else self._unit)
                self._variables.append(self._problem.add_variable(label, 0, float(high) / self._units[-1], category))
        return handles

    def row(self, name: str, handles: Ints, coefficients: Floats | float, sense: int, limit: float) -> None:
        """A row: sum of coefficient x variable, not above, equal to or not below a limit."""
        columns = np.broadcast_to(coefficients, handles.shape).ravel()
        there = [(h, c) for h, c in zip(handles.ravel().tolist(), columns.tolist(), strict=True) if h != NONE and c]
        unit = max((self._units[handle] for handle, _ in there), default=1.0)  # a row with volumes is in theirs
        terms: dict[pulp.LpVariable, float] = {}
        for handle, coefficient in there:
            variable = self._variables[handle]
            terms[variable] = terms.get(variable, 0.0) + coefficient * self._units[handle] / unit
        if not terms and ((sense != NOT_BELOW and limit >= 0) or (sense != NOT_ABOVE and limit <= 0)):
            return  # it holds whatever is decided
        self._rows += 1
        expression = pulp.LpAffineExpression(terms)
        constraint = pulp.LpConstraint(expression, sense, f"{name}_{self._rows}", float(limit) / unit)
        self._problem.addConstraint(constraint)

    def gain(self, handles: Ints, coefficients: Floats | float) -> None:
        """Add terms to the objective."""
        columns = np.broadcast_to(coefficients, handles.shape).ravel()
        for handle, coefficient in zip(handles.ravel(), columns, strict=True):
            if handle != NONE:
                variable = self._variables[handle]
                self._objective[variable] = (
                    self._objective.get(variable, 0.0) + float(coefficient) * self._units[handle]
                )

    def aim_at(self, handles: Ints, coefficients: Floats | float) -> None:
        """Maximise these terms in place of whatever was the objective."""
        self._objective = {}
        self.gain(handles, coefficients)

    def hold_objective(self, least: float) -> None:
        """A row: what has been the objective until now is at least so much."""
        terms = {variable: gain for variable, gain in self._objective.items() if gain}
        if terms:
            self._rows += 1
            expression = pulp.LpAffineExpression(terms)
            constraint = pulp.LpConstraint(expression, NOT_BELOW, f"objective_{self._rows}", least)
            self._problem.addConstraint(constraint)

    def solve(
        self,
        backend: str = "highs",
        *,
        gap: float = 0.0,
        nodes: int = 20000,
        checks: int | None = None,
        seconds: float | None = None,
        start: Floats | None = None,
    ) -> Solution:
        """Solve with at most so much work; the clock is only a safety net.

        ``gap``: relative gap at which the search may end.  ``nodes``: of branch and bound.  ``checks``: how often the
        backend may ask whether to go on, which it does at fixed places of its work, in the root node too (HiGHS alone).
        ``start``: values by handle to begin with.  Raises: BackendError.
        """
        self._problem.setObjective(pulp.LpAffineExpression({v: -gain for v, gain in self._objective.items()}))
        if not self._variables:
            return Solution(Status.OPTIMAL, np.zeros(0), 0.0, 0.0)
        if start is not None:
            for variable, value, unit in zip(self._variables, start, self._units, strict=True):
                variable.varValue = float(value) / unit
        warm = start is not None
        try:
            if backend == "highs":
                status, bound, worked, clock_hit = _run_highs(self._problem, gap, nodes, checks, seconds, warm)
            else:
                status, bound, worked, clock_hit = _run_cbc(self._problem, gap, nodes, seconds, warm)
        except (pulp.PulpError, OSError) as error:
            raise BackendError(f"{backend}: {error}") from error
        if status not in (Status.OPTIMAL, Status.FEASIBLE):
            return Solution(status, np.zeros(0), -np.inf, bound, worked, clock_hit)
        values = np.array([(v.varValue or 0.0) * unit for v, unit in zip(self._variables, self._units, strict=True)])
        objective = float(sum(coefficient * (v.varValue or 0.0) for v, coefficient in self._objective.items()))
        return Solution(status, values, objective, max(bound, objective), worked, clock_hit)


def versions(backend: str) -> dict[str, str]:
    """Names and versions of the backend and of the layer that models for it."""
    highs = str(QuietHighs().version())
    return {"backend": f"HiGHS {highs}" if backend == "highs" else "CBC of PuLP", "modeller": f"PuLP {pulp.VERSION}"}


class QuietHighs(highspy.Highs):
    """HiGHS that prints nothing: some versions name themselves on standard output as soon as one is made."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.setOptionValue("output_flag", False)

    def enableCallbacks(self) -> None:  # noqa: N802
        # The first call that prints; from version 1.16 on it is made while the object is built.
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class _Highs(pulp.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS, silent, which keeps the model status and the bound, and takes a start."""

    def __init__(self, warm: bool, checks: int | None, options: dict[str, object]) -> None:
        super().__init__()
        self.warm, self.checks, self.highs_options = warm, checks, options

    def createAndConfigureSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802
        lp.solverModel = QuietHighs()
        for option, value in self.highs_options.items():
            lp.solverModel.setOptionValue(option, value)

    def callSolver(self, lp: pulp.LpProblem) -> None:  # noqa: N802
        if self.warm:
            start = highspy.HighsSolution()
            start.col_value = [variable.varValue or 0.0 for variable in lp.variables()]
            lp.solverModel.setSolution(start)
        if self.checks is not None:
            lp.solverModel.cbMipInterrupt += _Counted(self.checks)
        lp.solverModel.run()

    def findSolutionValues(self, lp: pulp.LpProblem) -> tuple[int, int]:  # noqa: N802
        if lp.solverModel.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            for variable, value in zip(lp.variables(), lp.solverModel.getSolution().col_value, strict=True):
                variable.varValue = value
        return pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound  # read from the model itself, see _run_highs


class _Counted:
    """Ends a search the so-manieth time that it asks."""

    def __init__(self, checks: int) -> None:
        self.left = checks

    def __call__(self, event: Any) -> None:
        self.left -= 1
        if self.left < 0:
            event.interrupt()


def _run_highs(
    problem: pulp.LpProblem, gap: float, nodes: int, checks: int | None, seconds: float | None, warm: bool
) -> tuple[Status, float, int, bool]:
    options: dict[str, object] = {
        "threads": 1,
        "time_limit": float(np.inf if seconds is None else seconds),
        "mip_rel_gap": gap,
        "mip_max_nodes": nodes,
        "random_seed": SEED,
        "mip_abs_gap": 1e-6,
        "mip_allow_restart": False,
    }
    problem.solve(_Highs(warm, checks, options))
    highs = problem.solverModel
    state, info = highs.getModelStatus(), highs.getInfo()
    if warm and _gives_back_the_start(problem, float(info.objective_function_value)):
        return _run_highs(problem, gap, nodes, checks, seconds, warm=False)
    of = highspy.HighsModelStatus
    clock_hit = state == of.kTimeLimit
    nodes_used = max(0, int(info.mip_node_count))
    if state in (of.kInfeasible, of.kUnboundedOrInfeasible):
        return Status.INFEASIBLE, -np.inf, nodes_used, clock_hit
    if state in (of.kOptimal, of.kModelEmpty):
        bound = -info.mip_dual_bound if problem.isMIP() else -info.objective_function_value
        return Status.OPTIMAL, float(bound), nodes_used, clock_hit
    ended = (
        of.kTimeLimit,
        of.kInterrupt,
        of.kSolutionLimit,
        of.kIterationLimit,
        of.kObjectiveTarget,
        of.kObjectiveBound,
    )
    if state not in ended:
        return Status.FAILED, np.inf, nodes_used, clock_hit
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    bound = -info.mip_dual_bound if problem.isMIP() else np.inf
    return (Status.FEASIBLE if found else Status.UNSOLVED), float(bound), nodes_used, clock_hit


def _gives_back_the_start(problem: pulp.LpProblem, claimed: float) -> bool:
    """Whether the values are worse than the objective that is claimed for them.

    HiGHS 1.16 does so where its presolve settles a model that has a start: the optimum's value, the start's volumes.
    """
    value = pulp.value(problem.objective)
    return value is not None and float(value) > claimed + 1e-6 * max(1.0, abs(claimed))


def _run_cbc(
    problem: pulp.LpProblem, gap: float, nodes: int, seconds: float | None, warm: bool
) -> tuple[Status, float, int, bool]:
    with tempfile.TemporaryDirectory() as folder:
        solver = pulp.COIN_CMD(
            path=pulp_cbc_path,
            msg=False,
            gapRel=gap,
            gapAbs=1e-6,
            maxNodes=nodes,
            timeLimit=seconds,
            threads=None,
            warmStart=warm,
            options=[f"randomSeed {SEED}", f"randomCbcSeed {SEED}"],
        )
        solver.tmpDir = str(Path(folder))
        problem.solve(solver)
    clock_hit = seconds is not None and problem.solutionTime >= 0.95 * seconds
    if problem.sol_status == pulp.LpSolutionOptimal:
        objective = -float(pulp.value(problem.objective))
        return Status.OPTIMAL, objective + gap * abs(objective) / max(1 - gap, 0.5) + 1e-6, 0, False
    if problem.sol_status == pulp.LpSolutionIntegerFeasible:
        return Status.FEASIBLE, np.inf, 0, clock_hit
    if problem.sol_status in (pulp.LpSolutionInfeasible, pulp.LpSolutionUnbounded):
        return Status.INFEASIBLE, -np.inf, 0, False
    return Status.UNSOLVED, np.inf, 0, clock_hit


def handles_of(*groups: Sequence[int] | Ints) -> Ints:
    """Several groups of handles as one."""
    return np.concatenate([np.asarray(group, dtype=np.int64).ravel() for group in groups])
