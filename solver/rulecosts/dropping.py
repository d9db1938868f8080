"""The rules that a market has, and the market without each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from solver.form.faults import MarketError
from solver.form.market import Lane
from solver.form.scenarios import DropTerm
from solver.whatif.orders import DROPPABLE, drop_term

if TYPE_CHECKING:
    from solver.form.market import Market, Order
    from solver.form.rule_costs import Kind

# What a policy without the rule says.  Rules of price and payment alone cost no welfare and are not among them.
POLICY: dict[str, Any] = {
    "contract_cost": Decimal(0),
    "exceptions": "propose",
    "planned_capacity": "counted",
    "wish_conflicts": "show",
    "refused_instruments": (),
    "financing_rate_per_year": Decimal(0),
}
REGION_DIGITS = 6  # of GB/T 2260


@dataclass(frozen=True, slots=True)
class Dropped:
    """A market without one rule, and who states it."""

    id: str
    kind: Kind
    market: Market
    stated_by: tuple[Order, ...]


def dropped(market: Market) -> Iterator[Dropped]:
    """The market without each of its rules: of the policy, of its orders, then those that keep regions apart."""
    for field, without in POLICY.items():
        if getattr(market.policy, field) != without:
            yield _by(
                f"policy.{field}", "policy", market, replace(market, policy=replace(market.policy, **{field: without}))
            )
    for term in DROPPABLE:
        try:
            other = drop_term(market, DropTerm(term=term), ())
        except MarketError:  # nobody states it
            continue
        yield _by(term, "term", market, other)
    yield from _local(market)


def _local(market: Market) -> Iterator[Dropped]:
    """Rules that keep regions apart without a technical reason: the local-protection meter."""
    yield from _changed("exclusions.not_technical", market, _without_exclusions)
    regions = {place for order in market.orders for place in _regions(order)}
    yield from _changed("groups.regional", market, lambda order: _without_groups(order, regions))
    lanes = tuple(_missing_lanes(market))
    if lanes:
        other = replace(market, freight=replace(market.freight, lanes=(*market.freight.lanes, *lanes)))
        ends = {"offer": {lane.origin for lane in lanes}, "need": {lane.destination for lane in lanes}}
        kept_apart = tuple(order for order in market.orders if ends[order.side] & set(_regions(order)))
        yield Dropped("lanes.absent", "local", other, kept_apart)


def _without_exclusions(order: Order) -> Order:
    return replace(order, exclusions=tuple(each for each in order.exclusions if each.technical))


def _without_groups(order: Order, regions: set[str]) -> Order:
    return replace(order, groups=tuple(each for each in order.groups if not is_regional(each.tag, regions)))


def is_regional(tag: str, regions: set[str]) -> bool:
    """Whether a tag names a region: a code of GB/T 2260, alone or after ``region:``, or one that a place has.

    >>> [is_regional(tag, {"510100"}) for tag in ("region:510000", "510100", "recycled")]
    [True, True, False]
    """
    name = tag.removeprefix("region:").removeprefix("region-")
    return tag.startswith("region") or name in regions or (len(name) == REGION_DIGITS and name.isdecimal())


def _missing_lanes(market: Market) -> Iterator[Lane]:
    """Lanes between regions that no lane joins, at the dearest freight that any lane has: the caution is the rule's."""
    freight = market.freight
    known = [_price(market, lane) for lane in freight.lanes]
    if freight.kind != "lanes" or not known:
        return
    there = {(lane.origin, lane.destination) for lane in freight.lanes}
    sides: dict[str, list[str]] = {"offer": [], "need": []}
    for order in market.orders:
        sides[order.side] += [place for place in _regions(order) if place not in sides[order.side]]
    for origin in sorted(sides["offer"]):
        for destination in sorted(sides["need"]):
            if (origin, destination) not in there:
                yield Lane(origin=origin, destination=destination, cny_per_unit=max(known))


def _price(market: Market, lane: Lane) -> Decimal:
    if lane.cny_per_unit is not None:
        return lane.cny_per_unit
    return (lane.distance_km or Decimal(0)) * market.freight.cny_per_unit_km


def _regions(order: Order) -> tuple[str, ...]:
    site = order.site if order.delivery.place is None else order.delivery.place
    return () if site.region is None else (site.region,)


def _changed(name: str, market: Market, change: Callable[[Order], Order]) -> Iterator[Dropped]:
    other = replace(market, orders=tuple(change(order) for order in market.orders))
    if other != market:
        yield _by(name, "local", market, other)


def _by(name: str, kind: Kind, market: Market, other: Market) -> Dropped:
    """Who states a term is whose order is another without it; a policy is stated for all."""
    pairs = zip(market.orders, other.orders, strict=True)
    stated = market.orders if kind == "policy" else tuple(order for order, without in pairs if order != without)
    return Dropped(name, kind, other, stated)
