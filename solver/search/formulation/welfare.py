"""Gains from trade less the cost of contracts (docs/model.md 3.0)."""

from __future__ import annotations

from solver.search.formulation.draft import Draft


def add_terms(draft: Draft) -> None:
    """sum_p sum_t g_pt x_pt - sum_p F_p y_p over the free pairs.

    Maths: 3.0.  Units: CNY.
    """
    pairs = draft.component.pairs
    draft.model.gain(draft.volume[draft.free], pairs.gain[draft.free])
    draft.model.gain(draft.contract[draft.free], -pairs.contract_cost[draft.free])
