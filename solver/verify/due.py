"""Stated prices against the very prices that are due: draw, formula, flags, bands (5.2 to 5.5)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from solver.verify.curves import Curves
from solver.verify.draws import rank
from solver.verify.ground import Ground, party
from solver.verify.references import Due
from solver.verify.violation import Violation

MICRO = Fraction(1, 10**6)
FEWEST_PARTIES = 5  # on either side of a grade, for a band (5.5)


class Stated:
    """The price of one match as the clearing states it, exact, by period with volume."""

    def __init__(self, curve: Curves) -> None:
        price = curve.deal.match.price
        assert price is not None
        self.curve, self.price, self.pointer = curve, price, f"{curve.deal.pointer}/price"
        self.reference, self.floor, self.cap = (
            {period: Fraction(series[period] or 0) for period in curve.periods}
            for series in (price.reference, price.floor, price.cap)
        )


def due_faults(ground: Ground, quoted: Stated, due: Due) -> Iterator[Violation]:
    """The reference, formula and flags that the market's own draw gives."""
    price, at, policy = quoted.price, quoted.pointer, ground.market.policy
    for period, reference in due.references.items():
        slack = MICRO if period in due.unpriced else Fraction(0)
        found = quoted.reference[period]
        if found != reference and abs(found - reference) > slack:
            text = f"{price.reference[period]}, drawn {float(reference):.6f}"
            yield Violation("5.3 draw", f"{at}/reference/{period}", text)
    if price.uniform != due.uniform:
        yield Violation("5.2 uniform", f"{at}/uniform", f"{price.uniform}, due {due.uniform}")
    gap = max(policy.minimum_gain, policy.price_tick) if due.exception else None
    if price.exception_gap != gap:
        yield Violation("5.4 exception", f"{at}/exception_gap", f"{price.exception_gap}, due {gap}")
    if due.exception and policy.exceptions == "drop":
        yield Violation("5.4 exception", at, "the policy drops matches without a price")
    stated = price.formula
    if (stated is None) != (due.formula is None):
        yield Violation("5.2 formula", f"{at}/formula", "stated" if stated is not None else "missing")
    elif stated is not None and due.formula is not None:
        if stated.index != due.formula.index:
            yield Violation("5.2 formula", f"{at}/formula/index", f"{stated.index}, due {due.formula.index}")
        if stated.quotation != due.formula.quotation:
            text = f"{stated.quotation}, due {due.formula.quotation}"
            yield Violation("5.2 formula", f"{at}/formula/quotation", text)
        for name in ("coefficient", "premium", "index_reference"):
            value: Decimal = getattr(stated, name)
            right: Fraction = getattr(due.formula, name)
            if not value.is_finite() or Fraction(value) != right:
                yield Violation("5.2 formula", f"{at}/formula/{name}", f"{value}, due {float(right):.6f}")


def band_faults(ground: Ground, sound: Sequence[Stated], due: Sequence[Due]) -> Iterator[Violation]:
    """Floors and caps as 5.5 makes them."""
    sharing: dict[str, list[tuple[Curves, Due]]] = {}
    for stated, price in zip(sound, due, strict=True):
        if price.formula is None and not price.exception:
            sharing.setdefault(stated.curve.deal.offer.grade, []).append((stated.curve, price))
    widths = {grade: _drawn_width(ground, grade, curves) for grade, curves in sharing.items()}
    for stated, price in zip(sound, due, strict=True):
        width = widths.get(stated.curve.deal.offer.grade, Fraction(0))
        for period in price.references:
            ends = _ends(ground, stated, price, period, width)
            for name, found, right in zip(("floor", "cap"), (stated.floor, stated.cap), ends, strict=True):
                if found[period] != right:
                    pointer = f"{stated.pointer}/{name}/{period}"
                    yield Violation("5.5 band", pointer, f"{float(found[period]):.6f}, due {float(right):.6f}")


def _ends(ground: Ground, stated: Stated, due: Due, period: int, width: Fraction) -> tuple[Fraction, Fraction]:
    """The band that is due in a period: a formula's own, none for an exception, else the grade's (5.5)."""
    policy = ground.market.policy
    if due.formula is not None:
        paths = range(len(ground.paths))
        quotes = [due.formula.coefficient * stated.curve.on_path(k, due.formula.index, period) for k in paths]
        swing, premium = Fraction(policy.index_range), due.formula.premium
        return min(quotes) * (1 - swing) + premium, max(quotes) * (1 + swing) + premium
    if due.exception:
        return stated.reference[period], stated.reference[period]
    return band(due.references[period], width, Fraction(policy.price_tick))


def band(reference: Fraction, width: Fraction, tick: Fraction) -> tuple[Fraction, Fraction]:
    """Floor and cap about a reference, rounded inwards to the tick (5.5).

    >>> band(Fraction(1010), Fraction("0.05"), Fraction(50))
    (Fraction(1000, 1), Fraction(1050, 1))
    """
    floor = math.ceil(reference * (1 - width) / tick) * tick
    cap = math.floor(reference * (1 + width) / tick) * tick
    return min(reference, floor), max(reference, cap)


def _drawn_width(ground: Ground, grade: str, curves: Sequence[tuple[Curves, Due]]) -> Fraction:
    """Band width b of a grade: of those that keep every end off the limits, the one of least rank (5.5)."""
    policy = ground.market.policy
    tick = Fraction(policy.price_tick)
    parties = {party(curve.deal.offer) for curve, _ in curves}, {party(curve.deal.need) for curve, _ in curves}
    if min(map(len, parties)) < FEWEST_PARTIES:
        return Fraction(0)
    holding = [Decimal(0)]
    for part in (Decimal(1), Decimal("0.5"), Decimal("0.25")):
        width = policy.price_band * part
        for curve, price in curves:
            ends = {t: band(reference, Fraction(width), tick) for t, reference in price.references.items()}
            owed = {t: curve.ends([t], Fraction(0)) for t in ends}
            if any(owed[t][0] >= floor or cap >= owed[t][1] for t, (floor, cap) in ends.items()):
                break
        else:
            holding.append(width)
    return Fraction(min(holding, key=lambda width: rank(policy, f"band|{grade}", width)))
