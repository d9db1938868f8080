"""Terms that no check of the verifier reads: a market that uses one cannot be called verified."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from solver.form.market import Market, Order
from solver.form.terms import LimitPrice
from solver.verify.violation import Violation

TERM = "unverified term"

# Terms of an order that the checks read, and those that are carried without meaning for a clearing.
READ = frozenset(
    [
        "id",
        "side",
        "organisation",
        "group_parent",
        "grade",
        "volumes",
        "limit_price",
        "site",
        "holds",
        "specification",
        "flexibility",
        "delivery",
        "payment",
        "loss_consent",
        "tolling",
        "contract_wishes",
        "minimum_contract",
        "maximum_contract",
        "lot",
        "minimum_fill",
        "counterparties",
        "maximum_share",
        "approved",
        "certificates",
        "exclusions",
        "validity",
        "source",
        "family",
        "minimum_per_period",
        "incumbents",
        "groups",
        "linked_to",
        "exclusive",
        "ramp",
        "credit_limit",
        "storage",
        "tiers",
        "alternates",
        "inputs",
        "must_serve",
        "priority",
    ]
)
CARRIED = frozenset({"tags", "small_supplier"})  # read of others, or by the round's policy

UNREAD = {  # every other term, with the value that says it is not used
    field.name: field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    for field in msgspec.structs.fields(Order)
    if field.name not in READ | CARRIED
}


def unverified_terms(market: Market) -> Iterator[Violation]:
    """Every term in the market that the verifier has no check for."""
    for position, order in enumerate(market.orders):
        for term in _terms_without_check(order):
            yield Violation(TERM, f"market:/orders/{position}/{term}", "no check reads this term")


def _terms_without_check(order: Order) -> Iterator[str]:
    for name, empty in UNREAD.items():
        if getattr(order, name) != empty:
            yield name
    yield from _limit_price_terms(order.limit_price)
    for attribute, value in order.specification.items():
        if isinstance(value, Decimal) == (order.side == "need"):
            yield "specification/" + attribute.replace("~", "~0").replace("/", "~1")


def _limit_price_terms(price: LimitPrice) -> Iterator[str]:
    for position, component in enumerate(price.components):
        if isinstance(component.content, str):
            yield f"limit_price/components/{position}/content"
        if (component.index is None) == (component.fixed is None):
            yield f"limit_price/components/{position}"
