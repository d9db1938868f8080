"""Freight of one pair: docs/model.md 1.1e."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from solver.form.market import Lane, Order
from solver.form.terms import Site
from solver.verify.ground import Ground, place

EARTH_RADIUS_KM = 6371.0088
CENT = Fraction(1, 100)
DECIMAL_CENT = Decimal("0.01")
MANY_DIGITS = 120  # more than the product of two stated amounts can have
TIE = Fraction(1, 10**6)  # CNY; within it of a tie an irrational freight may be rounded either way


def freights(ground: Ground, offer: Order, need: Order) -> tuple[Fraction, ...]:
    """The freight that a pair may state, CNY per unit: one value, two where the rounding is tied, none without a lane.

    Maths: 1.1e.
    """
    freight = ground.market.freight
    here, there = place(offer), place(need)
    if freight.kind == "none":
        return (Fraction(0),)
    if freight.kind == "lanes":
        lane = lane_between(ground, here, there)
        rounded = None if lane is None else lane_freight(lane, freight.cny_per_unit_km)
        return () if rounded is None else (Fraction(rounded),)
    km = great_circle_km(here, there) if freight.kind == "distance" else straight_line_km(here, there)
    if km is None:
        return ()
    exact = km * Fraction(freight.circuity) * Fraction(freight.cny_per_unit_km)
    below = exact // CENT * CENT
    if abs(exact - below - CENT / 2) <= TIE:
        return below, below + CENT
    return (half_up(exact),)


def half_up(exact: Fraction) -> Fraction:
    """Rounded half-up to 0.01 CNY.

    >>> half_up(Fraction("12.345"))
    Fraction(247, 20)
    """
    return (exact + CENT / 2) // CENT * CENT


def lane_between(ground: Ground, here: Site, there: Site) -> Lane | None:
    """The lane from one place to another: each end by its site id, else by its region code."""
    for origin in (here.id, here.region):
        for destination in (there.id, there.region):
            if origin is not None and destination is not None and (origin, destination) in ground.lanes:
                return ground.lanes[origin, destination]
    return None


def lane_freight(lane: Lane, cny_per_unit_km: Decimal) -> Decimal | None:
    """A lane's own price, else its distance by the rate, rounded half-up to 0.01 CNY; exact in decimals."""
    with localcontext(prec=MANY_DIGITS):
        if lane.cny_per_unit is not None:
            return lane.cny_per_unit.quantize(DECIMAL_CENT, rounding=ROUND_HALF_UP)
        if lane.distance_km is None:
            return None
        return (lane.distance_km * cny_per_unit_km).quantize(DECIMAL_CENT, rounding=ROUND_HALF_UP)


def great_circle_km(here: Site, there: Site) -> Fraction | None:
    """Haversine distance on a sphere; None without coordinates."""
    if here.lat is None or here.lon is None or there.lat is None or there.lon is None:
        return None
    lat_a, lat_b = math.radians(here.lat), math.radians(there.lat)
    half_lat = math.sin((lat_b - lat_a) / 2)
    half_lon = math.sin(math.radians(there.lon - here.lon) / 2)
    chord = half_lat * half_lat + math.cos(lat_a) * math.cos(lat_b) * half_lon * half_lon
    return Fraction(2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord))))


def straight_line_km(here: Site, there: Site) -> Fraction | None:
    """Distance on the plane of a generated market; None without coordinates."""
    if here.x_km is None or here.y_km is None or there.x_km is None or there.y_km is None:
        return None
    with localcontext(prec=60):
        square: Decimal = (here.x_km - there.x_km) ** 2 + (here.y_km - there.y_km) ** 2
        return Fraction(square.sqrt())
