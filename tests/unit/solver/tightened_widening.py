"""Markets tightened under a clearing that was true before: stocks, discounts, alternates (3c), options.

As in ``tightened_joint``; each kind names the term that the verifier must report.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing, Match
from solver.form.market import Market, Order
from solver.form.terms import (
    Flexibility,
    Option,
    Storage,
    Tier,
    Tiers,
)
from solver.pairs.counted import counted
from tests.unit.solver.tightened_joint import Changes, Filled

D = Decimal
THOUSANDTH = D("0.001")
EVERYTHING = Option(down=D(1), up=D(100), per="year", make_up_months=36)
Kind = Callable[[Filled, Clearing], Market | None]


def of_orders(change: Callable[[Filled], Changes | None]) -> Kind:
    """A kind that changes terms of orders."""

    def kind(of: Filled, clearing: Clearing) -> Market | None:
        changes = change(of)
        if changes is None:
            return None
        orders = tuple(replace(order, **changes.get(order.id, {})) for order in of.market.orders)
        return replace(of.market, orders=orders)

    return kind


def _used(of: Filled, order: Order) -> list[Decimal]:
    """Expected volumes per period, in the order's own units."""
    own = [(match, of.volume(match, order) / sum(match.volumes, D(0))) for match in of.own(order)]
    return [sum((match.volumes[t] * unit for match, unit in own), D(0)) for t in range(len(of.market.calendar))]


def _stated(of: Filled, order: Order) -> tuple[Decimal, ...]:
    return next(each.volumes for each in counted(of.market).orders if each.id == order.id)  # type: ignore[return-value]


def _option(of: Filled) -> Changes | None:
    """A counterparty that may call more than there is; everybody grants everything."""
    match = of.random.choice(of.own(of.order))
    holder = of.other(match, of.order)
    period = of.random.choice([t for t, expected in enumerate(match.volumes) if expected > 0])
    stated = _stated(of, of.order)[period]
    if of.order.storage is not None or match.ratio is not None:
        return None
    up = ((stated + 1) / match.volumes[period] - 1).quantize(THOUSANDTH, ROUND_CEILING)
    changes: Changes = {
        name: {"flexibility": replace(of.orders[name].flexibility, grants=EVERYTHING)} for name in of.names
    }
    changes[holder.id] = {"flexibility": Flexibility(requires=Option(up=up), grants=EVERYTHING)}
    return changes


def _stored(of: Filled, **amounts: Decimal) -> dict[str, Any]:
    owner: Any = "seller" if of.order.side == "offer" else "buyer"
    nothing = {"opening": D(0), "closing": D(0), "capacity": D(0), "cost": D(0)}
    return {"storage": Storage(owner=owner, place="store", **{**nothing, **amounts})}


def _closing_stock(of: Filled) -> Changes:
    """More at the end than was made and not delivered, or delivered at all."""
    used = sum(_used(of, of.order), D(0))
    left = sum(_stated(of, of.order), D(0)) - used if of.order.side == "offer" else used
    closing = max(D(0), left) + 1
    return {of.order.id: _stored(of, closing=closing, capacity=closing)}


def _capacity_of_stock(of: Filled) -> Changes:
    """Half a quantum more is delivered in a period than is made or used, and the stock has no room for it."""
    used, stated = _used(of, of.order), list(_stated(of, of.order))
    period = of.random.choice([t for t, amount in enumerate(used) if amount > 0])
    stated[period] = used[period] - of.quantum(of.order) / 2
    return {of.order.id: {"volumes": tuple(stated), **_stored(of, cost=D(1))}}


def _dearer_stock(of: Filled, clearing: Clearing) -> Market | None:
    """What is kept costs more: the welfare is another."""
    kept = {outcome.order for outcome in clearing.orders if any(outcome.stock or ())}
    stored = [order for order in of.market.orders if order.id in kept]
    if not stored:
        return None
    order = of.random.choice(stored)
    assert order.storage is not None
    dearer = replace(order, storage=replace(order.storage, cost=order.storage.cost + 1))
    return replace(of.market, orders=tuple(dearer if each is order else each for each in of.market.orders))


