"""Terms that look over several contracts or periods, one file each (docs/model.md 3.10 to 3.25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.pairs.market_limits import MarketLimits
from solver.search.rules import (
    credit,
    families,
    groups,
    incumbents,
    inputs,
    links,
    must_serve,
    ramp,
    running,
    small_suppliers,
    sources,
    tiers,
)
from solver.search.rules.demand import Demand
from solver.search.rules.rule import Rule

if TYPE_CHECKING:
    from solver.form.market import Market
    from solver.search.component import Component

FAMILIES = (sources, families, running, incumbents, groups, links, ramp, tiers)


def demands_of(component: Component) -> tuple[Demand, ...]:
    """Every rule that is held as far as can be."""
    return (*must_serve.demands(component), *small_suppliers.demands(component))


def rules_of(component: Component, whole: Market) -> tuple[Rule, ...]:
    """Every rule of a component's orders; what credit is worth may depend on orders of the whole market."""
    found: list[Rule] = [rule for family in FAMILIES for rule in family.rules(component)]
    if any(order.credit_limit is not None for order in component.market.orders):
        found += credit.rules(component, MarketLimits(whole))
    return (*found, *inputs.rules(component))
