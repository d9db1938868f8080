"""Pairs of markets by hand in which one clearing stands just inside, and just outside, a term of a need that is served
by another grade (docs/model.md 3.22): two units of H stand for one of G.

Limits: G 100 and H 50 on the offers, 120 on the needs, which is 60 for a unit of H.  Volumes are in the offers' units.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from solver.form.market import Grade, Market, Order, Policy
from solver.form.terms import (
    Alternate,
    Approval,
    Approved,
    CreditLimit,
    Flexibility,
    Group,
    Incumbent,
    Input,
    MaximumShare,
    MinimumContract,
    Option,
    Payment,
    Storage,
)
from tests.unit.solver.hand_markets import need, offer

D = Decimal
Terms = dict[str, Any]
GRADES = (Grade(id="G", unit="t", quantum=D(1)), Grade(id="H", unit="t", quantum=D(1)))
TWO_FOR_ONE = {"alternates": (Alternate(grade="H", ratio=D(2)),)}


@dataclass(frozen=True)
class Edge:
    """Volumes that a term allows, and with another value of it no more."""

    term: str  # as the verifier names it
    inside: Market
    outside: Market
    volumes: dict[str, list[int]]


def of_h(name: str, volumes: list[Any], limit: Any = 50, **terms: Any) -> Order:
    return replace(offer(name, volumes, limit, **terms), grade="H")


def buyer(*volumes: Any, name: str = "n1", limit: Any = 120, **terms: Any) -> Order:
    return need(name, list(volumes), limit, **{**TWO_FOR_ONE, **terms})


def market(*orders: Order, grades: tuple[Grade, ...] = GRADES, **fields: Any) -> Market:
    fields.setdefault("policy", Policy(contract_cost=D(1)))
    months = tuple(f"2027-{t + 1:02d}" for t in range(len(orders[0].volumes)))
    return Market(format="changdan-market/1", grades=grades, calendar=months, orders=orders, **fields)


def edge(term: str, orders: list[Order], inside: Terms, outside: Terms, *, on: str = "n1", **volumes: Any) -> Edge:
    """The orders, one of them with these terms."""
    given = {name.replace("_", " "): v if isinstance(v, list) else [v] for name, v in volumes.items()}
    markets = [market(*(replace(o, **terms) if o.id == on else o for o in orders)) for terms in (inside, outside)]
    return Edge(term, *markets, given)


def share(fraction: str, of: Any) -> Terms:
    return {"maximum_share": MaximumShare(fraction=D(fraction), of=of)}


def trial(fraction: str, grade: str) -> Terms:
    known = Approval(organisation="org-o1", grade=grade)
    return {"approved": Approved(kind="only", counterparties=(known,), trial_share=D(fraction))}


def group(value: str) -> Terms:
    return {"groups": (Group(tag="state", rule="at_most", measure="volume", value=D(value)),)}


def incumbent(least: str) -> Terms:
    return {"incumbents": (Incumbent(organisation="org-o1", least_share=D(least)),)}


def stored(capacity: str) -> Terms:
    amounts = {"opening": D(0), "closing": D(0), "capacity": D(capacity), "cost": D(0)}
    return {"storage": Storage(owner="buyer", place="store", **amounts)}


def credit(exposure: str) -> Terms:
    return {"credit_limit": CreditLimit(exposure_cny=D(exposure))}


def inputs(units: str) -> Terms:
    return {"inputs": (Input(need="n1", units_per_unit=D(units), cost_in_limit=True),)}


def clipped(fraction: str) -> Terms:
    return {"minimum_contract": MinimumContract(volume=D(8), pair_fraction=D(fraction))}


MADE = [
    of_h("o1", [10]),
    buyer(9, organisation="M"),
    offer("o9", [9], 200, organisation="M"),
    need("n9", [9], 300, organisation="C"),
]
AHEAD = Payment(days=0, prepaid_fraction=D(1), prepaid_offset_months=1)
UP = Flexibility(requires=Option(up=D("0.25")))
GRANTED = Flexibility(grants=Option(up=D(1)))
BOTH = [offer("o1", [5], 100), of_h("o2", [20]), buyer(20)]
ON_TRIAL = [of_h("o1", [10], 55), of_h("o2", [20]), buyer(10)]

TEN = [of_h("o1", [20]), buyer(10), buyer(5, name="n2", limit=130)]  # ten are left to n1
ONE, PLAIN = [of_h("o1", [20]), buyer(10)], {"o1_n1": 10}

EDGES: dict[str, Edge] = {
    "demand": edge(
        "3.2 need demand",
        [of_h("o1", [12]), of_h("o2", [12]), buyer(12)],
        {},
        {"volumes": (D(11),)},
        o1_n1=12,
        o2_n1=12,
    ),
    "demand with what may be delivered": edge(
        "3.2 need demand",
        [of_h("o1", [8], flexibility=UP), of_h("o2", [8], flexibility=UP), buyer(10, flexibility=GRANTED)],
        {},
        {"volumes": (D(9),)},
        o1_n1=8,
        o2_n1=8,
    ),
    "minimum fill": edge(
        "3.6 minimum fill",
        [of_h("o1", [18]), buyer(10)],
        {"minimum_fill": D("0.9")},
        {"minimum_fill": D("0.91")},
        o1_n1=18,
    ),
    "share of the requested": edge(
        "3.8 maximum share", ONE, share("0.5", "requested"), share("0.49", "requested"), **PLAIN
    ),
    "share of the awarded": edge(
        "3.8 maximum share", BOTH, share("0.5", "awarded"), share("0.49", "awarded"), o1_n1=5, o2_n1=10
    ),
    "trial share": edge("3.9 approvals", ON_TRIAL, trial("0.5", "H"), trial("0.4", "H"), o1_n1=10, o2_n1=10),
    "approval of a grade": edge("3.9 approvals", ON_TRIAL, trial("0.5", "H"), trial("0.5", "G"), o1_n1=10, o2_n1=10),
    "maximum contract": edge(
        "3.4 maximum contract", ONE, {"maximum_contract": D(5)}, {"maximum_contract": D("4.9")}, **PLAIN
    ),
    "minimum contract": edge(
        "3.4 minimum contract", TEN, {"minimum_contract": D(5)}, {"minimum_contract": D("5.1")}, o1_n1=10, o1_n2=10
    ),
    "minimum contract as a fraction": edge(
        "3.4 minimum contract", TEN, clipped("0.5"), clipped("0.55"), o1_n1=10, o1_n2=10
    ),
    "running": edge(
        "3.12 minimum per period",
        [of_h("o1", [4, 4]), buyer(9, 9)],
        {"minimum_per_period": D(2)},
        {"minimum_per_period": D("2.1")},
        o1_n1=[4, 4],
    ),
    "lot": edge("3.5 lot", [of_h("o1", [8]), buyer(10)], {"lot": D(2)}, {"lot": D(3)}, o1_n1=8),
    "group": edge("3.14 group", [of_h("o1", [20], tags=("state",)), buyer(10)], group("5"), group("4"), **PLAIN),
    "incumbent": edge("3.13 incumbent", BOTH, incumbent("0.5"), incumbent("0.6"), o1_n1=5, o2_n1=10),
    "input": edge("3.19 input", MADE, inputs("1"), inputs("1.01"), on="o9", o1_n1=10, o9_n9=5),
    "stock": edge("3.20 storage", [of_h("o1", [12, 0]), buyer(3, 9)], stored("3"), stored("2"), o1_n1=[12, 0]),
    "a need's credit": edge(
        "3.18 credit limit", [of_h("o1", [9], payment=AHEAD), buyer(9)], credit("540"), credit("539.99"), o1_n1=9
    ),
    "an offer's credit": edge(
        "3.18 credit limit",
        [of_h("o1", [9], payment=Payment(days=30)), buyer(9)],
        credit("450"),
        credit("449.99"),
        on="o1",
        o1_n1=9,
    ),
}
