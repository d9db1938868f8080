"""What an order may have from those that it has not approved (3.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from solver.form.market import Order
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.relations import approved_periods, trial_share
from solver.verify.violation import Violation


def approval_faults(ground: Ground, by_order: Mapping[str, Sequence[Deal]]) -> Iterator[Violation]:
    """Orders whose counterparties without approval have more than the trial share."""
    for name, deals in by_order.items():
        order = ground.orders[name]
        if order.approved is None or trial_share(order) == 1:
            continue
        others = Fraction(0)
        for deal in deals:
            approved = approved_periods(ground, order, other_side(order, deal)) or (False,) * ground.periods
            others += sum((x for x, ok in zip(deal.counted(order), approved, strict=True) if not ok), Fraction(0))
        most = trial_share(order) * ground.totals[order.id]
        if others > most:
            text = f"{order.id}: {float(others):.9g} from those not approved, most {float(most):.9g}"
            yield Violation("3.9 approvals", deals[0].pointer, text)


def other_side(order: Order, deal: Deal) -> Order:
    """The counterparty's order in a deal."""
    return deal.met if order.side == "offer" else deal.offer
