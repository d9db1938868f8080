"""Markets by hand in which a term over several contracts keeps orders back, one at least for each (docs/model.md 7.3).

In every market nothing but the one term stands between the orders and more volume; ``new`` has no contract that
could be enlarged, ``made`` has one that the term keeps small.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from solver.form.market import Order
from solver.form.terms import (
    Counterparties,
    CreditLimit,
    Group,
    Incumbent,
    Input,
    MaximumShare,
    Payment,
    Source,
    Storage,
    Tier,
    Tiers,
)
from tests.unit.solver.hand_markets import need, offer

D = Decimal
PLANTS = {"organisation": "B", "family": "plants"}
STATE = {"tags": ("state",)}


@dataclass(frozen=True)
class Kept:
    """Orders of a market, what each sells or buys in the best clearing, and who is told of the term."""

    term: str
    orders: tuple[Order, ...]
    filled: dict[str, int]
    owner: str  # who states the term
    other: str  # whose counterparty states it


def line(capacity: str) -> dict[str, Any]:
    return {"source": Source(site="mine", line="1", capacity=(D(capacity),))}


def group(rule: Any, measure: Any, value: str) -> dict[str, Any]:
    return {"groups": (Group(tag="state", rule=rule, measure=measure, value=D(value)),)}


def credit(exposure: str) -> dict[str, Any]:
    return {"credit_limit": CreditLimit(exposure_cny=D(exposure)), "payment": Payment(days=30)}


def incumbent(share: str) -> dict[str, Any]:
    return {"incumbents": (Incumbent(organisation="org-o1", least_share=D(share)),)}


def made_of(stocked: str) -> dict[str, Any]:
    one = Input(need="m", units_per_unit=D(1), stocked=D(stocked), cost_in_limit=True)
    return {"organisation": "W", "inputs": (one,)}


def stock(cost: str) -> dict[str, Any]:
    room = {"opening": D(0), "closing": D(0), "capacity": D(10)}
    return {"storage": Storage(owner="seller", place="shed", cost=D(cost), **room)}


def discount(start: str, amount: str) -> dict[str, Any]:
    return {"tiers": Tiers(kind="all_unit", steps=(Tier(from_volume=D(start), discount=D(amount)),))}


def kept(term: str, *orders: Order, filled: str, owner: str, other: str) -> Kept:
    volumes = {name: int(volume) for name, volume in (each.split(":") for each in filled.split())}
    return Kept(term, orders, volumes, owner, other)


MARKETS = {
    # The line makes 10, o1 sells them to n1 at a gain of 20; o2 would sell to n2 at 9.
    "source, new": kept(
        "source",
        offer("o1", [10], 100, **line("10")),
        offer("o2", [10], 101, **line("10")),
        need("n1", [10], 120),
        need("n2", [10], 110),
        filled="o1:10 n1:10 o2:0 n2:0",
        owner="o2",
        other="n2",
    ),
    # The same with 15: o2 sells 5 of its 10.
    "source, made": kept(
        "source",
        offer("o1", [10], 100, **line("15")),
        offer("o2", [10], 101, **line("15")),
        need("n1", [10], 120),
        need("n2", [10], 110),
        filled="o1:10 n1:10 o2:5 n2:5",
        owner="o2",
        other="n2",
    ),
    # Both needs of B deal with one party: o1 at 20 before o2 at 19.
    "counterparties of a family": kept(
        "counterparties",
        offer("o1", [5], 100),
        offer("o2", [5], 101),
        need("n1", [5], 120, counterparties=Counterparties(most=1), **PLANTS),
        need("n2", [5], 120, counterparties=Counterparties(most=1), **PLANTS),
        filled="o1:5 o2:0",
        owner="n2",
        other="o2",
    ),
    # One party has at most half of the 10 t of both needs.
    "share of a family": kept(
        "maximum_share",
        offer("o1", [10], 100),
        need("n1", [6], 120, maximum_share=MaximumShare(fraction=D("0.5")), **PLANTS),
        need("n2", [4], 119, maximum_share=MaximumShare(fraction=D("0.5")), **PLANTS),
        filled="o1:5 n1:5 n2:0",
        owner="n2",
        other="o1",
    ),
    # Both needs of B want all of their 10 t; there are 6.
    "fill of a family": kept(
        "minimum_fill",
        offer("o1", [6], 100),
        need("n1", [6], 120, minimum_fill=D(1), **PLANTS),
        need("n2", [4], 119, minimum_fill=D(1), **PLANTS),
        filled="o1:0 n1:0 n2:0",
        owner="n1",
        other="o1",
    ),
    # 3 t a month is the most, 5 the least.
    "minimum per period, new": kept(
        "minimum_per_period",
        offer("o1", [3], 100),
        need("n1", [5], 120, minimum_per_period=D(5)),
        filled="o1:0 n1:0",
        owner="n1",
        other="o1",
    ),
    # One ton in February would break the run, so January or March.
    "minimum per period, made": kept(
        "minimum_per_period",
        offer("o1", [3, 1, 3], 100),
        need("n1", [3, 3, 3], 120, minimum_per_period=D(2)),
        filled="o1:3 n1:3",
        owner="n1",
        other="o1",
    ),
    # o1 would have to deliver half, and o1 asks for more than n1 pays.
    "incumbent, new": kept(
        "incumbent",
        offer("o1", [10], 130),
        offer("o2", [10], 100),
        need("n1", [10], 120, **incumbent("0.5")),
        filled="o1:0 o2:0 n1:0",
        owner="n1",
        other="o2",
    ),
    # o1 delivers its 2, o2 no more than o1.
    "incumbent, made": kept(
        "incumbent",
        offer("o1", [2], 100),
        offer("o2", [10], 100),
        need("n1", [10], 120, **incumbent("0.5")),
        filled="o1:2 o2:2 n1:4",
        owner="n1",
        other="o2",
    ),
    "group, new": kept(
        "group",
        offer("o1", [10], 100),
        need("n1", [10], 120, **group("at_least", "share", "0.5")),
        filled="o1:0 n1:0",
        owner="n1",
        other="o1",
    ),
    "group, made": kept(
        "group",
        offer("o1", [10], 100, **STATE),
        need("n1", [10], 120, **group("at_most", "volume", "4")),
        filled="o1:4 n1:4",
        owner="n1",
        other="o1",
    ),
    # n2 takes part only beside n1, which pays too little.
    "linked": kept(
        "linked_to",
        offer("o1", [10], 100),
        need("n1", [10], 90, organisation="B"),
        need("n2", [10], 120, organisation="B", linked_to="n1"),
        filled="o1:0 n1:0 n2:0",
        owner="n2",
        other="o1",
    ),
    # One of both: 10 x 20 before 10 x 10.
    "exclusive": kept(
        "exclusive",
        offer("o1", [20], 100),
        need("n1", [10], 120, organisation="B", exclusive="one"),
        need("n2", [10], 110, organisation="B", exclusive="one"),
        filled="o1:10 n1:10 n2:0",
        owner="n2",
        other="o1",
    ),
    # At least 4 over both months, no change from one to the other, and at most 1 in February.
    "ramp, new": kept(
        "ramp",
        offer("o1", [4, 1], 100),
        need("n1", [4, 4], 120, ramp=D(0), minimum_contract=D(4)),
        filled="o1:0 n1:0",
        owner="n1",
        other="o1",
    ),
    # 1 in February: x - 1 <= (x + 1) / 2 gives 3 in January.
    "ramp, made": kept(
        "ramp",
        offer("o1", [4, 1], 100),
        need("n1", [4, 4], 120, ramp=D(1)),
        filled="o1:4 n1:4",
        owner="n1",
        other="o1",
    ),
    # One ton at o1's own limit is 100 CNY.
    "credit, new": kept(
        "credit_limit",
        offer("o1", [10], 100, **credit("99.99")),
        need("n1", [10], 120),
        filled="o1:0 n1:0",
        owner="o1",
        other="n1",
    ),
    "credit, made": kept(
        "credit_limit",
        offer("o1", [10], 100, **credit("599.99")),
        need("n1", [10], 120),
        filled="o1:5 n1:5",
        owner="o1",
        other="n1",
    ),
    "input, new": kept(
        "input",
        offer("o1", [10], 100, **made_of("0")),
        need("n1", [10], 120),
        need("m", [10], 50, organisation="W"),
        filled="o1:0 n1:0 m:0",
        owner="o1",
        other="n1",
    ),
    "input, made": kept(
        "input",
        offer("o1", [10], 100, **made_of("3")),
        need("n1", [10], 120),
        need("m", [10], 50, organisation="W"),
        filled="o1:3 n1:3 m:0",
        owner="o1",
        other="n1",
    ),
    # What is made in January costs 20 a ton to keep until February, and gains 10.
    "storage, new": kept(
        "storage",
        offer("o1", [10, 0], 100, **stock("20")),
        need("n1", [0, 10], 110),
        filled="o1:0 n1:0",
        owner="o1",
        other="n1",
    ),
    "storage, made": kept(
        "storage",
        offer("o1", [10, 0], 100, **stock("20")),
        need("n1", [5, 5], 110),
        filled="o1:5 n1:5",
        owner="o1",
        other="n1",
    ),
    # n1 pays less than o1 asks below 20 t; n2 takes 10 of them at a gain of 30, where n1 would bring 20 x 10.
    "tiers, new": kept(
        "tiers",
        offer("o1", [20], 100, **discount("20", "30")),
        need("n1", [20], 80),
        need("n2", [10], 130),
        filled="o1:10 n1:0 n2:10",
        owner="o1",
        other="n1",
    ),
}
