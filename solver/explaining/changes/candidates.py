"""What may be changed of an order, nearest first, on the round's coarse steps (docs/model.md 7.6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec.structs import replace

from solver.explaining.changes.round_numbers import walk, walk_attribute
from solver.explaining.explain import CENT, MICRO, coarse_step, mean_limit
from solver.form.changes import Change
from solver.form.terms import AcceptedRange, Collar
from solver.pairs.amounts import volume
from solver.pairs.counted import volumes_of
from solver.pairs.limits import EXACT_DIGITS
from solver.pairs.plain_limits import assays_of

if TYPE_CHECKING:
    from solver.form.market import Market, Order
    from solver.pairs.market_limits import MarketLimits

PRICE_STEPS, VOLUME_STEPS, ATTRIBUTE_STEPS = 12, 10, 4  # to a multiple of the limit, to twice or none of the volume

Candidate = tuple[Change, "Order"]


def prices(limits: MarketLimits, order: Order) -> Iterator[Candidate]:
    """Limits better for the other side, round number after round number.

    None for an order without volume, for a limit of 0, and for a need that the offer's assay or grade prices: its limit
    is another for every offer.
    """
    if not volume(order) or (order.side == "need" and (assays_of(order.limit_price) or order.alternates)):
        return
    market = limits.market
    mean, unit = mean_limit(limits, order), f"CNY/{unit_of(market, order)}"
    for to in walk(mean, up=order.side == "need", steps=PRICE_STEPS):
        by = abs(to - mean).quantize(CENT, rounding=ROUND_CEILING).copy_sign(to - mean)
        yield Change(kind="price", to=to, by=by, unit=unit, proof="expected"), shifted(market, order, by)


def shifted(market: Market, order: Order, by: Decimal) -> Order:
    """The order with its limit moved in every period and on every path; its collar moves along.

    ``by``: CNY per unit without tax; in the limit's own currency and tax rounded outward to a millionth.
    """
    limit = order.limit_price
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        rate = Decimal(1) if limit.currency == "CNY" else market.policy.exchange_rates[limit.currency]
        tax = 1 + limit.tax.rate if limit.tax.basis == "inclusive" else Decimal(1)
        stated = (abs(by) * tax / rate).quantize(MICRO, rounding=ROUND_CEILING).copy_sign(by)
        collar = limit.collar
        if collar is not None:
            floor, cap = (None if end is None else end + stated for end in (collar.floor, collar.cap))
            collar = Collar(floor=floor, cap=cap)
        return replace(order, limit_price=replace(limit, premium=limit.premium + stated, collar=collar))


def volumes(market: Market, order: Order) -> Iterator[Candidate]:
    """Volumes that count, over the term by coarse steps of the order's own, more before less; all periods alike."""
    stated = volume(order)
    if not stated:
        return
    step, unit = coarse_step(stated), unit_of(market, order)
    for k in range(1, VOLUME_STEPS + 1):
        for wanted in (stated + k * step, stated - k * step):
            if wanted <= 0:
                continue
            scaled = resized(market, order, Fraction(wanted) / Fraction(stated))
            to = volume(scaled)
            if to > 0 and (to > stated) == (wanted > stated) and to != stated:
                yield Change(kind="volume", to=to, by=to - stated, unit=unit, proof="expected"), scaled


def resized(market: Market, order: Order, factor: Fraction) -> Order:
    """All volumes times a factor, in whole lots, else quanta: more is rounded up, less down."""
    quantum = next(grade.quantum for grade in market.grades if grade.id == order.grade)
    step = quantum if order.lot is None else order.lot
    whole = (Fraction(each) * factor / Fraction(step) for each in volumes_of(order))
    return replace(order, volumes=tuple(int(-(-n // 1) if factor > 1 else n // 1) * step for n in whole))


def specifications(market: Market, order: Order) -> Iterator[Candidate]:
    """A wider range of a need; another guaranteed value of an offer, of what some need of its grade looks at."""
    looked_at = {name for need in market.orders if need.grade == order.grade for name in need.specification}
    ends = [
        (name, bound, value, up)
        for name, stated in order.specification.items()
        if name in looked_at
        for bound, value, up in _ends(stated)
    ]
    walks = [
        (name, bound, value, list(walk_attribute(name, value, up=up, steps=ATTRIBUTE_STEPS)))
        for name, bound, value, up in ends
    ]
    for k in range(ATTRIBUTE_STEPS):
        for name, bound, value, found in walks:
            if k < len(found):
                change = Change(
                    kind="specification",
                    to=found[k],
                    by=found[k] - value,
                    unit=name,
                    proof="expected",
                    attribute=name,
                    bound=bound,  # type: ignore[arg-type]
                )
                yield change, specified(order, change)


def specified(order: Order, change: Change) -> Order:
    """The order with one attribute's bound or guaranteed value changed."""
    assert change.attribute is not None
    assert change.bound is not None
    stated = order.specification[change.attribute]
    value = replace(stated, **{change.bound: change.to}) if isinstance(stated, AcceptedRange) else change.to
    return replace(order, specification={**order.specification, change.attribute: value})


def _ends(stated: Decimal | AcceptedRange) -> Iterator[tuple[str, Decimal, bool]]:
    """What may be moved, and whether upward."""
    if not isinstance(stated, AcceptedRange):
        yield "guaranteed", stated, True
        yield "guaranteed", stated, False
        return
    if stated.at_least is not None:
        yield "at_least", stated.at_least, False
    if stated.at_most is not None:
        yield "at_most", stated.at_most, True


def unit_of(market: Market, order: Order) -> str:
    """Unit of an order's volumes."""
    return next(grade.unit for grade in market.grades if grade.id == order.grade)
