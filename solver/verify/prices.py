"""Stated prices against the market: what must hold of any (5.6), and the very price that is due (5.2 to 5.5)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from solver.clearing import MatchPrice
from solver.verify.curves import Curves
from solver.verify.draws import rank
from solver.verify.ground import Ground, party, place
from solver.verify.matches import Deal
from solver.verify.references import Due, due_prices
from solver.verify.violation import Violation

MICRO = Fraction(1, 10**6)
FEWEST_PARTIES = 5  # on either side of a grade, for a band (5.5)


def price_faults(ground: Ground, deals: Sequence[Deal]) -> Iterator[Violation]:
    """Everything that is wrong with the prices of a set of deals."""
    trading = [deal for deal in deals if deal.volume > 0 and min(deal.volumes) >= 0]
    sound: list[Deal] = []
    for deal in trading:
        shape = list(_shape_faults(ground, deal))
        yield from shape
        if not shape:
            sound.append(deal)
            yield from _rational_faults(ground, deal)
    yield from _uniform_faults(sound)
    if len(sound) != len(deals):
        return
    due = due_prices(ground, sound)
    for deal, price in zip(sound, due, strict=True):
        yield from _due_faults(ground, deal, price)
    yield from _band_faults(ground, sound, due)


def _price(deal: Deal) -> MatchPrice:
    assert deal.match.price is not None
    return deal.match.price


def _shape_faults(ground: Ground, deal: Deal) -> Iterator[Violation]:
    """A price in every period with volume and in no other, and only numbers in it."""
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
    if formula is not None and formula.index not in Curves(ground, deal).indices:
        yield Violation("5.2 formula", f"{at}/formula/index", f"{formula.index} is not accepted by both sides")


def _rational_faults(ground: Ground, deal: Deal) -> Iterator[Violation]:
    """5.6 for one match: both sides keep the minimum gain, the band lies between the limits, the formula holds."""
    price, at, curve = _price(deal), f"{deal.pointer}/price", Curves(ground, deal)
    exception = price.exception_gap is not None
    margin = Fraction(0) if exception else Fraction(ground.market.policy.minimum_gain)
    slack = MICRO if exception else Fraction(0)
    for period in curve.periods:
        reference, floor, cap = (Fraction(getattr(price, name)[period]) for name in ("reference", "floor", "cap"))
        ask, bid = curve.ask(period), curve.bid(period)
        if not ask + margin - slack <= reference <= bid - margin + slack:
            yield Violation("5.6 rational", f"{at}/reference/{period}", f"{float(reference)} leaves a side too little")
        elif not exception and not ask < reference < bid:
            yield Violation("5.6 rational", f"{at}/reference/{period}", f"{float(reference)} is a limit")
        if not floor <= reference <= cap:
            yield Violation("5.6 band", f"{at}/floor/{period}", f"{float(floor)} to {float(cap)} misses the reference")
        if not exception and price.formula is None and not (ask < floor and cap < bid):
            yield Violation("5.6 band", f"{at}/floor/{period}", "an end of the band is at or beyond a limit")
    yield from _formula_faults(deal, curve)


def _formula_faults(deal: Deal, curve: Curves) -> Iterator[Violation]:
    price = _price(deal)
    if price.formula is None:
        return
    at, index = f"{deal.pointer}/price/formula", price.formula.index
    coefficient, premium = Fraction(price.formula.coefficient), Fraction(price.formula.premium)
    for period in curve.periods:
        if coefficient * curve.quote(index, period) + premium != Fraction(price.reference[period] or 0):
            yield Violation("5.6 formula", at, f"does not give the reference of period {period}")
        for value in curve.tested_values(index, period):
            settled = coefficient * value + premium
            if not curve.ask_at(index, value, period) <= settled <= curve.bid_at(index, value, period):
                text = f"leaves the limits of period {period} when the index stands at {float(value):.6g}"
                yield Violation("5.6 formula", at, text)


def _uniform_faults(deals: Sequence[Deal]) -> Iterator[Violation]:
    """Matches called uniform have one delivered price per grade, region and period."""
    seen: dict[tuple[str, str | None, int], Fraction] = {}
    for deal in deals:
        price = _price(deal)
        if not price.uniform:
            continue
        for period, reference in enumerate(price.reference):
            if reference is None:
                continue
            delivered = Fraction(reference) + deal.facts.freight - deal.facts.quality
            if seen.setdefault((deal.offer.grade, place(deal.need).region, period), delivered) != delivered:
                pointer = f"{deal.pointer}/price/uniform"
                yield Violation("5.6 uniform", pointer, f"another delivered price stands in period {period}")
                break


def _due_faults(ground: Ground, deal: Deal, due: Due) -> Iterator[Violation]:
    """The reference, formula and flags that the market's own draw gives."""
    price, at, policy = _price(deal), f"{deal.pointer}/price", ground.market.policy
    for period, reference in due.references.items():
        slack = MICRO if period in due.unpriced else Fraction(0)
        if abs(Fraction(price.reference[period] or 0) - reference) > slack:
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
        for name in ("coefficient", "premium", "index_reference"):
            value: Decimal = getattr(stated, name)
            right: Fraction = getattr(due.formula, name)
            if not value.is_finite() or Fraction(value) != right:
                yield Violation("5.2 formula", f"{at}/formula/{name}", f"{value}, due {float(right):.6f}")


