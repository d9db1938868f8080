"""Markets tightened under a clearing that was true before: rules of the round, approvals, demands (3d), aims (3e).

As in ``tightened_joint``; each kind names the term that the verifier must report.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing
from solver.form.market import Freight, Market, Order, content_hash
from solver.form.terms import Approval, Approved, CreditLimit, Incumbent, SmallSupplierShare
from solver.pairs.amounts import volume
from solver.pairs.counted import counted
from tests.unit.solver.tightened_joint import Changes, Filled
from tests.unit.solver.tightened_widening import THOUSANDTH, WIDENING, Kind, of_orders

D = Decimal


def falsified(kind: str, random: Random, market: Market, clearing: Clearing) -> tuple[Market, Clearing] | None:
    """The tightened market, and the clearing with that market's hash."""
    tighter = WIDER[kind][1](Filled(random, market, clearing), clearing)
    if tighter is None or tighter == market:
        return None
    return tighter, replace(clearing, market_hash=content_hash(tighter))


def _of_policy(change: Callable[[Filled, Clearing], dict[str, Any] | None]) -> Kind:
    """A kind that changes rules of the round."""

    def kind(of: Filled, clearing: Clearing) -> Market | None:
        changes = change(of, clearing)
        return None if changes is None else replace(of.market, policy=replace(of.market.policy, **changes))

    return kind


def _approved_later(of: Filled) -> Changes | None:
    """The counterparty is approved only from the second period on, and has volume in the first."""
    match = of.random.choice(of.own(of.order))
    if len(match.volumes) < 2 or match.volumes[0] <= 0:
        return None
    since = {"2027-02": "2027-02-01", "2027-Q2": "2027-04-01", "2028": "2028-01-01"}.get(of.market.calendar[1])
    others = {of.other(each, of.order).organisation for each in of.own(of.order)}
    approvals = tuple(Approval(organisation=name, since=since) for name in sorted(others))
    return {of.order.id: {"approved": Approved(kind="only", counterparties=approvals)}} if since else None


def _credit_of_a_need(of: Filled) -> Changes | None:
    """A buyer who pays a deposit may lend no more than a cent."""
    early = [m.need for m in of.matches if m.payment is not None and m.payment.deposit_fraction]
    lending = [name for name in early if of.orders[name].family is None]
    return {of.random.choice(lending): {"credit_limit": CreditLimit(exposure_cny=D("0.01"))}} if lending else None


def _unserved(of: Filled) -> list[Order]:
    """Needs that are not filled as far as they would have to be."""
    needs = [order for order in counted(of.market).orders if order.side == "need" and order.family is None]
    return [need for need in needs if of.filled(need) < volume(need) * (need.minimum_fill or 1) and not need.must_serve]


def _must_serve(name: Any) -> Kind:
    """A need that is not filled must be served."""

    def kind(of: Filled) -> Changes | None:
        needs = [need.id for need in _unserved(of)]
        return {of.random.choice(needs): {"must_serve": True, "priority": {"must_serve": name}}} if needs else None

    return of_orders(kind)


def _family_to_serve(of: Filled) -> Changes | None:
    """Two needs, one of them not filled, become a family that must be served."""
    both = of.two()
    short = {need.id for need in _unserved(of)}
    if both is None or not short & {order.id for order in both}:
        return None
    alike = {"family": "f", "organisation": both[0].organisation, "group_parent": both[0].group_parent}
    none = {"counterparties": None, "maximum_share": None, "minimum_fill": None, "groups": (), "incumbents": ()}
    return {order.id: {**none, **alike, "must_serve": True} for order in both}


def _harder(of: Filled, clearing: Clearing) -> Market | None:
    """A rule that had to be relaxed must hold."""
    relaxed = {each.order for each in clearing.relaxations if each.order is not None}
    alone = [order for order in of.market.orders if order.id in relaxed and order.family is None]
    if not alone:
        return None
    order = of.random.choice(alone)
    harder = replace(order, priority={**order.priority, "must_serve": "hard"})
    return replace(of.market, orders=tuple(harder if each is order else each for each in of.market.orders))


