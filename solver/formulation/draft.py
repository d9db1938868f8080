"""A model in the making: which pairs are free, what the others hold, and the handles of the variables."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from solver.backend import Model
from solver.component import Component, OrderRows
from solver.pairs import Floats, Ints

ON_BY_VOLUME = 0.0  # a held pair with more volume than this is a contract


@dataclass(slots=True)
class Draft:
    """Variables of a component's model.  Pairs that are not free keep the volumes in ``held``."""

    component: Component
    free: Ints  # positions of the pairs with variables
    held: Floats  # (P, T) volumes of the other pairs, 0 for the free
    model: Model
    volume: Ints  # (P, T) handles of x_pt, NONE where it is 0 or held
    contract: Ints  # (P,) handles of y_p
    lots: Ints  # (P, T) handles of l_pt
    filled: dict[int, int] = field(default_factory=dict)  # order of the component -> handle of z_i

    def held_in(self, rows: OrderRows) -> Floats:
        """Volumes that an order's held pairs keep, (pairs of the order, T)."""
        return self.held[rows.pairs]

    def touches(self, rows: OrderRows) -> bool:
        """Whether an order has a free pair."""
        return bool((self.contract[rows.pairs] >= 0).any())

    def contracts_held(self, rows: OrderRows) -> Ints:
        """Positions, within an order's pairs, of the contracts that are held."""
        return np.flatnonzero(self.held_in(rows).sum(axis=1) > ON_BY_VOLUME)
