"""Freight between two lists of orders, in whole cents per unit (docs/model.md 1.1e)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from solver.form.market import Lane, Market, Order
from solver.form.terms import Site
from solver.pairs.screened import Floats, Ints

EARTH_RADIUS_KM = 6371.0088
NO_LANE = -1
CENT = Decimal("0.01")


def freight_cents(market: Market, offers: Sequence[Order], needs: Sequence[Order]) -> Ints:
    """Freight of every offer to every need; ``NO_LANE`` where there is none.

    Maths: 1.1e.  Shapes: (offers, needs).  Units: 0.01 CNY per grade unit.
    """
    freight = market.freight
    if freight.kind == "none":
        return np.zeros((len(offers), len(needs)), dtype=np.int64)
    origins, destinations = [_place(order) for order in offers], [_place(order) for order in needs]
    if freight.kind == "lanes":
        return _by_lanes(freight.lanes, freight.cny_per_unit_km, origins, destinations)
    distance_km = _great_circle_km if freight.kind == "distance" else _straight_line_km
    km = distance_km(origins, destinations)
    cents = np.floor(km * (float(freight.circuity) * float(freight.cny_per_unit_km) * 100) + 0.5)
    return np.where(np.isnan(km), NO_LANE, np.nan_to_num(cents)).astype(np.int64)


def _place(order: Order) -> Site:
    return order.site if order.delivery.place is None else order.delivery.place


def _great_circle_km(origins: Sequence[Site], destinations: Sequence[Site]) -> Floats:
    """Haversine distance; not a number without coordinates."""
    lat_a, lat_b = (np.radians(_column(places, "lat")) for places in (origins, destinations))
    lon_a, lon_b = (np.radians(_column(places, "lon")) for places in (origins, destinations))
    half_lat = np.sin((lat_b[None, :] - lat_a[:, None]) / 2)
    half_lon = np.sin((lon_b[None, :] - lon_a[:, None]) / 2)
    chord = half_lat**2 + np.cos(lat_a)[:, None] * np.cos(lat_b)[None, :] * half_lon**2
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return km


def _straight_line_km(origins: Sequence[Site], destinations: Sequence[Site]) -> Floats:
    across = _column(destinations, "x_km")[None, :] - _column(origins, "x_km")[:, None]
    along = _column(destinations, "y_km")[None, :] - _column(origins, "y_km")[:, None]
    km: Floats = np.sqrt(across**2 + along**2)
    return km


def _column(places: Sequence[Site], name: str) -> Floats:
    values = [getattr(place, name) for place in places]
    return np.array([np.nan if value is None else float(value) for value in values])


def _by_lanes(
    lanes: Sequence[Lane], cny_per_unit_km: Decimal, origins: Sequence[Site], destinations: Sequence[Site]
) -> Ints:
    """Each end is known by its site id first, then by its region code."""
    names = sorted({lane.origin for lane in lanes} | {lane.destination for lane in lanes})
    number = {name: i for i, name in enumerate(names)}
    table = np.full((len(names) + 1, len(names) + 1), NO_LANE, dtype=np.int64)  # last row, column: unknown places
    for lane in lanes:
        table[number[lane.origin], number[lane.destination]] = _lane_cents(lane, cny_per_unit_km)
    found = np.full((len(origins), len(destinations)), NO_LANE, dtype=np.int64)
    for origin_known_by in ("id", "region"):
        rows = [number.get(getattr(place, origin_known_by), -1) for place in origins]
        for destination_known_by in ("id", "region"):
            columns = [number.get(getattr(place, destination_known_by), -1) for place in destinations]
            found = np.where(found == NO_LANE, table[np.ix_(rows, columns)], found)
    return found


def _lane_cents(lane: Lane, cny_per_unit_km: Decimal) -> int:
    if lane.cny_per_unit is not None:
        exact = lane.cny_per_unit
    elif lane.distance_km is not None:
        exact = lane.distance_km * cny_per_unit_km
    else:
        return NO_LANE
    return int(exact.quantize(CENT, rounding=ROUND_HALF_UP).scaleb(2))
