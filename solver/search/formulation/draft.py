"""A model in the making: which pairs are free, what the others hold, and the handles of the variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.backend import NONE, NOT_ABOVE, NOT_BELOW, Model, Solution, handles_of
from solver.search.component import Component, OrderRows

if TYPE_CHECKING:
    from solver.search.rules.demand import Demand

ON = 0.5  # a solver's contract above this is made


@dataclass(slots=True)
class Draft:
    """Variables of a component's model.  Pairs that are not free keep the volumes in ``held``."""

    component: Component
    free: Ints  # positions of the pairs with variables
    orders: tuple[OrderRows, ...]  # those that have any of them, with their pairs that are free or held
    held: Floats  # (P, T) volumes of the other pairs, 0 for the free
    model: Model
    volume: Ints  # (P, T) handles of x_pt, NONE where it is 0 or held
    contract: Ints  # (P,) handles of y_p
    lots: Ints  # (P, T) handles of l_pt
    sets: list[tuple[int, Ints]] = field(default_factory=list)  # handle of "any made", handles of its contracts
    made: dict[tuple[int, ...], tuple[int, float]] = field(default_factory=dict)  # see any_made

    missing: list[tuple[Demand, int]] = field(default_factory=list)  # what each demand lacks: its handle
    derived: list[tuple[Ints, Callable[[Floats], Floats]]] = field(default_factory=list)  # handles, values by volumes

    def held_in(self, rows: OrderRows) -> Floats:
        """Volumes that an order's held pairs keep, (pairs of the order, T)."""
        return self.held[rows.pairs]

    def any_made(self, pairs: Iterable[int]) -> tuple[int, float]:
        """Whether any of some contracts is made: the handle that says so, or ``NONE`` and the constant.

        Maths: z_i and w_ig of section 3.  y_p <= a <= sum of y_p; one free contract says it by itself.
        """
        key = tuple(p for p in pairs if self.contract[p] >= 0 or self.held[p].any())
        if key not in self.made:
            self.made[key] = self._any_made(np.array(key, dtype=np.int64))
        return self.made[key]

    def _any_made(self, pairs: Ints) -> tuple[int, float]:
        free = self.contract[pairs][self.contract[pairs] >= 0]
        if self.held[pairs].any():
            return NONE, 1.0
        if len(free) <= 1:
            return (int(free[0]) if len(free) else NONE), 0.0
        handle = self.model.add("any", np.ones(1), integer=True)
        for contract in free:
            self.model.row("any", np.array([contract, handle[0]]), np.array([1.0, -1.0]), NOT_ABOVE, 0.0)
        self.model.row("none", handles_of(handle, free), np.append(1.0, -np.ones(len(free))), NOT_ABOVE, 0.0)
        self.sets.append((int(handle[0]), free))
        return int(handle[0]), 0.0

    def make_all(self) -> None:
        """Demand that every free pair's contract is made: what is left is how much, and when."""
        for p in self.free:
            self.model.row("made", self.contract[p : p + 1], 1.0, NOT_BELOW, 1.0)

    def volumes(self, solution: Solution) -> Floats:
        """Volumes of a solution, (P, T): those held, and those of contracts that are on."""
        found = self.held.copy()
        on = self.free[solution.values[self.contract[self.free]] > ON]
        handles = self.volume[on]
        found[on] = np.where(handles >= 0, np.maximum(solution.values[handles], 0.0), 0.0)
        return found

    def values(self, volumes: Floats) -> Floats:
        """Values by handle that stand for given volumes of the free pairs: a start for the search."""
        values = np.zeros(len(self.model))
        made = volumes[self.free].sum(axis=1) > 0
        values[self.contract[self.free]] = made
        for handles, amounts in (
            (self.volume, volumes),
            (self.lots, np.rint(volumes / self.component.pairs.step[:, None])),
        ):
            there = handles >= 0
            values[handles[there]] = amounts[there]
        for handle, contracts in self.sets:
            values[handle] = float(values[contracts].max())
        for own, of_volumes in self.derived:
            values[own[own >= 0]] = of_volumes(volumes)[own >= 0]
        return values
