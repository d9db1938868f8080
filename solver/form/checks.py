"""What must hold in a market beyond the form of its file: one function per part, each giving all its faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from solver.form import calendar
from solver.form.alternate_checks import alternate_faults
from solver.form.coupling_checks import faults_between_orders
from solver.form.faults import Fault, date_faults, pointer, repeated, shown, within
from solver.form.limit_checks import GREATEST_INDEX
from solver.form.market import Market
from solver.form.order_checks import faults_of_order, guaranteed_ranges

ZERO, ONE = Decimal(0), Decimal(1)

FIRST_YEAR, LAST_YEAR = 1900, 2999  # of a calendar
MOST_PATHS = 50
GREATEST_RATE = 100  # CNY per unit of a currency; with the greatest price it keeps gains within 64 bits
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def faults_of_market(market: Market) -> list[Fault]:
    """Every fault of a market whose form is right, in the order of the file."""
    return [
        *_grade_faults(market),
        *_calendar_faults(market.calendar),
        *date_faults(market.as_of, "as_of"),
        *_path_faults(market),
        *_freight_faults(market),
        *_policy_faults(market),
        *_identity_faults(market),
        *_order_faults(market),
        *faults_between_orders(market),
        *alternate_faults(market),
    ]


def _order_faults(market: Market) -> Iterator[Fault]:
    grades = {grade.id: grade for grade in market.grades}
    guaranteed = guaranteed_ranges(market)
    for position, order in enumerate(market.orders):
        yield from faults_of_order(market, position, order, grades.get(order.grade), guaranteed)


def _grade_faults(market: Market) -> Iterator[Fault]:
    twice = repeated(grade.id for grade in market.grades)
    if not market.grades:
        yield Fault("/grades", "[]", "must name at least one grade")
    for i, grade in enumerate(market.grades):
        if grade.id in twice or not grade.id:
            yield Fault(pointer("grades", i, "id"), shown(grade.id), "must be a name that no other grade has")
        if grade.quantum <= 0:
            yield Fault(pointer("grades", i, "quantum"), shown(grade.quantum), "must be greater than 0")
        yield from within(grade.contract_cost, 0, None, "grades", i, "contract_cost")


def _calendar_faults(periods: tuple[str, ...]) -> Iterator[Fault]:
    if not periods:
        yield Fault("/calendar", "[]", "must name at least one period")
    kinds = []
    for i, period in enumerate(periods):
        try:
            kinds.append(calendar.kind(period))
        except ValueError:
            yield Fault(
                pointer("calendar", i), shown(period), "must be a month YYYY-MM, a quarter YYYY-Qn or a year YYYY"
            )
    if len(kinds) < len(periods):
        return
    for i, period in enumerate(periods):
        if not FIRST_YEAR <= int(period[:4]) <= LAST_YEAR:
            yield Fault(pointer("calendar", i), period, f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    for i in range(1, len(periods)):
        if kinds[i] != kinds[0]:
            yield Fault(pointer("calendar", i), periods[i], f"must be a {kinds[0]} like the first period")
        elif periods[i] <= periods[i - 1]:
            yield Fault(pointer("calendar", i), periods[i], f"must be later than {periods[i - 1]}")


def _path_faults(market: Market) -> Iterator[Fault]:
    if len(market.paths) > MOST_PATHS:
        yield Fault("/paths", f"{len(market.paths)} price paths", f"must be at most {MOST_PATHS}")
    for k, path in enumerate(market.paths):
        yield from within(path.weight, 0, 1, "paths", k, "weight")
        if path.weight == 0:
            yield Fault(pointer("paths", k, "weight"), shown(path.weight), "must be greater than 0")
        for beyond in ("before", "after"):
            for series, value in getattr(path, beyond).items():
                if series not in path.indices:
                    yield Fault(pointer("paths", k, beyond, series), shown(series), "must be an index of the path")
                yield from within(value, 0, GREATEST_INDEX, "paths", k, beyond, series)
        for index, values in path.indices.items():
            place = ("paths", k, "indices", index)
            if len(values) != len(market.calendar):
                yield Fault(pointer(*place), f"{len(values)} values", f"must have {len(market.calendar)}, one a period")
            for t, value in enumerate(values):
                yield from within(value, 0, GREATEST_INDEX, *place, t)
    total = sum((path.weight for path in market.paths), ZERO)
    if market.paths and total != ONE:
        yield Fault("/paths", shown(total), "the weights must add up to 1")


def _freight_faults(market: Market) -> Iterator[Fault]:
    freight = market.freight
    yield from within(freight.cny_per_unit_km, 0, None, "freight", "cny_per_unit_km")
    yield from within(freight.circuity, 1, 100, "freight", "circuity")
    twice = repeated((lane.origin, lane.destination) for lane in freight.lanes)
    for i, lane in enumerate(freight.lanes):
        yield from within(lane.distance_km, 0, None, "freight", "lanes", i, "distance_km")
        yield from within(lane.cny_per_unit, 0, None, "freight", "lanes", i, "cny_per_unit")
        if lane.distance_km is None and lane.cny_per_unit is None:
            yield Fault(pointer("freight", "lanes", i), "no freight", "must have cny_per_unit or distance_km")
        if (lane.origin, lane.destination) in twice:
            yield Fault(pointer("freight", "lanes", i), f"{lane.origin} to {lane.destination}", "must be given once")
    if freight.lanes and freight.kind != "lanes":
        yield Fault("/freight/kind", freight.kind, "must be lanes where lanes are given")


def _policy_faults(market: Market) -> Iterator[Fault]:
    policy = market.policy
    for name in ("contract_cost", "minimum_gain"):
        yield from within(getattr(policy, name), 0, None, "policy", name)
    for name in ("welfare_tolerance", "paths_required", "price_band", "index_range", "financing_rate_per_year"):
        yield from within(getattr(policy, name), 0, 1, "policy", name)
    if policy.price_tick <= 0:
        yield Fault("/policy/price_tick", shown(policy.price_tick), "must be greater than 0")
    yield from within(policy.price_split.low, 0, 1, "policy", "price_split", "low")
    yield from within(policy.price_split.high, policy.price_split.low, 1, "policy", "price_split", "high")
    yield from within(policy.concentration_target, 0, 1, "policy", "concentration_target")
    if policy.small_supplier_share is not None:
        yield from within(policy.small_supplier_share.fraction, 0, 1, "policy", "small_supplier_share", "fraction")
    yield from within(policy.small_supplier_days, 0, None, "policy", "small_supplier_days")
    for name in repeated(policy.refused_instruments):
        yield Fault("/policy/refused_instruments", shown(name), "must be named once")
    for currency, rate in policy.exchange_rates.items():
        at = ("policy", "exchange_rates", currency)
        if not CURRENCY.fullmatch(currency) or currency == "CNY":
            yield Fault(pointer(*at), shown(currency), "must be a currency of ISO 4217 other than CNY")
        yield from within(rate, 0, GREATEST_RATE, *at)
        if rate == 0:
            yield Fault(pointer(*at), shown(rate), "must be greater than 0")
    for name in repeated(policy.incoterm_order):
        yield Fault("/policy/incoterm_order", shown(name), "must be named once")


def _identity_faults(market: Market) -> Iterator[Fault]:
    twice = repeated(order.id for order in market.orders)
    group_of: dict[str, str | None] = {}
    for i, order in enumerate(market.orders):
        if order.id in twice or not order.id:
            yield Fault(pointer("orders", i, "id"), shown(order.id), "must be a name that no other order has")
        if not order.organisation:
            yield Fault(pointer("orders", i, "organisation"), '""', "must not be empty")
        if group_of.setdefault(order.organisation, order.group_parent) != order.group_parent:
            yield Fault(
                pointer("orders", i, "group_parent"),
                shown(order.group_parent),
                f"must be the same in all orders of organisation {order.organisation}",
            )
