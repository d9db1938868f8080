"""Pairs of markets by hand just inside and outside a stock (3.20), and what is made, used, held and paid for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from solver.form.market import Market, Order
from solver.form.terms import Flexibility, Option, Storage
from tests.unit.solver.edges_joint import FEW, Edge
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
# What else is said where one contract alone takes more than there is.
BESIDE = "3.20 storage, 3.3 link, 3.4 maximum contract, 4.1 bound, outcome"


def held(order: Order, capacity: int, opening: int = 0, closing: int = 0, cost: str = "0") -> Order:
    owner: Any = "seller" if order.side == "offer" else "buyer"
    amounts = {"opening": D(opening), "closing": D(closing), "capacity": D(capacity), "cost": D(cost)}
    return replace(order, storage=Storage(owner=owner, place="shed", **amounts))


def edge(
    orders: list[Order],
    inside: dict[str, int],
    outside: dict[str, int],
    term: str = "3.20 storage, outcome",  # the stock that the clearing tells, too
    **volumes: list[int],
) -> Edge:
    """The first order with one stock, and with another in which these volumes do not fit."""

    def of(amounts: dict[str, int]) -> Market:
        return market(held(orders[0], **amounts), *orders[1:], policy=FEW)

    given = {name.replace("_", " "): each for name, each in volumes.items()}
    return Edge(term, of(inside), of(outside), given)


def room(capacity: int, opening: int = 0, closing: int = 0) -> dict[str, int]:
    return {"capacity": capacity, "opening": opening, "closing": closing}


MADE_EARLY = [offer("o1", [10, 0], 100), need("n1", [5, 3], 120), need("n2", [0, 2], 110)]
MADE = [offer("o1", [5, 0], 100), need("n1", [5, 0], 120), need("n2", [0, 2], 110)]
MADE_LATE = [offer("o1", [3, 7], 100), need("n1", [2, 4], 120), need("n2", [2, 2], 110)]
MADE_TWICE = [offer("o1", [4, 4, 0], 100), need("n1", [1, 2, 2], 120), need("n2", [0, 0, 3], 110)]
USED_LATE = [need("n1", [4, 6], 120), offer("o1", [4, 2], 100), offer("o2", [4, 0], 105)]
USED = [need("n1", [5, 1], 120), offer("o1", [5, 0], 100), offer("o2", [0, 1], 105)]

EDGES = {
    "stock, room of a seller": edge(MADE_EARLY, room(5), room(4), o1_n1=[5, 3], o1_n2=[0, 2]),
    "stock, what a seller begins with": edge(MADE, room(3, 2), room(3, 1), o1_n1=[5, 0], o1_n2=[0, 2]),
    "stock, what a seller ends with": edge(MADE, room(3, 3, 1), room(3, 3, 2), o1_n1=[5, 0], o1_n2=[0, 2]),
    "stock, before it is made": edge(MADE_LATE, room(3, 1), room(3, 0), o1_n1=[2, 4], o1_n2=[2, 2]),
    "stock, over two months": edge(MADE_TWICE, room(5), room(4), o1_n1=[1, 2, 2], o1_n2=[0, 0, 3]),
    "stock, one contract for all but what a seller ends with": edge(
        [offer("o1", [5, 4], 100), need("n1", [0, 20], 120)], room(9, 1, 4), room(9, 1, 5), BESIDE, o1_n1=[0, 6]
    ),
    "stock, room of a buyer": edge(USED_LATE, room(4), room(3), o1_n1=[4, 2], o2_n1=[4, 0]),
    "stock, what a buyer begins with": edge(USED_LATE, room(6, 2), room(6, 3), o1_n1=[4, 2], o2_n1=[4, 0]),
    "stock, what a buyer ends with": edge(USED, room(9, 0, 6), room(9, 0, 7), o1_n1=[5, 0], o2_n1=[0, 1]),
}


def one(order: Order, *others: Order) -> Market:
    return market(order, *others, policy=FEW)


UP = Flexibility(requires=Option(up=D("0.5")))
GRANTS = Flexibility(grants=Option(up=D("0.5")))
# Room is scarce in one month: what a tonne is worth in each, and what it gains by the other, is in the bound (4.1).
SCARCE = [need("n1", [10, 0], 105), need("n2", [0, 3], 120), need("n3", [0, 3], 118)]
CHEAP_EARLY = [offer("o1", [3, 0], 100), offer("o2", [5, 0], 102), offer("o3", [0, 20], 110)]

INSIDE: dict[str, tuple[Market, int, int]] = {
    "a stock is paid for at each end of a month": (
        one(held(offer("o1", [6, 0, 0], 100), 5, 0, 0, "2"), need("n1", [2, 0, 4], 120)),
        6 * 20 - 2 * 4 * 2 - 1,
        1,
    ),
    "a stock costs half-even to a millionth": (
        one(held(offer("o1", [1, 0], 100), 1, 0, 0, "0.0000005"), need("n1", [0, 1], 120)),
        19,
        1,
    ),
    "no stock, nothing paid": (one(held(offer("o1", [5, 0], 100), 5, 5, 5, "2"), need("n1", [5, 0], 90)), 0, 0),
    "all that a seller has in its first month": (
        one(held(offer("o1", [5, 5], 100), 4, 3), need("n1", [20, 0], 120)),
        8 * 20 - 1,
        1,
    ),
    "all that a seller has made and has room for": (
        one(held(offer("o1", [5, 4], 100), 3, 1), need("n1", [0, 20], 120)),
        7 * 20 - 1,
        1,
    ),
    "all that a seller has made": (
        one(held(offer("o1", [2, 4], 100), 9, 1), need("n1", [0, 20], 120)),
        7 * 20 - 1,
        1,
    ),
    "all that a seller need not keep": (
        one(held(offer("o1", [5, 4], 100), 9, 1, 4), need("n1", [0, 20], 120)),
        6 * 20 - 1,
        1,
    ),
    "a seller of two months need not keep": (
        one(held(offer("o1", [5, 4], 100), 9, 1, 4), need("n1", [20, 20], 120)),
        6 * 20 - 1,
        1,
    ),
    "a seller keeps what may be called": (
        one(held(offer("o1", [5, 4], 100, flexibility=GRANTS), 9), need("n1", [20, 20], 120, flexibility=UP)),
        6 * 20 - 1,
        1,
    ),
    "all that a buyer has room for in its first month": (
        one(held(need("n1", [5, 3], 120), 6, 2), offer("o1", [20, 0], 100)),
        9 * 20 - 1,
        1,
    ),
    "all that a buyer has room for": (
        one(held(need("n1", [5, 3], 120), 6, 2), offer("o1", [0, 20], 100)),
        9 * 20 - 1,
        1,
    ),
    "all that a buyer has room for in both months": (
        one(held(need("n1", [5, 3], 120), 6, 2), offer("o1", [20, 20], 100)),
        12 * 20 - 1,
        1,
    ),
    "a buyer pays for what it holds": (
        one(held(need("n1", [2, 4], 120), 6, 0, 1, "3"), offer("o1", [7, 0], 100)),
        7 * 20 - 5 * 3 - 1 * 3 - 1,
        1,
    ),
    "a seller's room is scarce": (
        market(held(offer("o1", [10, 0], 100), 4, 2, 0, "1"), *SCARCE),
        8 * 5 + 3 * 20 + 18 - 4,
        1,
    ),
    "a buyer's room is scarce": (
        market(held(need("n1", [2, 10], 120), 4, 1, 0, "1"), *CHEAP_EARLY),
        3 * 20 + 2 * 18 + 10 * 10 - 2 * 4,
        1,
    ),
}
