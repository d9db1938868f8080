"""Stated prices against the market: what must hold of any (5.6), and the very price that is due (5.2 to 5.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from solver.verify.admission import mean
from solver.verify.curves import Curves
from solver.verify.due import MICRO, Stated, band_faults, due_faults
from solver.verify.ground import Ground, place
from solver.verify.losses import owed
from solver.verify.matches import Deal
from solver.verify.references import due_prices
from solver.verify.slants import Slants
from solver.verify.violation import Violation


def price_faults(ground: Ground, deals: Sequence[Deal]) -> Iterator[Violation]:
    """Everything that is wrong with the prices of a set of deals."""
    slants = Slants(ground)
    sound: list[Stated] = []
    for deal in deals:
        if not (deal.volume > 0 and min(deal.volumes) >= 0):
            continue
        curve = Curves(ground, slants, deal)
        shape = list(_shape_faults(ground, curve))
        yield from shape
        if not shape:
            sound.append(Stated(curve))
            yield from _rational_faults(ground, sound[-1])
            yield from _formula_faults(sound[-1])
    yield from _uniform_faults(sound)
    if len(sound) != len(deals):
        return
    due = due_prices(ground, [stated.curve for stated in sound])
    for stated, price in zip(sound, due, strict=True):
        yield from due_faults(ground, stated, price)
    yield from band_faults(ground, sound, due)


def _shape_faults(ground: Ground, curve: Curves) -> Iterator[Violation]:
    """A price in every period with volume and in no other, and only numbers in it."""
    deal = curve.deal
    at, price = f"{deal.pointer}/price", deal.match.price
    if price is None:
        yield Violation("5.2 reference", at, "the match has no price")
        return
    for name in ("reference", "floor", "cap"):
        series: tuple[Decimal | None, ...] = getattr(price, name)
        if len(series) != ground.periods:
            yield Violation("5.2 reference", f"{at}/{name}", f"{len(series)} prices for {ground.periods} periods")
            continue
        for period, (value, volume) in enumerate(zip(series, deal.volumes, strict=True)):
            if (value is not None) != (volume > 0):
                yield Violation("5.2 reference", f"{at}/{name}/{period}", f"{value} with a volume of {float(volume):g}")
            elif value is not None and not value.is_finite():
                yield Violation("5.2 reference", f"{at}/{name}/{period}", f"{value} is no number")
    formula = price.formula
    if formula is not None and formula.index not in curve.indices:
        yield Violation("5.2 formula", f"{at}/formula/index", f"{formula.index} is not accepted by both sides")


def _rational_faults(ground: Ground, stated: Stated) -> Iterator[Violation]:
    """5.6 for one match: both sides keep the minimum gain, and the band lies between the limits."""
    price, at, curve = stated.price, stated.pointer, stated.curve
    exception = price.exception_gap is not None
    margin = Fraction(0) if exception else Fraction(ground.market.policy.minimum_gain)
    for period in curve.periods:
        reference, floor, cap = stated.reference[period], stated.floor[period], stated.cap[period]
        if price.formula is not None:  # what it gives on every path is tested with it; this is the mean
            ask, bid = _mean_ends(curve, period, margin)
        else:
            ask, bid, within = curve.ends([period], margin)
        right = ask <= reference <= bid
        if exception and not right:
            right = any(
                least - MICRO <= reference <= greatest + MICRO
                for least, greatest in ((ask, bid), (curve.ask(period), curve.bid(period)))
            )
        if not right:
            yield Violation("5.6 rational", f"{at}/reference/{period}", f"{float(reference)} leaves a side too little")
        elif not exception and (
            reference in (ask - margin, bid + margin) or (not price.formula and reference in within)
        ):
            yield Violation("5.6 rational", f"{at}/reference/{period}", f"{float(reference)} is a limit")
        ask, bid, _ = curve.ends([period], Fraction(0))
        if not floor <= reference <= cap:
            yield Violation("5.6 band", f"{at}/floor/{period}", f"{float(floor)} to {float(cap)} misses the reference")
        if not exception and price.formula is None and not (ask < floor and cap < bid):
            yield Violation("5.6 band", f"{at}/floor/{period}", "an end of the band is at or beyond a limit")


def _mean_ends(curve: Curves, period: int, margin: Fraction) -> tuple[Fraction, Fraction]:
    """Between which prices each side has what it is owed in the paths' mean."""
    ends = [(limits, owed(curve.consent, *limits, margin)) for limits in curve.limits([period])]
    weights = curve.ground.weights
    asks, bids = [ask + kept for (ask, _), (kept, _) in ends], [bid - kept for (_, bid), (_, kept) in ends]
    return mean(weights, asks), mean(weights, bids)


def _formula_faults(stated: Stated) -> Iterator[Violation]:
    """5.6 for a formula: it gives the reference on the path, and lies within both limits wherever it is tested."""
    curve, formula = stated.curve, stated.price.formula
    if formula is None:
        return
    at, index = f"{stated.pointer}/formula", formula.index
    coefficient, premium = Fraction(formula.coefficient), Fraction(formula.premium)
    for period in curve.periods:
        if coefficient * curve.quote(index, period) + premium != stated.reference[period]:
            yield Violation("5.6 formula", at, f"does not give the reference of period {period}")
        for path in range(len(curve.ground.paths)):
            on_path = curve.deal.facts.asks[path][period], curve.deal.facts.bids[path][period]
            seller, buyer = owed(curve.consent, *on_path, Fraction(0))
            for value, ask, bid in curve.tested(path, index, period):
                if not ask + seller <= coefficient * value + premium <= bid - buyer:
                    text = f"leaves the limits of period {period} when the index stands at {float(value):.6g}"
                    yield Violation("5.6 formula", at, text)


def _uniform_faults(sound: Sequence[Stated]) -> Iterator[Violation]:
    """Matches called uniform have one delivered price per grade, region and period."""
    seen: dict[tuple[str, str | None, int], Fraction] = {}
    for stated in sound:
        if not stated.price.uniform:
            continue
        deal, delivery = stated.curve.deal, stated.curve.delivery
        for period, reference in stated.reference.items():
            delivered = reference + delivery
            if seen.setdefault((deal.offer.grade, place(deal.need).region, period), delivered) != delivered:
                pointer = f"{stated.pointer}/uniform"
                yield Violation("5.6 uniform", pointer, f"another delivered price stands in period {period}")
                break
