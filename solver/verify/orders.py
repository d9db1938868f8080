"""What an order may have over all its matches: capacity and demand (3.1, 3.2), at least a lot (3.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from solver.form.market import Order
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.relations import required
from solver.verify.storage import least_stocks
from solver.verify.sums import total
from solver.verify.violation import Violation


def deals_by_order(deals: Sequence[Deal]) -> dict[str, list[Deal]]:
    """Deals of every order that has any."""
    found: dict[str, list[Deal]] = {}
    for deal in deals:
        found.setdefault(deal.offer.id, []).append(deal)
        found.setdefault(deal.need.id, []).append(deal)
    return found


def capacity_faults(ground: Ground, by_order: Mapping[str, Sequence[Deal]]) -> Iterator[Violation]:
    """Periods in which more may be called from an order, or delivered to it, than it has (3.1, 3.2)."""
    for name, deals in by_order.items():
        order = ground.orders[name]
        if order.storage is not None:
            yield from _storage_faults(ground, order, deals)
            continue
        for period, (stated, used) in enumerate(zip(ground.volumes[name], called(order, deals), strict=True)):
            if used > stated:
                term = "3.1 offer capacity" if order.side == "offer" else "3.2 need demand"
                text = f"{name} has {float(stated):.9g} in period {period}, up to {float(used):.9g} may be called"
                yield Violation(term, f"{deals[0].pointer}/volumes/{period}", text)


def _storage_faults(ground: Ground, order: Order, deals: Sequence[Deal]) -> Iterator[Violation]:
    """What is called from an order with stock, or delivered to it, and what it holds at the end (3.20)."""
    if least_stocks(ground, order, called(order, deals)) is None:
        text = f"{order.id} cannot deliver, or take, these volumes with the stock that it states"
        yield Violation("3.20 storage", f"{deals[0].pointer}/volumes", text)


def called(order: Order, deals: Sequence[Deal]) -> list[Fraction]:
    """The most that may be called from an offer, or delivered to a need, per period (left side of 3.1, 3.2)."""
    called_of: list[Sequence[Fraction]] = []
    for deal in deals:
        up = required((deal.need if order.side == "offer" else deal.offer).flexibility).up
        volumes = deal.counted(order)
        called_of.append([volume * (1 + Fraction(up)) for volume in volumes] if up else volumes)
    return [total(of_period) for of_period in zip(*called_of, strict=True)]


def fill_faults(ground: Ground, by_order: Mapping[str, Sequence[Deal]]) -> Iterator[Violation]:
    """Orders that are filled with less than a lot or a quantum (3.6)."""
    for name, deals in by_order.items():
        order = ground.orders[name]
        filled = total(deal.volume_of(order) for deal in deals)
        least = least_fill(ground, order)
        if 0 < filled < least:
            text = f"{name} is filled with {float(filled):.9g}, it takes nothing or {float(least):.9g}"
            yield Violation("3.6 minimum fill", f"{deals[0].pointer}/volumes", text)


def least_fill(ground: Ground, order: Order) -> Fraction:
    """Least volume over the term of any order that is filled at all (3.6)."""
    least = Fraction(ground.grades[order.grade].quantum)
    if order.lot is not None:
        least = max(least, Fraction(order.lot))
    return least
