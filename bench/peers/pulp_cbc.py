"""PuLP with the CBC that it brings."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pulp

from bench.pairs import Given
from bench.peers.answer import Answer, Limits
from bench.peers.pulp_model import build


def solve(given: Given, limits: Limits) -> Answer:
    """PuLP tells no bound of CBC's, so it is read from CBC's log."""
    model = build(given, limits.links)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        solver = pulp.PULP_CBC_CMD(
            msg=False, timeLimit=limits.left(), threads=limits.threads, gapRel=limits.gap, logPath=str(log)
        )
        solver.tmpDir = folder
        model.problem.solve(solver)
        text = log.read_text(encoding="utf-8", errors="replace")
    found = model.problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    volumes, made = model.values(given) if found else (None, None)
    objective = float(pulp.value(model.problem.objective)) if found else None
    return Answer(
        status=pulp.LpSolution[model.problem.sol_status],
        volumes=volumes,
        made=made,
        objective=objective,
        bound=bound_in(text, objective, limits.gap),
        threads=limits.threads,
        columns=len(model.problem.variables()),
        rows=len(model.problem.constraints()),
    )


def bound_in(log: str, objective: float | None, gap: float) -> float | None:
    """The bound that CBC states at its end; CBC minimises the loss, so that its figures are the gains' negatives.

    A search that ended as optimal states none: it is the objective and the gap at which the search could end.
    """
    stated = re.findall(r"^(?:Lower|Upper) bound:\s+(\S+)", log, re.MULTILINE)
    stated += re.findall(r"best possible (\S+?)\)", log) if not stated else []
    if "Result - Optimal solution found" in log and objective is not None:
        return objective * (1 + gap) if not stated else max(objective, abs(float(stated[-1])))
    return abs(float(stated[-1])) if stated else None
