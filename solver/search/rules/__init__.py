"""Terms that look over several contracts or periods, one file each (docs/model.md 3.10 to 3.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.search.rules import credit, families, groups, incumbents, inputs, links, ramp, running, sources
from solver.search.rules.rule import Rule

if TYPE_CHECKING:
    from solver.search.component import Component

FAMILIES = (sources, families, running, incumbents, groups, links, ramp, credit, inputs)


def rules_of(component: Component) -> tuple[Rule, ...]:
    """Every rule of a component's orders."""
    return tuple(rule for family in FAMILIES for rule in family.rules(component))
