"""A component without its fine print: what says when a contract delivers, and in how small steps.

Which contracts are worth making hangs little on it, and the model is solved several times as fast.  Leaving rows out
only widens what is possible, so that its bound holds for the component; its contracts are a good choice to begin with.
"""

from __future__ import annotations

from dataclasses import replace

from solver.search.component import Component
from solver.search.rules.ramp import Ramp
from solver.search.rules.running import Running

COARSE = 0.2  # part of a period's greatest volume from which a lot is no fine print


def outline(component: Component) -> Component:
    """The component without 3.12, 3.17, and 3.5 where lots are small."""
    pairs = component.pairs
    rules = tuple(rule for rule in component.rules if not isinstance(rule, Ramp | Running))
    has_lot = pairs.has_lot & (pairs.step > COARSE * pairs.most.max(axis=1))
    return replace(component, rules=rules, pairs=replace(pairs, has_lot=has_lot))
