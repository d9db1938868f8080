"""Linear programs as arrays, on HiGHS directly: relaxations and their duals.

Everything is maximised, every row is <= its limit, so every dual is >= 0.  One thread, always: HiGHS keeps
one pool of threads per process, and changing their number makes later solves return nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csc_array, csr_array

from solver.pairs.screened import Floats, Ints
from solver.search.backend import SEED, BackendError, QuietHighs

DEVEX = 1


@dataclass(frozen=True, slots=True)
class Optimum:
    """Solution of a linear program: values, duals of the rows, objective."""

    values: Floats
    duals: Floats
    objective: float


class LinearProgram:
    """A growing program: rows are given at the start, columns are added, and each solve begins where the last ended."""

    def __init__(self, limits: Floats, *, many_tight: bool = False) -> None:
        """``many_tight``: most rows are met exactly; the exact edge weights then cost far more than they save."""
        self._highs = QuietHighs()
        for option, value in (("threads", 1), ("random_seed", SEED)):
            self._highs.setOptionValue(option, value)
        if many_tight:
            self._highs.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
        self.add_rows(limits)

    def add_rows(self, limits: Floats, entries: csr_array | None = None) -> None:
        """Rows, ``entries`` in the columns that there are; without them, for columns that are added later."""
        if entries is None:
            entries = csr_array((len(limits), self._highs.getNumCol()))
        starts, columns = entries.indptr[:-1].astype(np.int32), entries.indices.astype(np.int32)
        least = np.full(len(limits), -np.inf)
        taken = self._highs.addRows(len(limits), least, limits, entries.nnz, starts, columns, entries.data)
        _must_be_taken(taken)

    def add_columns(self, gain: Floats, most: Floats, entries: csc_array) -> None:
        """Columns from 0 to ``most``; ``entries`` has one column each."""
        starts, rows = entries.indptr[:-1].astype(np.int32), entries.indices.astype(np.int32)
        none = np.zeros(len(gain))
        _must_be_taken(self._highs.addCols(len(gain), -gain, none, most, entries.nnz, starts, rows, entries.data))

    def change_gains(self, columns: Ints, gain: Floats) -> None:
        """Give columns another gain."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), -gain)

    def close(self, columns: Ints) -> None:
        """Hold columns at 0."""
        none = np.zeros(len(columns))
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), none, none)

    def solve(self, seconds: float | None = None) -> Optimum | None:
        """The optimum, or None if the time ended first."""
        if seconds is not None:
            self._highs.setOptionValue("time_limit", float(self._highs.getRunTime() + max(0.05, seconds)))
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._highs.getSolution()
        duals = np.maximum(0.0, -np.array(solution.row_dual))
        objective = -float(self._highs.getInfo().objective_function_value)
        return Optimum(np.array(solution.col_value), duals, objective)


def _must_be_taken(status: highspy.HighsStatus) -> None:
    """What HiGHS refuses it leaves out, and answers for a smaller program without a word."""
    if status == highspy.HighsStatus.kError:
        raise BackendError("a linear program has a coefficient beyond what HiGHS takes")
