"""What a search begins with: the relaxation of its component, and the multipliers that the clearing states.

Where gains stand still the relaxation with the periods added up comes first: it is small, and its multipliers are
nearly those by the period.  Of a component with very many pairs it is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from solver.pairs.screened import Ints
from solver.search.bound import Prices, bound_at, profits
from solver.search.coarse import coarse
from solver.search.component import Component
from solver.search.divisible import is_divisible
from solver.search.each_period import each_period_alone
from solver.search.relaxation import CLOSE_ENOUGH, Relaxed, relax
from solver.search.rule_rows import rule_rows
from solver.search.shortened import Kept
from solver.search.subgradient import tightened
from solver.search.term import by_period, gains_stand_still, over_the_term
from solver.search.warm import Warm, beside

TINY_CELLS = 150  # pairs x periods up to which the full model is solved to its end at once
FULL_CELLS = 700  # up to which the first model is the full one
MANY_PAIRS = 10_000  # from which a component is relaxed over the term alone, if that is a bound
VERY_MANY_PAIRS = 50_000  # from which, if it is none, each period is relaxed before all of them together
RULED_CELLS = 30_000  # from which multipliers are as rough as this, not tightened, and stated as they are
RULED_ORDERS = 0.3  # part of a component's orders with rules from which these decide how it is searched
FEW_PAIRS = 40  # up to which the model of all pairs is the first, whatever the rules
ROUGH = 2e-3  # in place of the usual distance from the best


@dataclass(frozen=True, slots=True)
class Begun:
    """The relaxation by the period; the component over the term and its relaxation, where that is a bound too."""

    relaxed: Relaxed
    stated: Prices  # for 4.1, which knows no charges
    divisible: bool  # whether the relaxation is the model itself
    term: Component | None = None
    over_term: Relaxed | None = None
    # Where rules decide: as if all delivered evenly, which bounds nothing.
    even: tuple[Component, Relaxed] | None = None

    def of(self, kept: Kept) -> Begun:
        """The same of the pairs that are kept, of a component without rules."""
        return replace(
            self,
            relaxed=kept.of_relaxed(self.relaxed),
            term=None if self.term is None else kept.of_component(self.term),
            over_term=None if self.over_term is None else kept.of_relaxed(self.over_term),
        )


def begun(component: Component, deadline: float | None, warm: Warm | None = None) -> Begun:
    """Relax a component.

    ``deadline``: on the monotonic clock; what was proven by then counts.
    ``warm``: an earlier clearing, whose multipliers may be better than the relaxation's.
    """
    cells = component.pairs.gain.size
    divisible = cells > TINY_CELLS and is_divisible(component)
    term = over_the_term(component) if cells > FULL_CELLS and gains_stand_still(component) else None
    over_term = None if term is None else replace(relax(term, deadline, rules=rule_rows(term)), rules=None)
    even = _evenly(component, deadline) if rules_decide(component) else None
    near = None if over_term is None else by_period(over_term.prices, component.periods)
    if term is None and len(component) >= VERY_MANY_PAIRS:
        near = each_period_alone(component, deadline)
    if over_term is not None and near is not None and len(component) > MANY_PAIRS and not divisible:
        relaxed = replace(over_term, prices=near)
        good_enough = warm is None or relaxed.charges is not None  # its charges are of rows over the term
    else:
        first = None if even is None else np.flatnonzero(even[1].volumes[:, 0] > 0)
        relaxed, good_enough = _by_period(component, deadline, near, first, exact=divisible)
    if warm is not None and relaxed.charges is None:
        relaxed = min((relaxed, *_earlier(component, relaxed, warm)), key=lambda each: each.bound)
    if not good_enough:
        relaxed = tightened(component, relaxed, deadline)
    stated = _stated(component, relaxed, warm, deadline)
    relaxed = replace(relaxed, rules=None)  # not needed again, and not small
    return Begun(relaxed, stated, divisible, term, over_term, even)


def rules_decide(component: Component) -> bool:
    """Whether so many orders state rules, of so many pairs, that the contracts are chosen before their periods."""
    owners = {rule.owner for rule in component.rules}
    return len(component) > FEW_PAIRS and len(owners) > RULED_ORDERS * len(component.orders)


def _evenly(component: Component, deadline: float | None) -> tuple[Component, Relaxed]:
    over = coarse(component)
    return over, replace(relax(over, deadline, rules=rule_rows(over)), rules=None)


def _by_period(
    component: Component, deadline: float | None, near: Prices | None, first: Ints | None, *, exact: bool
) -> tuple[Relaxed, bool]:
    """The relaxation, and whether its multipliers are to stay as they are."""
    rules, cells = rule_rows(component), component.pairs.gain.size
    rough = rules is not None and cells > RULED_CELLS
    if rules is not None and rough:
        rules = replace(rules, counting=())  # stated as they are: each more makes a large program slower
    close = 0.0 if exact else ROUGH if rough else CLOSE_ENOUGH
    relaxed = relax(component, deadline, near, first=first, rules=rules, close=close)
    return relaxed, exact or rough or cells <= TINY_CELLS


def _earlier(component: Component, relaxed: Relaxed, warm: Warm) -> Iterator[Relaxed]:
    """The same volumes with the multipliers of an earlier clearing."""
    for prices in (warm.prices, beside(warm, relaxed.prices)):
        yield Relaxed(relaxed.volumes, prices, profits(component, prices), bound_at(component, prices))


def _stated(component: Component, relaxed: Relaxed, warm: Warm | None, deadline: float | None) -> Prices:
    """The relaxation's own, unless charges stand beside them: then the best without rules that are at hand."""
    charged = relaxed.charges is not None and relaxed.charges.any()
    own = relaxed.prices
    if charged and component.pairs.gain.size <= RULED_CELLS:
        own = relax(component, deadline, own, close=ROUGH).prices
    if relaxed.charges is None or warm is None:
        return own
    return min((own, warm.prices, beside(warm, own)), key=lambda each: bound_at(component, each))
