"""Markets in which a term of docs/model.md 3b says nothing, or joins what no pair joins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from solver.form.market import Market, Order
from solver.form.terms import CreditLimit, Exclusion, Incumbent, Payment, SmallSupplierShare, Storage
from tests.unit.solver.edges_joint import FEW, ONE_BUYER, B, by_terms, line, one_contract, paid, ramp, share
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
STRANGE = {"exclusions": (Exclusion(organisation="org-o1", reason="none"),)}
APART = [  # two components, but for what joins them
    offer("o1", [5], 100),
    offer("o2", [5], 100, exclusions=(Exclusion(organisation="B", reason="none"),)),
    need("n1", [5], 120, **B),
    need("n2", [5], 120, organisation="C", **STRANGE),
]
JOINED = [APART[0], replace(APART[1], exclusions=()), APART[2], need("n2", [5], 110, **B, **STRANGE)]
JOINED[2] = replace(JOINED[2], exclusions=(Exclusion(organisation="org-o2", reason="none"),))
NO_SHARE = Incumbent(organisation="org-o2")
HALF = Payment(deposit_fraction=D("0.5"))
IN_STOCK = Storage(owner="seller", place="shed", opening=D(5), closing=D(0), capacity=D(5), cost=D(0))
TINY = {"credit_limit": CreditLimit(exposure_cny=D("0.01"))}


def stated(orders: list[Order], on: str, **terms: Any) -> Market:
    return market(*(replace(order, **terms) if order.id in on.split() else order for order in orders), policy=FEW)


def ruled(on: str, **rules: Any) -> Market:
    """The two parts under other rules of the round, with small organisations."""
    return replace(stated(APART, on, small_supplier=True), policy=replace(FEW, **rules))


SHARE = {"small_supplier_share": SmallSupplierShare(fraction=D("0.1"))}

# Each with its welfare and its number of components.
INSIDE: dict[str, tuple[Market, int, int]] = {
    "two parts": (stated(APART, ""), 198, 2),
    "two parts of one owner": (stated(JOINED, ""), 148, 2),
    "joined by a line": (stated(APART, "o1 o2", **line("6")), 118, 1),
    "joined by a family": (stated(JOINED, "n1 n2", family="plants"), 148, 1),
    "joined by a set": (stated(JOINED, "n1 n2", exclusive="a"), 99, 1),
    "joined by a link": (stated(JOINED, "n2", linked_to="n1"), 148, 1),
    "joined by a link to what trades with nobody": (
        stated([*APART, need("n3", [5], 90, **B)], "n1", linked_to="n3"),
        99,
        2,
    ),
    "joined by a share for small suppliers": (ruled("o1", **SHARE), 198, 1),
    "a grade without small suppliers is not joined": (ruled("n1 n2", **SHARE), 198, 2),
    "small suppliers without a share join nothing": (ruled("o1"), 198, 2),
    "joined by a target among near-equals": (
        ruled("", welfare_tolerance=D("0.0001"), concentration_target=D(1)),
        198,
        1,
    ),
    "a target without a tolerance joins nothing": (ruled("", concentration_target=D(1)), 198, 2),
    "a tolerance without a target joins nothing": (ruled("", welfare_tolerance=D("0.0001")), 198, 2),
    "paid on delivery": (stated(one_contract(5, 5), "o1", **TINY), 199, 1),
    "a need is owed nothing that it has not paid": (stated(paid(one_contract(5, 5), 30), "n1", **TINY), 199, 1),
    "what is prepaid is never owed": (stated(by_terms(prepaid_fraction=D(1), days=30), "o1", **TINY), 599, 1),
    "a need's limit below zero is never owed": (
        stated([replace(order, payment=HALF) for order in (offer("o1", [5], -20), need("n1", [5], -5))], "n1", **TINY),
        74,
        1,
    ),
    "prepaid at delivery": (stated(by_terms(prepaid_fraction=D(1)), "n1", **TINY), 599, 1),
    "a limit below zero is never owed": (
        stated(paid([offer("o1", [5], -100), need("n1", [5], 20)], 30), "o1", **TINY),
        599,
        1,
    ),
    "an incumbent without share": (stated(ONE_BUYER, "n1", incumbents=(NO_SHARE,)), 154, 1),
    "one party has all that is made, and the stock": (
        stated([offer("o1", [10], 100, storage=IN_STOCK), need("n1", [15], 120)], "o1", **share("1")),
        299,
        1,
    ),
    "no ramp over a month without trade": (stated(one_contract(4, 0, 1), "o1", **ramp("0")), 99, 1),
    "no ramp in one month": (stated(one_contract(4), "o1", **ramp("0")), 79, 1),
}
