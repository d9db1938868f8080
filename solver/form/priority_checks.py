"""What must hold in the classes of an order's terms, and in what has to be served (docs/model.md 3.23, 3.24)."""

from __future__ import annotations

from collections.abc import Iterator

from solver.form.faults import Fault, pointer, shown
from solver.form.market import Order

Place = tuple[str | int, ...]

# Volumes, limits, specifications, certificates and validity are hard always; these may be given a class.
RELAXABLE_TERMS = (
    "flexibility",
    "minimum_contract",
    "maximum_contract",
    "minimum_per_period",
    "lot",
    "minimum_fill",
    "counterparties",
    "maximum_share",
    "incumbents",
    "approved",
    "groups",
    "ramp",
    "storage",
    "credit_limit",
    "must_serve",
)


def priority_faults(order: Order, place: Place) -> Iterator[Fault]:
    """Classes of what has none, or is not stated; an offer that must be served."""
    for term in order.priority:
        at = pointer(*place, "priority", term)
        if term not in RELAXABLE_TERMS:
            yield Fault(at, shown(term), "must be one of " + ", ".join(RELAXABLE_TERMS))
        elif not _is_stated(order, term):
            yield Fault(at, shown(term), "must be a term that the order states")
    if order.must_serve and order.side != "need":
        yield Fault(pointer(*place, "must_serve"), "true", "only a need must be served")


def _is_stated(order: Order, term: str) -> bool:
    value = getattr(order, term)
    if term == "flexibility":
        return order.flexibility.requires is not None or order.flexibility.grants is not None
    return value is not None and value is not False and value != ()
