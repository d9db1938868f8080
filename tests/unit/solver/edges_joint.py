"""Pairs of markets by hand in which one clearing stands just inside, and just outside, one term of docs/model.md 3b.

The best clearing of the market inside, with the volumes that are written here, is looked at under both: they differ
in one value alone, by one quantum, party, cent, or the last digit of a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec.structs import replace

from solver.form.market import Freight, Lane, Market, Order, Policy, PricePath
from solver.form.terms import (
    AcceptedRange,
    Component,
    Counterparties,
    CreditLimit,
    Exclusion,
    Flexibility,
    Group,
    Incumbent,
    Input,
    LimitPrice,
    MaximumShare,
    Option,
    Payment,
    Site,
    Source,
    Tier,
    Tiers,
)
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
Volumes = dict[str, list[int]]  # "offer need" -> by period


@dataclass(frozen=True)
class Edge:
    """Volumes that a term allows, and with another value of it no more."""

    term: str  # as the verifier names it; several by name
    inside: Market
    outside: Market
    volumes: Volumes


Terms = dict[str, Any]
FEW = Policy(contract_cost=D(1))  # as few contracts as can be


def edge(
    term: str, orders: list[Order], on: str, inside: Terms, outside: Terms, policy: Policy = FEW, **volumes: Any
) -> Edge:
    """The orders with these terms on all those named in ``on``."""
    given = {name.replace("_", " "): v if isinstance(v, list) else [v] for name, v in volumes.items()}

    def stating(terms: Terms) -> Market:
        stated = (replace(order, **terms) if order.id in on.split() else order for order in orders)
        return market(*stated, policy=policy)

    return Edge(term, stating(inside), stating(outside), given)


def line(*capacity: str) -> Terms:
    return {"source": Source(site="mine", line="1", capacity=tuple(map(D, capacity)))}


def group(rule: Any, measure: Any, value: str, tolerance: str | None = None) -> Terms:
    stated = Group(tag="state", rule=rule, measure=measure, value=D(value), tolerance=tolerance and D(tolerance))
    return {"groups": (stated,)}


def incumbent(share: str, organisation: str = "org-o1") -> Terms:
    return {"incumbents": (Incumbent(organisation=organisation, least_share=D(share)),)}


def credit(exposure: str) -> Terms:
    return {"credit_limit": CreditLimit(exposure_cny=D(exposure))}


def inputs(units: str = "1", stocked: str = "0", lead: int = 0) -> Terms:
    one = Input(need="m", units_per_unit=D(units), stocked=D(stocked), lead_periods=lead, cost_in_limit=True)
    return {"inputs": (one,)}


def parties(**numbers: int) -> Terms:
    return {"counterparties": Counterparties(**numbers)}


def share(fraction: str, of: Any = "requested") -> Terms:
    return {"maximum_share": MaximumShare(fraction=D(fraction), of=of)}


def least(volume: int) -> Terms:
    return {"minimum_per_period": D(volume)}


def fill(fraction: str) -> Terms:
    return {"minimum_fill": D(fraction)}


def ramp(fraction: str) -> Terms:
    return {"ramp": D(fraction)}


UP = Flexibility(requires=Option(up=D("0.5")))
GRANTS = Flexibility(grants=Option(up=D("0.5")))
TAGGED = {"tags": ("state", "local")}
B = {"organisation": "B"}
PLANTS = {"organisation": "B", "family": "plants"}

# Who trades with whom is settled by volumes and limits: n1 pays 120 and takes what o1 has, n2 pays less.
TWO = [offer("o1", [10], 100), offer("o2", [5], 105), need("n1", [10], 120), need("n2", [5], 110)]
CALLED = [
    offer("o1", [15], 100, flexibility=GRANTS),
    offer("o2", [5], 105),
    need("n1", [10], 120, flexibility=UP),
    need("n2", [5], 110),
]
MONTHS = [offer("o1", [10, 10], 100), offer("o2", [5, 5], 105), need("n1", [10, 10], 120), need("n2", [5, 5], 110)]
FAMILY = [
    offer("o1", [10], 100),
    offer("o2", [5], 105),
    need("n1", [10], 120, **PLANTS),
    need("n2", [10], 110, **PLANTS),
]
# n3 of the family pays too little to have any pair; its volume counts all the same.
WITH_IDLE = [*FAMILY, need("n3", [10], 50, **PLANTS)]
NO_FAMILY = [replace(order, family=None) for order in FAMILY]
ONE_BUYER = [offer("o1", [4], 100, **TAGGED), offer("o2", [4], 101), need("n1", [8], 120)]
THREE = [*ONE_BUYER[:2], offer("o3", [2], 102, **TAGGED), need("n1", [10], 120)]
RELATED = [replace(o, group_parent="H") if o.id in ("o1", "o3") else o for o in THREE]
SETS = [
    offer("o1", [20], 100),
    need("n1", [10], 120, **B),
    need("n2", [5], 110, exclusive="b", **B),
    need("n3", [5], 90, exclusive="a", **B),
    need("n4", [5], 110, exclusive="b"),  # another organisation's set
]
SOLD = [
    offer("o1", [5, 5], 100, organisation="W"),
    offer("o2", [3, 2], 50, exclusions=(Exclusion(organisation="org-n1", reason="none"),)),
    need("n1", [5, 5], 120),
    need("m", [3, 2], 60, organisation="W"),
]
ACCEPTANCE = {"days": 10, "prepaid_fraction": D("0.2"), "instrument": "bank_acceptance", "tenor_days": 28}
DISCOUNT = Tiers(kind="all_unit", steps=(Tier(from_volume=D(5), discount=D(10)),))
A_MONTH_AHEAD = {"prepaid_fraction": D("0.2"), "prepaid_offset_months": 1}
STRANGER = {"incumbents": (Incumbent(organisation="X", switching_cost=D(3)),)}
OWING = [offer("o1", [10, 10, 10], 100), need("n1", [10, 10, 10], 120)]
FINANCED = Policy(financing_rate_per_year=D("0.0365"), payment_terms_of="need")


def paid(orders: list[Order], days: int, on: str = "o1") -> list[Order]:
    return [replace(order, payment=Payment(days=days)) if order.id in on.split() else order for order in orders]


def by_terms(**terms: Any) -> list[Order]:
    """Both sides with these payment terms."""
    return [replace(order, payment=Payment(**terms)) for order in OWING]


def in_quarters(inside: Terms, outside: Terms) -> Edge:
    """A fifth of 120 prepaid a month ahead: in December for the quarter that begins in January."""
    orders = [replace(order, volumes=order.volumes[:2]) for order in by_terms(**A_MONTH_AHEAD)]
    found = edge("3.18 credit limit", orders, "n1", inside, outside, o1_n1=[10, 10])
    quarters = (replace(each, calendar=("2026-Q4", "2027-Q1")) for each in (found.inside, found.outside))
    return Edge(found.term, *quarters, found.volumes)


def delivered(terms: Terms) -> Market:
    """A need at 115 or 125, to which a lane costs 3 and the quality is worth 4; a tenth is deposited."""
    index = LimitPrice(components=(Component(index="I"),))
    target = AcceptedRange(target=D(1), above_cny_per_unit=D(2), below_cny_per_unit=D(0))
    sold, bought = by_terms(deposit_fraction=D("0.1"))
    return market(
        replace(sold, site=Site(id="here"), specification={"grade": D(3)}),
        replace(bought, site=Site(id="there"), specification={"grade": target}, limit_price=index, **terms),
        policy=FEW,
        freight=Freight(kind="lanes", lanes=(Lane(origin="here", destination="there", cny_per_unit=D(3)),)),
        paths=tuple(PricePath(weight=D("0.5"), indices={"I": (D(at),) * 3}) for at in (115, 125)),
    )


def on_paths(terms: Terms) -> Market:
    """The offer at the index, which stands at 97 or 103."""
    index = LimitPrice(components=(Component(index="I"),))
    sold, bought = paid(OWING, 1)
    paths = tuple(PricePath(weight=D("0.5"), indices={"I": (D(at),) * 3}) for at in (97, 103))
    return market(replace(sold, limit_price=index, **terms), bought, policy=FEW, paths=paths)


def one_contract(*volumes: int) -> list[Order]:
    return [offer("o1", list(volumes), 100), need("n1", list(volumes), 120)]


# What the same market says of several values.
two = partial(edge, "3.10 source", on="o1 o2", o1_n1=10, o2_n2=5)
family = partial(edge, orders=FAMILY, on="n1 n2", o1_n1=10, o2_n2=5)
one_buyer = partial(edge, "3.13 incumbent", ONE_BUYER, "n1", o1_n1=4, o2_n1=4)
three = partial(edge, "3.14 group", THREE, "n1", o1_n1=4, o2_n1=4, o3_n1=2)
related = partial(edge, orders=RELATED, on="n1", o1_n1=4, o2_n1=4, o3_n1=2)
sets = partial(edge, orders=SETS, o1_n1=10, o1_n2=5, o1_n4=5)


def owing(orders: list[Order], inside: Terms, outside: Terms, on: str = "o1", policy: Policy = FEW) -> Edge:
    return edge("3.18 credit limit", orders, on, inside, outside, policy, o1_n1=[10, 10, 10])


sold = partial(edge, "3.19 input", SOLD, "o1", o1_n1=[5, 5], o2_m=[3, 2])


def course(term: str, inside: Terms, outside: Terms, *volumes: int, on: str = "n1") -> Edge:
    return edge(term, one_contract(*volumes), on, inside, outside, o1_n1=list(volumes))


running, ramping = partial(course, "3.12 minimum per period"), partial(course, "3.17 ramp")


def two_needs(inside: str, outside: str, **terms: str) -> Edge:
    needs = [need("n1", [10], 120, **terms), need("n2", [5], 110, **terms)]
    orders = paid([offer("o1", [15], 100), *needs], 30)
    return edge("3.18 credit limit", orders, "o1", credit(inside), credit(outside), o1_n1=10, o1_n2=5)


EDGES = {
    "line": two(TWO, inside=line("15"), outside=line("14")),
    "line, one offer": two(TWO, on="o1", inside=line("10"), outside=line("9")),
    "line, by month": edge(
        "3.10 source", MONTHS, "o1 o2", line("20", "15"), line("20", "14"), o1_n1=[10, 10], o2_n2=[5, 5]
    ),
    "line, what may be called": two(CALLED, inside=line("20"), outside=line("19")),
    "family, most parties": family("3.7 counterparties", inside=parties(most=2), outside=parties(most=1)),
    "family, least parties": family("3.7 counterparties", inside=parties(least=2), outside=parties(least=3)),
    "family, share": family("3.8 maximum share", inside=share("0.5"), outside=share("0.499")),
    "family, share of the awarded": family(
        "3.8 maximum share", inside=share("0.667", "awarded"), outside=share("0.666", "awarded")
    ),
    "family, fill": family("3.6 minimum fill", inside=fill("0.75"), outside=fill("0.751")),
    "family, fill with an idle plant": edge(
        "3.6 minimum fill", WITH_IDLE, "n1 n2 n3", fill("0.5"), fill("0.501"), o1_n1=10, o2_n2=5
    ),
    "family, incumbent": family("3.13 incumbent", inside=incumbent("0.666"), outside=incumbent("0.667")),
    "family, group": family(
        "3.14 group",
        orders=[replace(order, **TAGGED) for order in FAMILY],
        inside=group("at_most", "volume", "15"),
        outside=group("at_most", "volume", "14"),
    ),
    "no family, each by itself": edge(
        "3.6 minimum fill", NO_FAMILY, "n2", fill("0.5"), fill("0.501"), o1_n1=10, o2_n2=5
    ),
    "running, first month": running(least(2), least(3), 2, 3, 3, on="o1"),
    "running, last month": running(least(2), least(3), 3, 3, 2),
    "running, nothing between": running({}, least(1), 3, 0, 3),
    "running, one at the end": running(least(1), least(2), 1, 3, 3),
    "running, both sides": edge(
        "3.12 minimum per period",
        [replace(o, **least(1)) for o in one_contract(2, 3)],
        "n1",
        least(2),
        least(3),
        o1_n1=[2, 3],
    ),
    "running, before and after": running(least(3), least(4), 0, 3, 3, 0),
    "incumbent": one_buyer(incumbent("0.5"), incumbent("0.501")),
    "incumbent, not in the market": one_buyer(incumbent("0", "gone"), incumbent("0.001", "gone")),
    "incumbent, with its related": related("3.13 incumbent", inside=incumbent("0.6"), outside=incumbent("0.601")),
    "group, related are one": related(
        "3.14 group", inside=group("at_least", "count", "1"), outside=group("at_least", "count", "2")
    ),
    "group, count at least": three(group("at_least", "count", "2"), group("at_least", "count", "3")),
    "group, more than at least": three(group("at_least", "count", "1"), group("at_most", "count", "1")),
    "group, fewer than at most": three(group("at_most", "count", "3"), group("at_least", "count", "3")),
    "group, count at most": three(group("at_most", "count", "2"), group("at_most", "count", "1")),
    "group, count exactly, fewer": three(group("exactly", "count", "2"), group("exactly", "count", "1")),
    "group, count exactly, more": three(group("exactly", "count", "2"), group("exactly", "count", "3")),
    "group, volume at least": three(group("at_least", "volume", "6"), group("at_least", "volume", "7")),
    "group, volume at most": three(group("at_most", "volume", "6"), group("at_most", "volume", "5")),
    "group, share at least": three(group("at_least", "share", "0.6"), group("at_least", "share", "0.601")),
    "group, share at most": three(group("at_most", "share", "0.6"), group("at_most", "share", "0.599")),
    "group, share, lower end": three(
        group("exactly", "share", "0.7", "0.1"), group("exactly", "share", "0.7", "0.099")
    ),
    "group, share, upper end": three(
        group("exactly", "share", "0.5", "0.1"), group("exactly", "share", "0.5", "0.099")
    ),
    "linked": sets("3.15 linked", on="n2", inside={"linked_to": "n1"}, outside={"linked_to": "n3"}),
    "exclusive": sets("3.16 exclusive", on="n1", inside={"exclusive": "a"}, outside={"exclusive": "b"}),
    "ramp, at the limit": ramping(ramp("1"), ramp("0.999"), 3, 1),
    "ramp, a month of one": ramping(ramp("0.667"), ramp("0.666"), 1, 2),
    "ramp, both sides": edge(
        "3.17 ramp",
        [replace(o, **ramp("1")) for o in one_contract(4, 2)],
        "n1",
        ramp("0.667"),
        ramp("0.666"),
        o1_n1=[4, 2],
    ),
    "ramp": ramping(ramp("0.667"), ramp("0.666"), 4, 2, on="o1"),
    "ramp, rising": ramping(ramp("0.667"), ramp("0.666"), 2, 4),
    "ramp, later months": ramping(ramp("0.667"), ramp("0.666"), 3, 3, 4, 2),
    "ramp, mean of the possible": ramping(ramp("0.667"), ramp("0.666"), 4, 2, 0),
    "credit, paid after a day": owing(paid(OWING, 1), inside=credit("2000"), outside=credit("1999.99")),
    "credit, paid in the second month": owing(paid(OWING, 28), inside=credit("2000"), outside=credit("1999.99")),
    "credit, paid in the third": owing(paid(OWING, 29), inside=credit("3000"), outside=credit("2999.99")),
    "credit, restated to the need's days": owing(
        paid(OWING, 10, "n1"), inside=credit("2002"), outside=credit("2001.99"), policy=FINANCED
    ),
    # 0.8 of 100 is owed; the acceptance runs from the tenth day after the month until the 38th, in March
    "credit, until the tenor ends": owing(by_terms(**ACCEPTANCE), inside=credit("2400"), outside=credit("2399.99")),
    "credit, discounted at the buyer's cost": owing(
        by_terms(**ACCEPTANCE, discount_borne_by="buyer"), inside=credit("1600"), outside=credit("1599.99")
    ),
    "credit, with what it costs to leave an incumbent": owing(
        [replace(order, **STRANGER) if order.side == "offer" else order for order in paid(OWING, 1)],
        inside=credit("2060"),
        outside=credit("2059.99"),
    ),
    "credit, at the limit without its discount": owing(
        [replace(order, tiers=DISCOUNT) if order.side == "offer" else order for order in paid(OWING, 1)],
        inside=credit("2000"),
        outside=credit("1999.99"),
    ),
    # a tenth of 120 is deposited, two tenths are prepaid: at most 36 a tonne and 30 t still to come
    "credit, what a need deposited": owing(
        by_terms(deposit_fraction=D("0.1")), on="n1", inside=credit("360"), outside=credit("359.99")
    ),
    "credit, what a need prepaid": owing(
        by_terms(prepaid_fraction=D("0.2"), prepaid_offset_months=1),
        on="n1",
        inside=credit("480"),
        outside=credit("479.99"),
    ),
    "credit, both from the first month": owing(
        by_terms(prepaid_fraction=D("0.2"), prepaid_offset_months=2, deposit_fraction=D("0.1")),
        on="n1",
        inside=credit("1080"),
        outside=credit("1079.99"),
    ),
    "credit, what neither was prepaid nor deposited": owing(
        by_terms(days=1, prepaid_fraction=D("0.2"), deposit_fraction=D("0.1")),
        inside=credit("1400"),
        outside=credit("1399.99"),
    ),
    "credit, prepaid before the year": in_quarters(credit("480"), credit("479.99")),
    "credit, a need's limit at its own place": Edge(
        "3.18 credit limit", delivered(credit("375")), delivered(credit("374.99")), {"o1 n1": [10, 10, 10]}
    ),
    "credit, the greatest path": Edge(
        "3.18 credit limit",
        on_paths(credit("2060")),
        on_paths(credit("2059.99")),
        {"o1 n1": [10, 10, 10]},
    ),
    "credit, party by party": two_needs("1000", "999.99"),
    "credit, related parties": two_needs("1500", "1499.99", group_parent="H"),
    "input": sold(inputs("0.5"), inputs("0.501")),
    "input, what is stocked": sold(inputs("1", "5"), inputs("1", "4.999")),
    "input, first month": sold(inputs("0.6", "1"), inputs("0.6", "0.999")),
    "input, lead": sold(inputs("0.5", "2.5", 1), inputs("0.5", "2.499", 1)),
    "input, lead beyond the end": sold(inputs("0.5", "5", 2), inputs("0.5", "4.999", 2)),
}
