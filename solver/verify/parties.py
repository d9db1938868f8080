"""With whom an order deals: number of parties (3.7), share of one (3.8), share of those not approved (3.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from solver.form.market import Order
from solver.verify.ground import Ground, party
from solver.verify.matches import Deal
from solver.verify.relations import approved_periods, trial_share
from solver.verify.violation import Violation


def party_faults(ground: Ground, by_order: Mapping[str, Sequence[Deal]]) -> Iterator[Violation]:
    """Orders whose counterparties are too few, too many, too big or not approved."""
    for name, deals in by_order.items():
        order = ground.orders[name]
        volumes: dict[str, Fraction] = {}
        for deal in deals:
            other = party(other_side(order, deal))
            volumes[other] = volumes.get(other, Fraction(0)) + deal.volume
        pointer = deals[0].pointer
        yield from _count_faults(order, len([v for v in volumes.values() if v > 0]), pointer)
        yield from _share_faults(ground, order, volumes, pointer)
        yield from _approval_faults(ground, order, deals)


def other_side(order: Order, deal: Deal) -> Order:
    """The counterparty's order in a deal."""
    return deal.need if order.side == "offer" else deal.offer


def _count_faults(order: Order, parties: int, pointer: str) -> Iterator[Violation]:
    if order.counterparties is None or parties == 0:
        return
    least, most = order.counterparties.least, order.counterparties.most
    if least is not None and parties < least:
        yield Violation("3.7 counterparties", pointer, f"{order.id} deals with {parties}, least {least}")
    if most is not None and parties > most:
        yield Violation("3.7 counterparties", pointer, f"{order.id} deals with {parties}, most {most}")


def _share_faults(ground: Ground, order: Order, volumes: dict[str, Fraction], pointer: str) -> Iterator[Violation]:
    if order.maximum_share is None:
        return
    whole = ground.totals[order.id] if order.maximum_share.of == "requested" else sum(volumes.values(), Fraction(0))
    most = Fraction(order.maximum_share.fraction) * whole
    for name, volume in volumes.items():
        if volume > most:
            text = f"{order.id}: one party has {float(volume):.9g}, most {float(most):.9g}"
            yield Violation("3.8 maximum share", pointer, text + f" ({name})")


def _approval_faults(ground: Ground, order: Order, deals: Sequence[Deal]) -> Iterator[Violation]:
    if order.approved is None:
        return
    others = Fraction(0)
    for deal in deals:
        approved = approved_periods(ground, order, other_side(order, deal)) or (False,) * ground.periods
        others += sum((x for x, ok in zip(deal.volumes, approved, strict=True) if not ok), Fraction(0))
    most = trial_share(order) * ground.totals[order.id]
    if others > most:
        text = f"{order.id}: {float(others):.9g} from those not approved, most {float(most):.9g}"
        yield Violation("3.9 approvals", deals[0].pointer, text)
