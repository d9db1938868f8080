"""Terms between orders: a shared line (3.10), links (3.15), exclusive sets (3.16), inputs (3.19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from solver.form.market import Order
from solver.form.terms import Input
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.orders import called
from solver.verify.violation import Violation

Deals = Mapping[str, Sequence[Deal]]


def link_faults(ground: Ground, by_order: Deals) -> Iterator[Violation]:
    """Orders that are filled beside, or without, another against their terms."""
    filled_of_set: dict[tuple[str, str], str] = {}
    for name, deals in by_order.items():
        order, at = ground.orders[name], deals[0].pointer
        if order.exclusive is not None:
            other = filled_of_set.setdefault((order.organisation, order.exclusive), name)
            if other != name:
                yield Violation("3.16 exclusive", at, f"{name} and {other} are both filled")
        yield from link_faults_of(ground, order, by_order)
    yield from _line_faults(ground, by_order)


def link_faults_of(ground: Ground, order: Order, by_order: Deals) -> Iterator[Violation]:
    """What one filled order misses of another: that it is filled (3.15), or brings enough (3.19)."""
    if order.linked_to is not None and order.linked_to not in by_order:
        at = by_order[order.id][0].pointer
        yield Violation("3.15 linked", at, f"{order.id} is filled, {order.linked_to} is not")
    for each in order.inputs:
        yield from _input_faults(ground, order, each, by_order)


def _line_faults(ground: Ground, by_order: Deals) -> Iterator[Violation]:
    """Periods in which more may be called from the offers of a line than it can make (3.10)."""
    lines: dict[tuple[str, str], list[Order]] = {}
    for name in by_order:
        source = ground.orders[name].source
        if source is not None:
            lines.setdefault((source.site, source.line), []).append(ground.orders[name])
    for (site, line), offers in lines.items():
        source = offers[0].source
        used = [called(offer, by_order[offer.id]) for offer in offers]
        for period, capacity in enumerate(source.capacity if source is not None else ()):
            together = sum((of[period] for of in used), Fraction(0))
            if together > Fraction(capacity):
                text = f"line {line} at {site} makes {capacity} in period {period}, {float(together):.9g} may be called"
                yield Violation("3.10 source", f"{by_order[offers[0].id][0].pointer}/volumes/{period}", text)


def _input_faults(ground: Ground, order: Order, each: Input, by_order: Deals) -> Iterator[Violation]:
    """Periods up to which more is sold than there is material for (3.19)."""
    sold, brought = _volumes(ground, order, by_order), _volumes(ground, ground.orders[each.need], by_order)
    for period in range(ground.periods):
        used = Fraction(each.units_per_unit) * sum(sold[: period + 1], Fraction(0))
        there = Fraction(each.stocked) + sum(brought[: max(0, period + 1 - each.lead_periods)], Fraction(0))
        if used > there:
            text = (
                f"{order.id} takes {float(used):.9g} of {each.need} up to period {period}, there is {float(there):.9g}"
            )
            yield Violation("3.19 input", f"{by_order[order.id][0].pointer}/volumes/{period}", text)


def _volumes(ground: Ground, order: Order, by_order: Deals) -> list[Fraction]:
    """What an order has in each period, in its own units."""
    own = [deal.counted(order) for deal in by_order.get(order.id, ())]
    return [sum((volumes[t] for volumes in own), Fraction(0)) for t in range(ground.periods)]
