"""Puts the families of rows together into the model of a component."""

from __future__ import annotations

import math

import numpy as np

from solver.pairs.screened import Floats, Ints
from solver.search.backend import Model
from solver.search.component import Component
from solver.search.formulation import approvals, capacity, contracts, counterparties, fill, lots, share, welfare
from solver.search.formulation.draft import Draft
from solver.search.rules.demand import hold_classes

LARGE = 4096.0  # grade units; contracts of a few thousand suit the tolerances of the backends

FAMILIES = (
    capacity.add_rows,
    contracts.add_rows,
    lots.add_rows,
    fill.add_rows,
    counterparties.add_rows,
    share.add_rows,
    approvals.add_rows,
    welfare.add_terms,
)


def build(
    component: Component, free: Ints | None = None, held: Floats | None = None, *, whole_quanta: bool = False
) -> Draft:
    """The model of a component, or of its free pairs while the others keep their volumes.

    ``whole_quanta``: volumes without lots are whole quanta by the model itself, not by rounding after it.
    """
    draft = empty_draft(component, free, held)
    if whole_quanta:
        lots.add_rows(draft, everywhere=True)
    for add in FAMILIES:
        if not (whole_quanta and add is lots.add_rows):
            add(draft)
    for rule in component.rules:
        rule.add_to(draft)
    for demand in component.demands:
        demand.add_to(draft)
    hold_classes(draft, component.allowed)
    return draft


def empty_draft(component: Component, free: Ints | None = None, held: Floats | None = None) -> Draft:
    """Variables without any row: x_pt up to u_pt, y_p in {0, 1}."""
    pairs = component.pairs
    model = Model("clearing", unit_of_volume(component))
    chosen = np.arange(len(component), dtype=np.int64) if free is None else free
    volume = np.full(pairs.most.shape, -1, dtype=np.int64)
    contract = np.full(len(component), -1, dtype=np.int64)
    volume[chosen] = model.add("volume", pairs.most[chosen])
    contract[chosen] = model.add("contract", np.ones(len(chosen)), integer=True)
    kept = np.zeros(pairs.most.shape) if held is None else held.copy()
    kept[chosen] = 0.0
    there = (contract >= 0) | kept.any(axis=1)
    touched = np.union1d(component.seller[chosen], component.buyer[chosen]).tolist()
    orders = tuple(rows.among(there[rows.pairs]) for rows in (component.orders[k] for k in touched))
    return Draft(component, chosen, orders, kept, model, volume, contract, np.full_like(volume, -1))


def unit_of_volume(component: Component) -> float:
    """A power of two by which the greatest contract comes down to about ``LARGE``; 1 where it is smaller."""
    greatest = float(component.pairs.contract_most.max(initial=0.0))
    return 2.0 ** max(0, round(math.log2(greatest / LARGE))) if greatest > LARGE else 1.0