def _discounted(of: Filled) -> tuple[Order, Decimal] | None:
    """An offer with a discount that one of its contracts reaches, and that contract's volume."""
    offers = [of.orders[match.offer] for match in of.matches if of.orders[match.offer].tiers is not None]
    if not offers:
        return None
    offer = of.random.choice(offers)
    assert offer.tiers is not None
    most = max(of.volume(match, offer) for match in of.own(offer))
    return (offer, most) if most > offer.tiers.steps[0].from_volume else None


def _step_out_of_reach(of: Filled) -> Changes | None:
    """All steps begin beyond what any contract has."""
    found = _discounted(of)
    if found is None:
        return None
    offer, most = found
    assert offer.tiers is not None
    steps = tuple(Tier(from_volume=most + k + 1, discount=step.discount) for k, step in enumerate(offer.tiers.steps))
    return {offer.id: {"tiers": replace(offer.tiers, steps=steps)}}


def _smaller_discount(of: Filled) -> Changes | None:
    found = _discounted(of)
    if found is None:
        return None
    offer, _ = found
    assert offer.tiers is not None
    steps = tuple(replace(step, discount=step.discount - D("0.01")) for step in offer.tiers.steps)
    return {offer.id: {"tiers": replace(offer.tiers, steps=steps)}}


def _discount_missed(of: Filled) -> Changes | None:
    """A limit that no bid meets without the discount, which no contract is large enough for."""
    offer = of.orders[of.random.choice(of.matches).offer]
    if of.market.policy.exceptions == "drop":
        return None
    limit = replace(offer.limit_price, premium=offer.limit_price.premium + 10**5, collar=None)
    start = max(of.volume(match, offer) for match in of.own(offer)) + THOUSANDTH
    tiers = Tiers(kind="all_unit", steps=(Tier(from_volume=start, discount=D(2 * 10**5)),))
    return {offer.id: {"limit_price": limit, "tiers": tiers}}


def _alternate(change: Callable[[Order, Match], dict[str, Any]]) -> Kind:
    """A change of the alternate that some match uses."""

    def kind(of: Filled) -> Changes | None:
        used = [match for match in of.matches if match.ratio is not None]
        if not used:
            return None
        match = of.random.choice(used)
        return {match.need: change(of.orders[match.need], match)}

    return of_orders(kind)


def _other_alternates(**changes: Any) -> Kind:
    """All alternates of a need stated otherwise."""
    return _alternate(lambda need, match: {"alternates": tuple(replace(each, **changes) for each in need.alternates)})


def _demand_of_alternates(of: Filled) -> Changes | None:
    """Less is needed than the alternates come to in the need's own units."""
    needs = [of.orders[match.need] for match in of.matches if match.ratio not in (None, 1)]
    plain = [need for need in needs if need.storage is None]
    if not plain:
        return None
    need = of.random.choice(plain)
    used, stated = _used(of, need), list(_stated(of, need))
    period = of.random.choice([t for t, amount in enumerate(used) if amount > 0])
    stated[period] = used[period] - THOUSANDTH
    return {need.id: {"volumes": tuple(stated)}}


WIDENING: dict[str, tuple[str, Kind]] = {
    "option of a buyer or seller": ("3.1|3.2|3.20", of_orders(_option)),
    "closing stock": ("3.20", of_orders(_closing_stock)),
    "capacity of a stock": ("3.20", of_orders(_capacity_of_stock)),
    "cost of a stock": ("3.0 objective", _dearer_stock),
    "step out of reach": ("3.0 gain", of_orders(_step_out_of_reach)),
    "smaller discount": ("3.0 gain", of_orders(_smaller_discount)),
    "discount missed": ("3.21", of_orders(_discount_missed)),
    "alternate no more": ("2 grade", _alternate(lambda need, match: {"alternates": ()})),
    "ratio of an alternate": ("3.22", _other_alternates(ratio=D("1.000001"))),
    "adjustment of an alternate": ("2 price", _other_alternates(adjustment=D(-(10**6)))),
    "demand of alternates": ("3.2", of_orders(_demand_of_alternates)),
}
