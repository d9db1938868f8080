"""Exhaustive search over which contracts are made, their volumes in whole lots or quanta by SciPy's ``milp``.

Written from docs/model.md alone, for markets whose volumes are too fine to be enumerated themselves.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from solver.form.market import Market, Order
from solver.verify.admission import PairFacts, first_failing_test, pair_facts
from solver.verify.freight import freights
from solver.verify.ground import Ground, party
from solver.verify.orders import least_fill
from solver.verify.relations import approved_periods, trial_share

Row = tuple[NDArray[np.float64], float]  # coefficients over pairs x periods, right-hand side of <=


class Pair:
    """A pair that may trade and its exact figures."""

    def __init__(self, offer: Order, need: Order, facts: PairFacts) -> None:
        self.offer, self.need, self.facts = offer, need, facts

    def holds(self, order: Order) -> bool:
        return order.id in (self.offer.id, self.need.id)

    def other(self, order: Order) -> Order:
        return self.need if order.id == self.offer.id else self.offer

    def units(self, order: Order) -> float:
        """The order's own units in one unit of the pair (3.22)."""
        accepted = {alternate.grade: 1 / float(alternate.ratio) for alternate in self.need.alternates}
        return 1.0 if order.id == self.offer.id else accepted.get(self.offer.grade, 1.0)


def pairs_of(ground: Ground) -> list[Pair]:
    """All pairs that may trade."""
    offers = [order for order in ground.market.orders if order.side == "offer"]
    needs = [order for order in ground.market.orders if order.side == "need"]
    return [
        Pair(offer, need, pair_facts(ground, offer, need, freights(ground, offer, need)[-1]))
        for offer, need in itertools.product(offers, needs)
        if first_failing_test(ground, offer, need) is None
    ]


def enumerate_contracts(market: Market) -> float:
    """The greatest welfare over every set of contracts.  Units: CNY.

    Pairs are decided one after the other; a branch is left when even its relaxation, in which the undecided
    cost nothing and have no least volume and volumes are continuous, is no better than the best found.
    """
    ground = Ground(market)
    pairs = pairs_of(ground)
    best = 0.0

    def decide(made: list[Pair], undecided: list[Pair]) -> None:
        nonlocal best
        if not _counts_allow(market, made, undecided):
            return
        cost = sum(float(pair.facts.cost) for pair in made)
        if _volumes(ground, made, undecided, whole=False) - cost <= best + 1e-9:
            return
        if not undecided:
            best = max(best, _volumes(ground, made, [], whole=True) - cost)
            return
        decide([*made, undecided[0]], undecided[1:])
        decide(made, undecided[1:])

    decide([], pairs)
    return best


def _counts_allow(market: Market, made: list[Pair], undecided: list[Pair]) -> bool:
    """3.7 for every order: not too many already, and enough still possible."""
    for order in market.orders:
        limits = order.counterparties
        parties = {party(pair.other(order)) for pair in made if pair.holds(order)}
        if limits is None or not parties:
            continue
        possible = parties | {party(pair.other(order)) for pair in undecided if pair.holds(order)}
        if len(possible) < (limits.least or 0) or (limits.most is not None and len(parties) > limits.most):
            return False
    return True


def _volumes(ground: Ground, made: list[Pair], undecided: list[Pair], *, whole: bool) -> float:
    """Greatest gain before contract costs with some contracts made and some open; minus infinity if impossible."""
    chosen = [*made, *undecided]
    if not chosen:
        return 0.0
    size, periods = len(chosen), ground.periods
    rows: list[Row] = []

    def row(terms: dict[int, float], limit: float) -> None:
        coefficients = np.zeros(size * periods)
        for column, value in terms.items():
            coefficients[column] += value
        rows.append((coefficients, limit))

    def columns(k: int) -> range:
        return range(k * periods, (k + 1) * periods)

    for k, pair in enumerate(chosen):
        row(dict.fromkeys(columns(k), 1.0), float(pair.facts.contract_most))
        if k < len(made):
            row(dict.fromkeys(columns(k), -1.0), -float(pair.facts.contract_least))
    for order in ground.market.orders:
        mine = [(k, pair) for k, pair in enumerate(chosen) if pair.holds(order)]
        if not mine:
            continue
        stated = float(ground.totals[order.id])
        for period in range(periods):
            called = {k * periods + period: (1 + _up(pair.other(order))) * pair.units(order) for k, pair in mine}
            row(called, float(ground.volumes[order.id][period]))
        if any(k < len(made) for k, _ in mine):
            least = max(least_fill(ground, order), Fraction(order.minimum_fill or 0) * ground.totals[order.id])
            row({c: -pair.units(order) for k, pair in mine for c in columns(k)}, -float(least))
        if order.maximum_share is not None:
            fraction = float(order.maximum_share.fraction)
            requested = order.maximum_share.of == "requested"
            for name in {party(pair.other(order)) for _, pair in mine}:
                kept = 0.0 if requested else -fraction
                terms = {c: kept * pair.units(order) for k, pair in mine for c in columns(k)}
                for k, pair in mine:
                    if party(pair.other(order)) == name:
                        terms.update({c: terms[c] + pair.units(order) for c in columns(k)})
                row(terms, fraction * stated if requested else 0.0)
        if order.approved is not None:
            on_trial: dict[int, float] = {}
            for k, pair in mine:
                approved = approved_periods(ground, order, pair.other(order)) or (False,) * periods
                on_trial.update({k * periods + t: pair.units(order) for t in range(periods) if not approved[t]})
            row(on_trial, float(trial_share(order)) * stated)
    steps = np.array([float(pair.facts.step) for pair in chosen for _ in range(periods)])
    gains = np.array([float(g) for pair in chosen for g in pair.facts.gains])
    most = np.array([float(u) for pair in chosen for u in pair.facts.greatest])
    matrix, limits = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    answer = milp(  # in whole steps, or fractions of them
        -gains * steps,
        constraints=LinearConstraint(matrix * steps, ub=limits + 1e-9),
        bounds=Bounds(0, np.floor(most / steps + 1e-9) if whole else most / steps),
        integrality=np.full(size * periods, int(whole)),
        options={"mip_rel_gap": 0.0},
    )
    return -float(answer.fun) if answer.status == 0 else -np.inf


def _up(order: Order) -> float:
    return 0.0 if order.flexibility.requires is None else float(order.flexibility.requires.up)
