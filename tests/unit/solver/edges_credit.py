"""Pairs of markets by hand just inside and outside a credit limit (3.18): what is owed, at the order's own place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from solver.form.market import Freight, Lane, Market, PricePath
from solver.form.terms import AcceptedRange, Component, LimitPrice, Payment, Site
from tests.unit.solver.edges_joint import FEW, OWING, Edge, by_terms, credit
from tests.unit.solver.hand_markets import market, need

D = Decimal
DEPOSIT: dict[str, Any] = {"deposit_fraction": D("0.1")}
PREPAID: dict[str, Any] = {"prepaid_fraction": D("0.2"), "prepaid_offset_months": 1}


def far(exposure: str) -> Market:
    """The need's limit of 120 stands at its own door, 5 of freight away, for goods 3 better than these."""
    sold, bought = by_terms(**DEPOSIT)
    pure = AcceptedRange(target=D(99), below_cny_per_unit=D(-3))
    return market(
        replace(sold, site=Site(id="mine"), specification={"purity": D(98)}),
        replace(bought, site=Site(id="plant"), specification={"purity": pure}, **credit(exposure)),
        policy=FEW,
        freight=Freight(kind="lanes", lanes=(Lane(origin="mine", destination="plant", cny_per_unit=D(5)),)),
    )


def bought_on_paths(exposure: str) -> Market:
    """The need at the index, which stands at 117 or 123."""
    sold, bought = by_terms(**DEPOSIT)
    index = LimitPrice(components=(Component(index="I"),))
    paths = tuple(PricePath(weight=D("0.5"), indices={"I": (D(at),) * 3}) for at in (117, 123))
    return market(sold, replace(bought, limit_price=index, **credit(exposure)), policy=FEW, paths=paths)


def by_quarters(exposure: str) -> Market:
    """A fifth of 120 is paid in the month before each quarter, the first of them at the end of the year."""
    sold, bought = by_terms(**PREPAID)
    given = market(sold, replace(bought, **credit(exposure)), policy=FEW)
    return replace(given, calendar=("2027-Q4", "2028-Q1", "2028-Q2"))


def sold_on_deposit(exposure: str) -> Market:
    """Of 100 all but a tenth is owed for a day."""
    sold, bought = by_terms(days=1, **DEPOSIT)
    return market(replace(sold, **credit(exposure)), bought, policy=FEW)


def edge(of: Any, inside: str, outside: str) -> Edge:
    return Edge("3.18 credit limit", of(inside), of(outside), {"o1 n1": [10, 10, 10]})


def below_zero() -> Market:
    """A need that is paid for taking: nothing that it deposits is ever owed to it."""
    taken = replace(need("n1", [10, 10, 10], -80), payment=Payment(**DEPOSIT), **credit("0.01"))
    sold = replace(OWING[0], limit_price=LimitPrice(components=(Component(fixed=D(-100)),)), payment=taken.payment)
    return market(sold, taken, policy=FEW)


EDGES = {
    "credit, a need's limit at its own place": edge(far, "360", "359.99"),
    "credit, a need on the greatest path": edge(bought_on_paths, "369", "368.99"),
    "credit, prepaid over the turn of the year, by quarters": edge(by_quarters, "480", "479.99"),
    "credit, what was deposited is not owed": edge(sold_on_deposit, "1800", "1799.99"),
}
INSIDE = {"a need's limit below zero is never owed": (below_zero(), 599, 1)}
