"""Terms that tie an order to others of the same owner."""

from __future__ import annotations

from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.limits import GREATEST_FACTOR, GREATEST_VOLUME, MOST_MAKE_UP_MONTHS, ZERO


def read_links(terms: Fields, facts: OrderFacts) -> None:
    """``linked_to``: filled only if that order is; ``exclusive``: one of the set at most; ``family``: shared limits."""
    linked_to = terms.text("linked_to")
    if linked_to is not None and linked_to == facts.order_id:
        terms.fault("linked_to", "is the order itself", linked_to, "another order of yours", "contradiction")
    elif linked_to is not None and facts.side_of(linked_to) is None:
        message = "is no order of yours that can still trade"
        terms.fault("linked_to", message, linked_to, "another order of yours", "unknown-reference")
    terms.text("exclusive")
    terms.text("family")


def read_inputs(terms: Fields, facts: OrderFacts) -> None:
    """``inputs``: this offer exists only as far as these needs of its owner are filled or stocked."""
    if "inputs" in terms and facts.side is not Side.OFFER:
        terms.fault("inputs", "only an offer has inputs", "inputs", "an offer", "wrong-side")
    seen: set[str] = set()
    for entry in terms.each("inputs"):
        entry.require("need", "units_per_unit")
        need = entry.text("need")
        if need is not None and facts.side_of(need) != Side.NEED:
            message = "is no need of yours that can still trade"
            entry.fault("need", message, need, "a need of yours", "unknown-reference")
        elif need in seen:
            entry.fault("need", "is named twice", need, "once", "duplicate")
        seen |= {need} if need is not None else set()
        entry.amount("units_per_unit", above=ZERO, most=GREATEST_FACTOR)
        entry.whole("lead_periods", 0, MOST_MAKE_UP_MONTHS)
        entry.amount("stocked", least=ZERO, most=GREATEST_VOLUME)
        entry.flag("cost_in_limit")
        entry.finish()
