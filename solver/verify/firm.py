"""What firm capacity covers of every match (docs/model.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from solver.form.market import Order
from solver.form.terms import SplitVolume
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.violation import Violation

TERM = "1.4 firm"


def firm_faults(ground: Ground, by_order: Mapping[str, Sequence[Deal]]) -> Iterator[Violation]:
    """Firm parts that are missing, are stated of an offer that splits nothing, or are not those due."""
    for name, deals in by_order.items():
        order = ground.orders[name]
        if order.side != "offer":
            continue
        split = any(isinstance(volume, SplitVolume) for volume in order.volumes)
        for deal in deals:
            stated = deal.match.firm
            if (stated is not None) != split or (stated is not None and len(stated) != ground.periods):
                yield Violation(TERM, f"{deal.pointer}/firm", "due: one part a period of a split offer, none of others")
                return
        if split:
            yield from _part_faults(ground, order, deals)


def _part_faults(ground: Ground, order: Order, deals: Sequence[Deal]) -> Iterator[Violation]:
    for period, volume in enumerate(order.volumes):
        firm = Fraction(volume.firm if isinstance(volume, SplitVolume) else volume)
        due = shares(firm, [deal.volumes[period] for deal in deals], ground.quantum(order.grade))
        for deal, part in zip(deals, due, strict=True):
            stated: Decimal = (deal.match.firm or ())[period]
            if not stated.is_finite() or Fraction(stated) != part:
                yield Violation(TERM, f"{deal.pointer}/firm/{period}", f"{stated}, due {float(part):.9g}")


def shares(firm: Fraction, volumes: Sequence[Fraction], quantum: Fraction) -> list[Fraction]:
    """Firm capacity over contracts in proportion to their volumes, in whole quanta by greatest remainders.

    >>> [int(part) for part in shares(Fraction(5), [Fraction(4), Fraction(4), Fraction(4)], Fraction(1))]
    [2, 2, 1]
    """
    whole = sum(volumes, Fraction(0))
    covered = min(firm, whole)
    exact = [covered * volume / whole if whole > 0 else Fraction(0) for volume in volumes]
    parts = [part // quantum * quantum for part in exact]
    missing = covered - sum(parts, Fraction(0))
    for k in sorted(range(len(exact)), key=lambda k: (parts[k] - exact[k], k)):
        if missing < quantum:
            break
        parts[k] += quantum
        missing -= quantum
    return parts
