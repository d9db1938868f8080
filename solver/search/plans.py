"""The best plan of one contract at multipliers, where its worth has steps (docs/model.md 3.21, 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

import numpy as np

from solver.pairs.screened import Floats
from solver.search.component import Component
from solver.search.exact_terms import PairTerms
from solver.search.rules.tiers import Tiers

Margin = tuple[Fraction, Fraction, int]  # worth per unit, most, period


def discounted_plans(component: Component, margin: Floats, kappa: Floats, profit: Floats, volumes: Floats) -> None:
    """Put the best plan over all steps in place of the undiscounted one.

    Shapes: margin, volumes (P, T); kappa, profit (P,).
    """
    pairs = component.pairs
    for p, tiers in component.tiers.items():
        cost = pairs.contract_cost[p] + kappa[p]
        profit[p], best = -np.inf, volumes[p]
        for j, step in enumerate(tiers.discounts.floats):
            if step.start > pairs.contract_most[p]:
                break
            most = np.where(np.array(tiers.opens) <= j, pairs.most[p], 0.0)
            least = max(float(pairs.contract_least[p]), step.start)
            if most.sum() < least:
                continue
            plan = _plan(margin[p] + step.discount, most, least, float(pairs.contract_most[p]))
            worth = float(((margin[p] + step.discount) * plan).sum()) - step.offset - cost
            if worth > profit[p]:
                profit[p], best = worth, plan
        volumes[p] = best


def _plan(margin: Floats, most: Floats, least: float, greatest: float) -> Floats:
    plan, taken = np.zeros(len(margin)), 0.0
    for t in np.argsort(-margin, kind="stable").tolist():
        take = min(most[t], max(0.0, (greatest if margin[t] > 0 else least) - taken))
        plan[t], taken = take, taken + take
    return plan


def exact_plan(margins: Iterable[Margin], least: Fraction, greatest: Fraction) -> Fraction:
    """The most that a contract gains, before its cost, by filling its periods from the best one down.

    Counted in whole parts of a unit and of a yuan: fractions are ten times as slow.
    """
    best_first = sorted(margins, reverse=True)
    parts = lcm(least.denominator, greatest.denominator, *(most.denominator for _, most, _ in best_first))
    micro = lcm(*(margin.denominator for margin, _, _ in best_first))
    lower, upper, profit, taken = _whole(least, parts), _whole(greatest, parts), 0, 0
    for margin, most, _ in best_first:
        take = min(_whole(most, parts), max(0, (upper if margin.numerator > 0 else lower) - taken))
        profit += _whole(margin, micro) * take
        taken += take
    return Fraction(profit, parts * micro)


def _whole(value: Fraction, parts: int) -> int:
    return value.numerator * (parts // value.denominator)


def exact_discounted_plan(tiers: Tiers, margins: list[Margin], terms: PairTerms) -> Fraction:
    """The same over all steps that the contract may reach."""
    found = []
    for j, step in enumerate(tiers.discounts.steps):
        discount = Fraction(step.discount_micro, 1_000_000)
        least = max(terms.contract_least, step.start)
        opened = [(margin + discount, most, t) for margin, most, t in margins if tiers.opens[t] <= j]
        if least <= terms.contract_most and sum(most for _, most, _ in opened) >= least:
            found.append(exact_plan(opened, least, terms.contract_most) - step.offset_micro / 1_000_000)
    return max(found, default=Fraction(-1))
