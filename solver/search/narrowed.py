"""A component with some of its pairs only: what 4.1 counts over it is what those pairs add, at any multipliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.pairs.screened import Ints
from solver.search.component import Component, OrderRows


def narrowed(component: Component, kept: Ints) -> Component:
    """The pairs at some positions, in their order, with all orders; for the bound alone, so without rules.

    Raises: ValueError: its pairs have discounts, which are rules that 4.1 counts.
    """
    if component.tiers:
        raise ValueError("a component with discounts cannot be narrowed")
    position = np.full(len(component), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    orders = tuple(_rows(rows, position) for rows in component.orders)
    return replace(component, pairs=component.pairs.at(kept), orders=orders, rules=(), demands=())


def _rows(rows: OrderRows, position: Ints) -> OrderRows:
    own = rows.among(position[rows.pairs] >= 0)
    return replace(own, pairs=position[own.pairs])
