"""Scenarios applied to a market: each gives another market, or is refused with its place.

A market is never changed in place.  What comes out is read as a market file is, so that no scenario can make a market
that a file could not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from solver.form.faults import Fault, MarketError, pointer, shown
from solver.form.honoured import unhonoured_in_market
from solver.form.market import Market, canonical_bytes
from solver.form.reading import read_market
from solver.form.scenarios import Scenario, Scenarios, kind_of
from solver.whatif import orders, surroundings
from solver.whatif.places import Place

Apply = Callable[[Market, Any, Place], Market]

APPLIED: dict[str, Apply] = {
    "policy": surroundings.policy,
    "freight": surroundings.freight,
    "set_lane": surroundings.set_lane,
    "add_lane": surroundings.add_lane,
    "remove_lane": surroundings.remove_lane,
    "index": surroundings.index,
    "drop_term": orders.drop_term,
    "set_term": orders.set_term,
    "remove_organisation": orders.remove_organisation,
    "remove_order": orders.remove_order,
    "add_volume": orders.add_volume,
    "scale_volume": orders.scale_volume,
    "add_order": orders.add_order,
    "copy_order": orders.copy_order,
}


def applied(market: Market, scenarios: Scenarios) -> list[Market]:
    """The market of every scenario, in their order.

    Raises: MarketError with the first fault of each scenario that names something absent, changes nothing, or
    makes a market that is refused.
    """
    found, faults = [], []
    for number, scenario in enumerate(scenarios.scenarios):
        try:
            found.append(_applied(market, scenario, number))
        except MarketError as error:
            faults += error.faults
    if faults:
        raise MarketError(faults)
    return found


def _applied(market: Market, scenario: Scenario, number: int) -> Market:
    changed = market
    for step, change in enumerate(scenario.changes):
        kind = kind_of(change)
        place: Place = ("scenarios", number, "changes", step, kind)
        before = changed
        changed = APPLIED[kind](before, getattr(change, kind), place)
        if changed == before:
            raise MarketError([Fault(pointer(*place), kind, "changes nothing in the market")])
    try:
        changed = read_market(canonical_bytes(changed))
        faults = list(unhonoured_in_market(changed))
    except MarketError as error:
        faults = error.faults
    if faults:
        place = ("scenarios", number)
        raise MarketError([Fault(pointer(*place), shown(f"{f.pointer}: {f.value}"), f.message) for f in faults])
    return changed