def _small_share(name: Any) -> Kind:
    """Of two offers of a grade one is a small supplier's, which has a little too little."""

    def kind(of: Filled, clearing: Clearing) -> Market | None:
        offers = sorted({match.offer for match in of.matches if match.grade == of.order.grade})
        if len(offers) < 2 or of.market.policy.small_supplier_share is not None:
            return None
        small = of.random.choice(offers)
        whole = sum((of.filled(of.orders[offer]) for offer in offers), D(0))
        fraction = (of.filled(of.orders[small]) / whole + THOUSANDTH).quantize(THOUSANDTH, ROUND_CEILING)
        share = SmallSupplierShare(fraction=min(D(1), fraction), priority=name)
        orders = tuple(replace(order, small_supplier=order.id == small) for order in of.market.orders)
        return replace(of.market, orders=orders, policy=replace(of.market.policy, small_supplier_share=share))

    return kind


def _stricter_tolerance(of: Filled, clearing: Clearing) -> dict[str, Any] | None:
    near = clearing.near_equals
    if near is None or near.given_up <= D("0.02") * (len(clearing.components) + 2):
        return None
    return {"welfare_tolerance": D("0.000000001")}


def _no_tolerance(of: Filled, clearing: Clearing) -> dict[str, Any] | None:
    return None if clearing.near_equals is None else {"welfare_tolerance": D(0)}


def _lower_target(of: Filled, clearing: Clearing) -> dict[str, Any] | None:
    """A target that is stated, or lower by a thousandth: more is above it."""
    target = of.market.policy.concentration_target
    if clearing.near_equals is None:
        return None
    return {"concentration_target": D("0.001") if target is None else target - THOUSANDTH}


def _aimed_at(change: Callable[[Filled], Changes | None]) -> Kind:
    """A change of what an aim counts, where there are aims."""
    made = of_orders(change)
    return lambda of, clearing: None if clearing.near_equals is None else made(of, clearing)


def _small_supplier(of: Filled) -> Changes:
    offer = of.orders[of.random.choice(of.matches).offer]
    return {offer.id: {"small_supplier": not offer.small_supplier}}


def _knows_a_partner(of: Filled) -> Changes | None:
    if any(order.incumbents for order in of.market.orders):
        return None
    partner = of.other(of.random.choice(of.own(of.order)), of.order)
    return {of.order.id: {"incumbents": (Incumbent(organisation=partner.organisation),)}}


def _costlier_contract(of: Filled, clearing: Clearing) -> Market:
    grades = tuple(replace(grade, contract_cost=D(10**7)) for grade in of.market.grades)
    return replace(of.market, grades=grades)


def _no_lanes(of: Filled, clearing: Clearing) -> Market:
    return replace(of.market, freight=Freight(kind="lanes", cny_per_unit_km=D(1)))


def _conflicts_screened(of: Filled, clearing: Clearing) -> dict[str, Any] | None:
    in_conflict = any(match.wishes is not None and match.wishes.conflicts for match in of.matches)
    return {"wish_conflicts": "screen"} if in_conflict else None


def _no_exceptions(of: Filled, clearing: Clearing) -> dict[str, Any] | None:
    priced = [match.price for match in of.matches if match.price is not None]
    return {"exceptions": "drop"} if any(price.exception_gap is not None for price in priced) else None


WIDER: dict[str, tuple[str, Kind]] = WIDENING | {
    "approved later": ("3.9", of_orders(_approved_later)),
    "credit limit of a need": ("3.18", of_orders(_credit_of_a_need)),
    "must serve": ("3.23 relaxations", _must_serve("commercial_2")),
    "must serve, hard": ("3.23 hard", _must_serve("hard")),
    "family to serve": ("3.23 relaxations", of_orders(_family_to_serve)),
    "relaxed rule that is hard": ("3.23 hard", _harder),
    "share of small suppliers": ("3.23 relaxations", _small_share("preference_5")),
    "share of small suppliers, hard": ("3.23 hard", _small_share("hard")),
    "stricter tolerance": ("3.26", _of_policy(_stricter_tolerance)),
    "no tolerance": ("3.26", _of_policy(_no_tolerance)),
    "lower target": ("3.26", _of_policy(_lower_target)),
    "supplier who is small, or not": ("3.26", _aimed_at(_small_supplier)),
    "incumbents": ("3.26", _aimed_at(_knows_a_partner)),
    "cost of contracts": ("2 price", _costlier_contract),
    "no lanes": ("2 lane", _no_lanes),
    "conflicts screened": ("2 wishes", _of_policy(_conflicts_screened)),
    "no exceptions": ("2 |3.3|5.", _of_policy(_no_exceptions)),
}
