"""How far rows are from their limits, counted once and then kept up to date with every change of a volume."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from solver.search.rules.demand import Demand
from solver.search.rules.row import Row
from solver.search.rules.rule import Rule

if TYPE_CHECKING:
    from solver.search.exact import ExactVolumes


class RowsLeft:
    """What is left of every row that was asked for, in its own parts (``Row.counted``)."""

    def __init__(self) -> None:
        self._left: dict[int, tuple[Row, int]] = {}  # by id; rows that are kept here keep theirs

    def of(self, row: Row, exact: ExactVolumes) -> int:
        """How far volumes are from a row's limit; negative where they are beyond it."""
        if id(row) not in self._left:
            self._left[id(row)] = row, row.left(exact)
        return self._left[id(row)][1]

    def changed(self, rules: Iterable[Rule], exact: ExactVolumes, p: int, t: int, by: int, *, made: bool) -> None:
        """A pair that these rules look at has so many quanta more in a period; ``made``: or was made, or ended."""
        for rule in rules if self._left else ():
            row = rule.row if isinstance(rule, Demand) else rule
            if id(row) not in self._left or not isinstance(row, Row):
                continue
            if made and row.made:
                del self._left[id(row)]
            elif p in row.volumes:
                self._left[id(row)] = row, self._left[id(row)][1] + row.counted(exact).volumes[p][t] * by

    def __getstate__(self) -> dict[str, object]:
        return {"_left": {}}  # what a row is found by is not the same in another process
