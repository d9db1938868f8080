"""What a search begins with: the relaxation of its component, and the multipliers that the clearing states.

Where gains stand still the relaxation with the periods added up comes first: it is small, and its multipliers are
nearly those by the period.  Of a component with very many pairs it is the only one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from solver.search.bound import Prices
from solver.search.component import Component
from solver.search.divisible import is_divisible
from solver.search.each_period import each_period_alone
from solver.search.relaxation import CLOSE_ENOUGH, Relaxed, relax
from solver.search.rule_rows import rule_rows
from solver.search.shortened import Kept
from solver.search.subgradient import tightened
from solver.search.term import by_period, gains_stand_still, over_the_term

TINY_CELLS = 150  # pairs x periods up to which the full model is solved to its end at once
FULL_CELLS = 700  # up to which the first model is the full one
MANY_PAIRS = 10_000  # from which a component is relaxed over the term alone, if that is a bound
VERY_MANY_PAIRS = 50_000  # from which, if it is none, each period is relaxed before all of them together
RULED_CELLS = 30_000  # from which multipliers are as rough as this, not tightened, and stated as they are
ROUGH = 2e-3  # in place of the usual distance from the best


@dataclass(frozen=True, slots=True)
class Begun:
    """The relaxation by the period; the component over the term and its relaxation, where that is a bound too."""

    relaxed: Relaxed
    stated: Prices  # for 4.1, which knows no charges
    divisible: bool  # whether the relaxation is the model itself
    term: Component | None = None
    over_term: Relaxed | None = None

    def of(self, kept: Kept) -> Begun:
        """The same of the pairs that are kept."""
        return replace(
            self,
            relaxed=kept.of_relaxed(self.relaxed),
            term=None if self.term is None else kept.of_component(self.term),
            over_term=None if self.over_term is None else kept.of_relaxed(self.over_term),
        )


def begun(component: Component, deadline: float | None, *, warm: bool) -> Begun:
    """Relax a component.

    ``deadline``: on the monotonic clock; what was proven by then counts.
    ``warm``: whether an earlier clearing's multipliers are at hand, and none need be tightened yet.
    """
    cells = component.pairs.gain.size
    divisible = cells > TINY_CELLS and is_divisible(component)
    term = over_the_term(component) if cells > FULL_CELLS and gains_stand_still(component) else None
    over_term = None if term is None else relax(term, deadline, rules=rule_rows(term))
    near = None if over_term is None else by_period(over_term.prices, component.periods)
    if term is None and len(component) >= VERY_MANY_PAIRS:
        near = each_period_alone(component, deadline)
    if divisible:
        relaxed = relax(component, deadline, near, close=0.0)
    elif over_term is not None and near is not None and len(component) > MANY_PAIRS:
        relaxed = replace(over_term, prices=near)
    else:
        relaxed = _by_period(component, deadline, near, warm=warm)
    return Begun(relaxed, _stated(component, relaxed, deadline), divisible, term, over_term)


def _by_period(component: Component, deadline: float | None, near: Prices | None, *, warm: bool) -> Relaxed:
    rules, cells = rule_rows(component), component.pairs.gain.size
    large = rules is not None and cells > RULED_CELLS
    relaxed = relax(component, deadline, near, rules=rules, close=ROUGH if large else CLOSE_ENOUGH)
    return relaxed if cells <= TINY_CELLS or warm or large else tightened(component, relaxed, deadline, rules)


def _stated(component: Component, relaxed: Relaxed, deadline: float | None) -> Prices:
    """The relaxation's own, unless charges stand beside them: then those of the relaxation without rules."""
    charged = relaxed.charges is not None and relaxed.charges.any()
    if not charged or component.pairs.gain.size > RULED_CELLS:
        return relaxed.prices
    return relax(component, deadline, relaxed.prices, close=ROUGH).prices
