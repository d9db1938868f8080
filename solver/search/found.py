"""What the search of one component came to, whatever ended it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from solver.pairs.screened import Ints
from solver.search.bound import Prices, exact_bound, no_prices
from solver.search.component import Component
from solver.search.exact import ExactVolumes
from solver.search.least_missing import Least
from solver.search.process import Stop

REFUTES = Decimal("0.01")  # CNY by which volumes have to be worth more than what was proven, to refute it


class Ends:
    """Between which ends the optimum lies: what was found, and what cannot be exceeded."""

    best: ExactVolumes
    recomputed: Decimal  # 4.1 at the multipliers that are stated
    proven: Decimal  # by branch and bound, where that is less

    @property
    def objective(self) -> Decimal:
        """Welfare of the volumes, exactly."""
        return self.best.welfare()

    @property
    def bound(self) -> Decimal:
        """The least bound known; what the backend has proven is no word at all where volumes are worth more."""
        objective = self.objective
        refuted = self.proven < objective - REFUTES
        return max(objective, self.recomputed if refuted else min(self.recomputed, self.proven))

    @property
    def gap(self) -> float:
        """Relative distance of bound and objective."""
        return float((self.bound - self.objective) / max(abs(self.bound), Decimal(1)))


@dataclass(frozen=True)
class Found(Ends):
    """The best exact volumes, and the best bound."""

    component: Component
    best: ExactVolumes
    prices: Prices
    recomputed: Decimal
    proven: Decimal
    dropped: int = 0  # contracts that no whole volumes keep
    solved: bool = False  # whether the backend gave anything
    clock_hit: bool = False
    failure: str | None = None  # the last that went wrong
    least: Least | None = None  # of its demands; None: it has none, or was lost before
    kept: Ints | None = None  # positions of its pairs in the component that it is a part of, if it is
    outside: bool = False  # whether that was the machine's doing: done again, it may go another way

    @cached_property
    def objective(self) -> Decimal:
        """Welfare of the volumes, exactly; counted once, since nothing changes any more."""
        return self.best.welfare()

    @property
    def failed(self) -> bool:
        """Whether something went wrong before anything was found."""
        return self.failure is not None and not self.solved and not self.best.quanta

    def stopped(self, by: Stop) -> Found:
        """The same, with what put an end to it."""
        return replace(self, failure=by.cause, outside=by.outside)


def nothing_found(component: Component) -> Found:
    """No volumes, and the bound that anybody can compute: 4.1 without any multipliers."""
    prices = no_prices(component)
    bound = exact_bound(component, prices)
    return Found(component, ExactVolumes(component), prices, bound, bound)
