"""What must hold in the other grades that a need accepts, and in the need as offers of them meet it (3.22)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from solver.form.faults import Fault, pointer, repeated, shown, within
from solver.form.limit_checks import GREATEST_PRICE, Place, greatest_limit
from solver.form.market import Grade, Market, Order
from solver.form.order_checks import MOST_QUANTA, Guaranteed, guaranteed_ranges
from solver.form.terms import AcceptedRange, Alternate, SplitVolume

GREATEST_RATIO = 100
MOST_PLACES = 6  # of a ratio: volumes times it stay exact


def alternate_faults(market: Market) -> Iterator[Fault]:
    """Every fault of the orders' alternates."""
    grades = {grade.id: grade for grade in market.grades}
    stating = [(position, order) for position, order in enumerate(market.orders) if order.alternates]
    guaranteed = guaranteed_ranges(market) if stating else {}
    for position, order in stating:
        place: Place = ("orders", position, "alternates")
        if order.side != "need":
            yield Fault(pointer(*place), order.side, "only a need accepts other grades")
        twice = repeated(alternate.grade for alternate in order.alternates)
        for i, alternate in enumerate(order.alternates):
            grade = grades.get(alternate.grade)
            if grade is None or alternate.grade == order.grade or alternate.grade in twice:
                wanted = "must be another grade of the market, named once"
                yield Fault(pointer(*place, i, "grade"), shown(alternate.grade), wanted)
            yield from _ratio_faults(alternate.ratio, (*place, i, "ratio"))
            yield from within(alternate.adjustment, -GREATEST_PRICE, GREATEST_PRICE, *place, i, "adjustment")
            if grade is not None and grade.quantum > 0 and 0 < alternate.ratio <= GREATEST_RATIO:
                yield from _restated_faults(order, alternate, grade, guaranteed, (*place, i))


def _ratio_faults(ratio: Decimal, place: Place) -> Iterator[Fault]:
    if not 0 < ratio <= GREATEST_RATIO:
        yield Fault(pointer(*place), shown(ratio), f"must be above 0 and at most {GREATEST_RATIO}")
    elif int(ratio.normalize().as_tuple().exponent) < -MOST_PLACES:
        yield Fault(pointer(*place), shown(ratio), f"must have at most {MOST_PLACES} decimals")


def _restated_faults(
    order: Order, alternate: Alternate, grade: Grade, guaranteed: Guaranteed, place: Place
) -> Iterator[Fault]:
    """Volumes are kept in 64 bits of the other grade's quanta, prices in 64 bits of millionths per unit of it."""
    with localcontext() as context:
        context.prec = 100
        plain = [volume for volume in order.volumes if not isinstance(volume, SplitVolume)]
        most, greatest = MOST_QUANTA * grade.quantum, max(plain, default=Decimal(0)) * alternate.ratio
        if greatest > most:
            wanted = f"times the volumes must be at most {most:f} {grade.unit}, {MOST_QUANTA:.0e} quanta"
            yield Fault(pointer(*place, "ratio"), shown(alternate.ratio), wanted)
        for name, amount in _amounts(order, alternate, guaranteed):
            if amount > GREATEST_PRICE * alternate.ratio:
                wanted = f"must leave the {name} below {GREATEST_PRICE:.0e} CNY per unit of {alternate.grade}"
                yield Fault(pointer(*place, "ratio"), shown(alternate.ratio), wanted)


def _amounts(order: Order, alternate: Alternate, guaranteed: Guaranteed) -> Iterator[tuple[str, Decimal]]:
    """What the need states in CNY per unit of its own, at most."""
    yield "limit", greatest_limit(order.limit_price) + abs(alternate.adjustment)
    if order.tolling is not None:
        yield "fee", abs(order.tolling.fee)
    yield (
        "switching cost",
        max((abs(each.switching_cost or Decimal(0)) for each in order.incumbents), default=Decimal(0)),
    )
    if order.loss_consent is not None:
        yield "loss consent", order.loss_consent.most_cny_per_unit
    for attribute, accepted in order.specification.items():
        ends = guaranteed.get((alternate.grade, attribute))
        if isinstance(accepted, AcceptedRange) and accepted.target is not None and ends is not None:
            slope = max(abs(accepted.above_cny_per_unit), abs(accepted.below_cny_per_unit))
            yield f"quality adjustment for {attribute}", slope * max(abs(end - accepted.target) for end in ends)
