"""Discounts off an offer's limit by the volume of one contract (docs/model.md 3.21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.pairs.gains import micro
from solver.pairs.tiers import Discounts, discounts_of
from solver.search.backend import EQUAL, NOT_ABOVE, NOT_BELOW
from solver.search.rules.rule import Number, Shortfall

if TYPE_CHECKING:
    from solver.pairs.screened import Floats
    from solver.search.component import Component
    from solver.search.exact import ExactVolumes
    from solver.search.formulation.draft import Draft


@dataclass(frozen=True)
class Tiers:
    """The discounts of one contract: its worth by the step that its volume reaches, and when it may carry any."""

    owner: int
    pair: int
    discounts: Discounts
    opens: tuple[int, ...]  # per period: the first step at which the period gains nothing less than 0
    term: str = "tiers"

    @property
    def pairs(self) -> tuple[int, ...]:
        """The one contract."""
        return (self.pair,)

    def add_to(self, draft: Draft) -> None:
        """v_j = volume if step j counts, else 0; exactly one counts if the contract is made.

        Maths: 3.21.  The steps need no upper end: a step beyond which the volume is gains less than the next.
        """
        if draft.contract[self.pair] < 0:
            return
        model, pairs, steps = draft.model, draft.component.pairs, self.discounts.floats
        most, least = float(pairs.contract_most[self.pair]), float(pairs.contract_least[self.pair])
        reachable = np.array([1.0 if step.start <= most else 0.0 for step in steps])
        counts = model.add("step", reachable, integer=True)
        volumes = model.add("step_volume", reachable * most)
        model.row("steps", np.append(counts, draft.contract[self.pair]), np.append(np.ones(len(steps)), -1.0), EQUAL, 0)
        x = draft.volume[self.pair]
        both = np.concatenate([volumes, x])
        model.row("steps", both, np.concatenate([np.ones(len(steps)), -np.ones(len(x))]), EQUAL, 0.0)
        for step, count, volume in zip(steps, counts, volumes, strict=True):
            handles = np.array([volume, count])
            model.row("step", handles, np.array([1.0, -most]), NOT_ABOVE, 0.0)
            model.row("step", handles, np.array([1.0, -max(least, step.start)]), NOT_BELOW, 0.0)
            model.gain(np.array([volume]), step.discount)
            model.gain(np.array([count]), -step.offset)
        for t, first in enumerate(self.opens):
            if first > 0 and x[t] >= 0:
                open_steps = np.append(x[t], counts[first:])
                row = np.append(1.0, -np.full(len(counts) - first, float(pairs.most[self.pair, t])))
                model.row("step_opens", open_steps, row, NOT_ABOVE, 0.0)
        draft.derived.append((counts, lambda values: self._counts(values)))
        draft.derived.append((volumes, lambda values: self._counts(values) * values[self.pair].sum()))

    def shortfall(self, exact: ExactVolumes) -> Shortfall | None:
        """Missed if a period carries volume that only a higher step would open."""
        quanta = exact.quanta.get(self.pair)
        if quanta is None:
            return None
        step = self.discounts.step_at(sum(quanta) * exact.unit(self.pair))
        closed = any(n and self.opens[t] > step for t, n in enumerate(quanta))
        return Shortfall(self.term, self.pairs) if closed else None

    def room(self, exact: ExactVolumes, p: int, t: int) -> Number | None:
        """None where the step that the contract has reached does not open the period."""
        quanta = exact.quanta.get(p)
        if quanta is None or self.opens[t] <= self.discounts.step_at(sum(quanta) * exact.unit(p)):
            return None
        return 0

    def worth(self, volume: float) -> float:
        """What a contract of a volume is discounted by, in floats and CNY."""
        reached = [step for step in self.discounts.floats if step.start <= volume * (1 + 1e-12)]
        return reached[-1].discount * volume - reached[-1].offset

    def over_the_term(self) -> Tiers | None:
        """The same: it speaks of the volume over the term."""
        return Tiers(self.owner, self.pair, self.discounts, (min(self.opens),))

    def _counts(self, values: Floats) -> Floats:
        """Which step a contract's volume reaches, as ones and zeros."""
        found = np.zeros(len(self.discounts.steps))
        volume = float(values[self.pair].sum())
        if volume > 0:
            found[max(j for j, step in enumerate(self.discounts.floats) if j == 0 or step.start <= volume + 1e-9)] = 1.0
        return found


def rules(component: Component) -> Iterator[Tiers]:
    """One for every pair of an offer with tiers.

    Maths: 3.21.
    """
    for k, order in enumerate(component.market.orders):
        if order.tiers is None:
            continue
        discounts = discounts_of(component.market, order)
        for p in component.orders[k].pairs.tolist():
            yield Tiers(k, p, discounts, opens(discounts, component.pairs.gain[p]))


def opens(discounts: Discounts, gain: Floats) -> tuple[int, ...]:
    """Per period the first step whose discount brings the gain to 0 or more; the last one more where none does."""
    return tuple(_first(discounts, micro(each)) for each in gain)


def _first(discounts: Discounts, gain_micro: int) -> int:
    steps = discounts.steps
    if discounts.incremental:
        return 0 if gain_micro >= 0 else len(steps)
    return next((j for j, step in enumerate(steps) if gain_micro + step.discount_micro >= 0), len(steps))
