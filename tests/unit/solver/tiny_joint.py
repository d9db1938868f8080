"""Tiny random markets in which terms over several contracts are switched on beside those of tiny_markets."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import msgspec

from solver.form.limit_checks import least_known_limit
from solver.form.market import Market, Order
from solver.form.terms import Alternate, CreditLimit, Group, Incumbent, Input, LimitPrice, Source, Storage, Tier, Tiers
from tests.unit.solver.tiny_markets import tiny_market
from tests.unit.solver.tiny_money import RATE

D = Decimal
FAMILIES = (
    "source",
    "family",
    "minimum_per_period",
    "incumbents",
    "groups",
    "links",
    "ramp",
    "credit_limit",
    "inputs",
    "storage",
    "tiers",
    "alternates",
)
TAGS = ("local", "state")
ABSENT: dict[str, object] = {
    "source": None,
    "family": None,
    "minimum_per_period": None,
    "incumbents": (),
    "groups": (),
    "linked_to": None,
    "exclusive": None,
    "ramp": None,
    "credit_limit": None,
    "inputs": (),
    "storage": None,
    "tiers": None,
    "alternates": (),
}


def joint_market(seed: int, only: str | None = None) -> Market:
    """A tiny market with some terms over several contracts, or with one kind of them alone."""
    random = Random(f"joint {seed}")
    market = tiny_market(seed)
    others = Random(f"alternates {seed}")  # of their own, so that they change no market without them
    of = {family: others if family == "alternates" else random for family in FAMILIES}
    on = {only} if only is not None else {family for family in FAMILIES if of[family].random() < 0.35}
    orders = list(market.orders)
    for k, order in enumerate(orders):
        tags = tuple(tag for tag in TAGS if random.random() < 0.5)
        orders[k] = msgspec.structs.replace(order, tags=tags)
    if "alternates" in on:
        market, orders = with_other_grades(others, market, orders)
    if "family" in on:
        orders = _families(random, orders)
    if on & {"links", "inputs"}:
        orders = _of_one_owner(random, orders, both_sides="inputs" in on)
    for k in range(len(orders)):
        orders[k] = msgspec.structs.replace(orders[k], **_own(random, on, orders, k, len(market.calendar)))
    return msgspec.structs.replace(market, orders=tuple(orders))


def with_other_grades(random: Random, market: Market, orders: list[Order]) -> tuple[Market, list[Order]]:
    """Some offers become ones of grade B, which is measured more finely, and most needs accept the other grade."""
    grades = (market.grades[0], msgspec.structs.replace(market.grades[1], quantum=D("0.25")))
    ratios = (D(1), D("0.5"), D("1.5"), D(2), D(3), D("1.25"))
    for k, order in enumerate(orders):
        if order.side == "offer" and random.random() < 0.5:
            orders[k] = msgspec.structs.replace(order, grade="B")
        if order.side == "need" and random.random() < 0.8:
            other = "A" if order.grade == "B" else "B"
            ratio = random.choice(ratios)
            by = random.choice((D(0), D(-8), D("5.5"))) + 105 * (ratio - 1)  # a unit of either grade has one price
            alternates = (Alternate(grade=other, ratio=ratio, adjustment=by),)
            orders[k] = msgspec.structs.replace(order, alternates=alternates)
    return msgspec.structs.replace(market, grades=grades), orders


def _families(random: Random, orders: list[Order]) -> list[Order]:
    """The first two orders of a side become one family."""
    side = random.choice(("offer", "need"))
    first, second = [k for k, order in enumerate(orders) if order.side == side][:2]
    head = orders[first]
    shared = ("organisation", "group_parent", "grade", "alternates", "counterparties", "maximum_share", "incumbents")
    alike = {name: getattr(head, name) for name in shared}
    fill = random.choice((None, D("0.5"), D(1)))
    orders[first] = msgspec.structs.replace(head, family="plants", minimum_fill=fill)
    orders[second] = msgspec.structs.replace(orders[second], family="plants", minimum_fill=fill, **alike)
    return orders


def _of_one_owner(random: Random, orders: list[Order], *, both_sides: bool) -> list[Order]:
    """Two orders of a side, or an offer and a need, get the same owner."""
    offers, needs = ([k for k, order in enumerate(orders) if order.side == side] for side in ("offer", "need"))
    pair = (offers[0], needs[0]) if both_sides else tuple(random.choice((offers, needs))[:2])
    if any(orders[k].family is not None for k in pair):
        return orders
    owner = {"organisation": "W", "group_parent": None}
    return [msgspec.structs.replace(order, **owner) if k in pair else order for k, order in enumerate(orders)]


def _own(random: Random, on: set[str], orders: list[Order], k: int, periods: int) -> dict[str, object]:
    order = orders[k]
    in_family = order.family is not None
    others = sorted({o.organisation for o in orders if o.side != order.side and o.organisation != order.organisation})
    mine = [other.id for other in orders if other.organisation == order.organisation and other.id != order.id]
    terms: dict[str, object] = {}

    def some(family: str, chance: float = 0.5) -> bool:
        return family in on and random.random() < chance

    if some("source", 0.7) and order.side == "offer" and order.grade == "A":
        terms["source"] = Source(site="mine", line="1", capacity=(D(3), D(2))[:periods])
    if some("minimum_per_period"):
        terms["minimum_per_period"] = random.choice((D(1), D(2), D("1.5")))
    if some("incumbents") and not in_family and others:
        terms["incumbents"] = (
            Incumbent(organisation=random.choice(others), least_share=random.choice((D("0.3"), D(1)))),
        )
    if some("groups", 0.6) and not in_family:
        terms["groups"] = (_group(random),)
    if some("links") and mine:
        terms["linked_to" if random.random() < 0.5 else "exclusive"] = random.choice(mine)
    if "exclusive" in terms:
        terms["exclusive"] = "one"
    if some("ramp", 0.6):
        terms["ramp"] = random.choice((D(0), D("0.5"), D(1)))
    if some("credit_limit", 0.6) and not in_family:
        exposures = (150, 260, 400) if order.side == "offer" else (4, 15, 40)
        terms["credit_limit"] = CreditLimit(exposure_cny=D(random.choice(exposures)))
    if some("storage", 0.7):
        opening, closing = random.choice(((0, 0), (1, 0), (1, 1), (0, 1) if order.side == "need" else (2, 1)))
        terms["storage"] = Storage(
            owner="seller" if order.side == "offer" else "buyer",
            place="store",
            opening=D(opening),
            closing=D(closing),
            capacity=D(random.choice((1, 2)) if opening < 2 else 2),
            cost=random.choice((D(0), D("1.5"), D(6))),
        )
    if some("tiers", 0.7) and order.side == "offer":
        starts, rise = random.choice(((2,), (3, 4), (4,))), random.choice((7, 60))
        known = least_known_limit(order.limit_price)
        rise = rise if known is None else min(rise, int(known) // len(starts))  # no discount is above the limit
        steps = tuple(Tier(from_volume=D(start), discount=D(rise * (j + 1))) for j, start in enumerate(starts))
        terms["tiers"] = Tiers(kind=random.choice(("all_unit", "incremental")), steps=steps)
    needs = [name for name in mine if name.startswith("n")]
    if some("inputs", 0.8) and order.side == "offer" and needs:
        stocked, lead = random.choice((D(0), D(1), D(3))), random.choice((0, 0, 1))
        units = random.choice((D("0.5"), D(1)))
        (bought,) = (other for other in orders if other.id == needs[0])
        by_assay = any(part.content_attribute is not None for part in bought.limit_price.components)
        within = by_assay or random.random() < 0.5
        if not within:
            terms["limit_price"] = _less(order.limit_price, units * 125)  # so that it still trades now and then
        terms["inputs"] = (
            Input(need=needs[0], units_per_unit=units, lead_periods=lead, stocked=stocked, cost_in_limit=within),
        )
    return terms


def _less(limit: LimitPrice, cny: Decimal) -> LimitPrice:
    """A limit without its collar, lower by so much."""
    less = cny if limit.currency == "CNY" else (cny / RATE).quantize(D("0.01"))
    return msgspec.structs.replace(limit, premium=limit.premium - less, collar=None)


def _group(random: Random) -> Group:
    measure = random.choice(("count", "volume", "share"))
    rule = random.choice(("at_least", "at_most", "exactly") if measure != "volume" else ("at_least", "at_most"))
    value = {"count": D(random.choice((0, 1, 2))), "volume": D(random.choice((1, 2, 3))), "share": D("0.5")}[measure]
    tolerance = D("0.2") if measure == "share" and rule == "exactly" else None
    return Group(tag=random.choice(TAGS), rule=rule, measure=measure, value=value, tolerance=tolerance)  # type: ignore[arg-type]


def without_joint_terms(market: Market) -> Market:
    """The same market with none of these terms; what a family stated for all is each order's own again."""
    return msgspec.structs.replace(
        market, orders=tuple(msgspec.structs.replace(order, **ABSENT) for order in market.orders)
    )