def _band_faults(ground: Ground, deals: Sequence[Deal], due: Sequence[Due]) -> Iterator[Violation]:
    """Floors and caps as 5.5 makes them."""
    policy = ground.market.policy
    widths: dict[str, Fraction] = {}
    for grade in {deal.offer.grade for deal in deals}:
        plain = [
            (deal, price)
            for deal, price in zip(deals, due, strict=True)
            if deal.offer.grade == grade and price.formula is None and not price.exception
        ]
        widths[grade] = _drawn_width(ground, grade, plain)
    for deal, price in zip(deals, due, strict=True):
        stated = _price(deal)
        for period, reference in price.references.items():
            if price.formula is not None:
                curve, formula = Curves(ground, deal), price.formula
                reach = Fraction(policy.index_range)
                centre = curve.quote(formula.index, period)
                ends = (
                    formula.coefficient * centre * (1 - reach) + formula.premium,
                    formula.coefficient * centre * (1 + reach) + formula.premium,
                )
            elif price.exception:
                ends = (Fraction(stated.reference[period] or 0),) * 2
            else:
                ends = band(reference, widths[deal.offer.grade], Fraction(policy.price_tick))
            for name, right in zip(("floor", "cap"), ends, strict=True):
                value = getattr(stated, name)[period]
                if Fraction(value) != right:
                    pointer = f"{deal.pointer}/price/{name}/{period}"
                    yield Violation("5.5 band", pointer, f"{value}, due {float(right):.6f}")


def band(reference: Fraction, width: Fraction, tick: Fraction) -> tuple[Fraction, Fraction]:
    """Floor and cap about a reference, rounded inwards to the tick (5.5).

    >>> band(Fraction(1010), Fraction("0.05"), Fraction(50))
    (Fraction(1000, 1), Fraction(1050, 1))
    """
    floor = math.ceil(reference * (1 - width) / tick) * tick
    cap = math.floor(reference * (1 + width) / tick) * tick
    return min(reference, floor), max(reference, cap)


def _drawn_width(ground: Ground, grade: str, deals: Sequence[tuple[Deal, Due]]) -> Fraction:
    """Band width b of a grade: of those that keep every end off the limits, the one of least rank (5.5)."""
    policy = ground.market.policy
    tick = Fraction(policy.price_tick)
    parties = {party(deal.offer) for deal, _ in deals}, {party(deal.need) for deal, _ in deals}
    if min(map(len, parties)) < FEWEST_PARTIES:
        return Fraction(0)
    holding = [Decimal(0)]
    for part in (Decimal(1), Decimal("0.5"), Decimal("0.25")):
        width = policy.price_band * part
        for deal, price in deals:
            ends = {t: band(reference, Fraction(width), tick) for t, reference in price.references.items()}
            facts = deal.facts
            if any(facts.asks[t] >= floor or cap >= facts.bids[t] for t, (floor, cap) in ends.items()):
                break
        else:
            holding.append(width)
    return Fraction(min(holding, key=lambda width: rank(policy, f"band|{grade}", width)))
