"""Changes of what surrounds the orders: policy, freight, price paths."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from solver.form.faults import MarketError
from solver.form.market import Freight, Lane, Market, Policy
from solver.form.scenarios import FreightChange, IndexChange, LaneEnds
from solver.form.shape import build
from solver.whatif.places import Place, as_in_a_file, product, refuse, refuse_unless_positive, total

replace = msgspec.structs.replace


def policy(market: Market, fields: dict[str, Any], place: Place) -> Market:
    """Other values of some fields; the sealed seed is the house's, not a rule that one could choose otherwise."""
    if "sealed_seed" in fields:
        refuse("sealed_seed", "is no rule: it ranks the prices of all rounds alike", *place, "sealed_seed")
    raw = {**as_in_a_file(market.policy), **fields}
    changed, faults = build(raw, Policy, *place)
    if changed is None:
        raise MarketError(faults)
    return replace(market, policy=changed)


def freight(market: Market, change: FreightChange, place: Place) -> Market:
    """Another kind, rate or circuity, or everything that is paid times a factor; lanes belong to the kind lanes."""
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
    scale = given.pop("scale", None)
    if scale is not None:
        refuse_unless_positive(scale, *place, "scale")
    changed: Freight = replace(market.freight, **given)
    if "kind" in given and changed.kind != "lanes":
        changed = replace(changed, lanes=())
    if "circuity" in given and changed.kind in ("none", "lanes"):
        refuse(given["circuity"], f"freight of kind {changed.kind} has no circuity", *place, "circuity")
    if scale is not None:
        changed = replace(
            changed,
            cny_per_unit_km=product(changed.cny_per_unit_km, scale),
            lanes=tuple(_scaled(lane, scale) for lane in changed.lanes),
        )
    return replace(market, freight=changed)


def _scaled(lane: Lane, scale: Decimal) -> Lane:
    """A lane without a price of its own is paid by distance, whose rate is scaled already."""
    return lane if lane.cny_per_unit is None else replace(lane, cny_per_unit=product(lane.cny_per_unit, scale))


def set_lane(market: Market, lane: Lane, place: Place) -> Market:
    """Other freight on a lane that is there."""
    position = _lane_position(market, lane.origin, lane.destination, place)
    lanes = market.freight.lanes
    return _with_lanes(market, (*lanes[:position], lane, *lanes[position + 1 :]))


def add_lane(market: Market, lane: Lane, place: Place) -> Market:
    """A lane where there was none."""
    if market.freight.kind != "lanes":
        refuse(market.freight.kind, "only freight of kind lanes has lanes", *place)
    return _with_lanes(market, (*market.freight.lanes, lane))


def remove_lane(market: Market, ends: LaneEnds, place: Place) -> Market:
    """A lane closed: what went over it cannot trade, unless another name of an end has a lane too."""
    position = _lane_position(market, ends.origin, ends.destination, place)
    lanes = market.freight.lanes
    return _with_lanes(market, lanes[:position] + lanes[position + 1 :])


def _lane_position(market: Market, origin: str, destination: str, place: Place) -> int:
    for position, lane in enumerate(market.freight.lanes):
        if (lane.origin, lane.destination) == (origin, destination):
            return position
    return refuse(f"{origin} to {destination}", "must be a lane of the market's freight", *place)


def _with_lanes(market: Market, lanes: tuple[Lane, ...]) -> Market:
    return replace(market, freight=replace(market.freight, lanes=lanes))


def index(market: Market, change: IndexChange, place: Place) -> Market:
    """An index on another path, on every price path of the market that has it."""
    ways = [name for name in ("scale", "shift", "multiples", "values") if getattr(change, name) is not None]
    if len(ways) != 1:
        refuse(", ".join(ways) or "nothing", "must have exactly one of scale, shift, multiples, values", *place)
    if not any(change.index in path.indices for path in market.paths):
        refuse(change.index, "must be an index of a price path", *place, "index")
    if change.scale is not None:
        refuse_unless_positive(change.scale, *place, "scale")
    given = change.multiples if change.multiples is not None else change.values
    if given is not None and len(given) != len(market.calendar):
        refuse(f"{len(given)} values", f"must have {len(market.calendar)}, one a period", *place, ways[0])
    paths = tuple(
        replace(path, indices={**path.indices, change.index: tuple(_moved(path.indices[change.index], change))})
        if change.index in path.indices
        else path
        for path in market.paths
    )
    return replace(market, paths=paths)


def _moved(values: tuple[Decimal, ...], change: IndexChange) -> Iterator[Decimal]:
    for period, value in enumerate(values):
        if change.values is not None:
            yield change.values[period]
        elif change.multiples is not None:
            yield product(value, change.multiples[period])
        elif change.scale is not None:
            yield product(value, change.scale)
        else:
            yield total(value, change.shift or Decimal(0))
