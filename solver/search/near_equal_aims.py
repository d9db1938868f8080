"""What is aimed at among clearings of nearly the best welfare, one after the other (docs/model.md 3.26).

An aim is a worth of volumes, to be as great as can be: exactly, and as terms of a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from solver.form.market import party_of
from solver.pairs.amounts import volume
from solver.pairs.screened import Floats, Ints
from solver.search.component import Component
from solver.search.equal_terms import draw, groups_of_equals
from solver.search.exact import ExactVolumes
from solver.search.formulation import Draft
from solver.search.rules.row import Row, ones

Terms = tuple[Ints, Floats, float]  # handles, coefficients, constant


@dataclass(frozen=True)
class Volume:
    """Volume of some contracts, each with its weight."""

    name: str
    weights: Mapping[int, Fraction]  # by pair
    sign: ClassVar[int] = 1  # of what is stated

    def value(self, exact: ExactVolumes) -> Fraction:
        """Exactly."""
        worths = (self.weights[p] * exact.pair_total(p) * exact.unit(p) for p in exact.quanta if p in self.weights)
        return sum(worths, Fraction(0))

    def terms(self, draft: Draft) -> Terms:
        """The free volumes with their weights, and what the others come to."""
        pairs = np.array(list(self.weights), dtype=np.int64)
        weights = np.array([float(weight) for weight in self.weights.values()])
        handles = draft.volume[pairs]
        held = float((draft.held[pairs].sum(axis=1) * weights).sum())
        return handles.ravel(), np.repeat(weights, handles.shape[1]), held


@dataclass(frozen=True)
class LeastOfGreatest:
    """Less the sum, over groups, of the greatest of some rows: what lies above 0 of ``above``, below 1 of ``below``."""

    name: str
    above: tuple[tuple[Row, ...], ...]  # by group: rows "<= 0"
    below: tuple[tuple[Row, ...], ...] = ()  # by group: rows ">= 1"
    most: float = 1.0
    sign: ClassVar[int] = -1

    def value(self, exact: ExactVolumes) -> Fraction:
        """Exactly."""
        lacking = (max(Fraction(0), *(-row.slack(exact) for row in rows)) for rows in (*self.above, *self.below))
        return len(self.below) - sum(lacking, Fraction(0))

    def terms(self, draft: Draft) -> Terms:
        """A variable for what is lacking in each group."""
        handles = draft.model.add("lacking", np.full(len(self.above) + len(self.below), self.most))
        groups = (*self.above, *self.below)
        for rows, handle in zip(groups, handles.tolist(), strict=True):
            for row in rows:
                row.add_to(draft, handle)

        def lacking(volumes: Floats) -> Floats:
            return np.array([max(row.lacks(volumes) for row in rows) for rows in groups])

        draft.derived.append((handles, lacking))
        return handles, -np.ones(len(handles)), float(len(self.below))


NearEqualAim = Volume | LeastOfGreatest


def aims_of(component: Component, market_hash: str) -> list[NearEqualAim]:
    """All aims of a component, in their order; one without a contract to it is left out."""
    found = [
        _concentration(component),
        _volume("small_suppliers", _from_small(component)),
        _volume("incumbents", _with_incumbents(component)),
        *_equals(component, market_hash),
    ]
    return [aim for aim in found if aim is not None]


def _concentration(component: Component) -> LeastOfGreatest | None:
    target = component.market.policy.concentration_target
    if target is None:
        return None
    orders, share = component.market.orders, Fraction(target)
    by_grade: dict[str, dict[str, list[int]]] = {}
    for p, k in enumerate(component.seller.tolist()):
        by_grade.setdefault(orders[k].grade, {}).setdefault(party_of(orders[k]), []).append(p)
    groups = []
    for parties in by_grade.values():
        everybody = ones([p for own in parties.values() for p in own], component.periods, -share)
        groups.append(
            tuple(
                Row("concentration", 0, everybody | ones(own, component.periods, 1 - share)) for own in parties.values()
            )
        )
    return LeastOfGreatest("concentration", tuple(groups), most=float(component.pairs.most.sum()))


def _volume(name: str, pairs: Iterable[int]) -> Volume | None:
    weights = dict.fromkeys(pairs, Fraction(1))
    return Volume(name, weights) if weights else None


def _from_small(component: Component) -> list[int]:
    orders = component.market.orders
    return [p for p, k in enumerate(component.seller.tolist()) if orders[k].small_supplier]


def _with_incumbents(component: Component) -> list[int]:
    """Pairs of which one names the other's party as an incumbent."""
    orders, party = component.market.orders, component.wider.party_of
    named = [{party.get(each.organisation) for each in order.incumbents} for order in orders]
    both = enumerate(zip(component.seller.tolist(), component.buyer.tolist(), strict=True))
    return [p for p, (o, n) in both if party_of(orders[n]) in named[o] or party_of(orders[o]) in named[n]]


def _equals(component: Component, market_hash: str) -> Iterator[NearEqualAim]:
    """Pro rata among orders of equal terms, then a lottery among them."""
    place = {order.id: k for k, order in enumerate(component.market.orders)}
    groups = groups_of_equals(order for order in component.market.orders if volume(order) > 0)
    if not groups:
        return

    def part(name: str) -> dict[int, tuple[Fraction, ...]]:
        own, k = component.orders[place[name]], place[name]
        whole = Fraction(volume(own.order))
        return {p: (component.own_units(k, p) / whole,) * component.periods for p in own.pairs.tolist()}

    above = tuple(tuple(Row("pro_rata", place[name], part(name)) for name in names) for names in groups)
    below = tuple(
        tuple(Row("pro_rata", place[name], part(name), {}, Fraction(1), at_least=True) for name in names)
        for names in groups
    )
    yield LeastOfGreatest("pro_rata", above, below)
    weights: dict[int, Fraction] = {}
    for names in groups:
        draws = {name: draw(market_hash, name) for name in names}
        mean = sum(draws.values(), Fraction(0)) / len(draws)  # so that no group gains from others by it
        for name, drawn in draws.items():
            for p in component.orders[place[name]].pairs.tolist():
                weights[p] = weights.get(p, Fraction(0)) + drawn - mean
    yield Volume("lottery", weights)
