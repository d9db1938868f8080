"""The price of every deal, drawn again from the market alone: docs/model.md 5.2 to 5.4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.form.market import Policy
from solver.form.terms import Quotation
from solver.verify.curves import Curves, Ends
from solver.verify.draws import FINEST, Interval, draw, window
from solver.verify.ground import Ground, place


@dataclass(frozen=True, slots=True)
class DueFormula:
    """A formula as it should be stated."""

    index: str
    coefficient: Fraction
    premium: Fraction
    index_reference: Fraction
    quotation: Quotation | None


@dataclass(frozen=True, slots=True)
class Due:
    """A price as it should be stated: reference at the offer's place per period with volume."""

    references: dict[int, Fraction]
    uniform: bool
    formula: DueFormula | None = None
    exception: bool = False
    unpriced: frozenset[int] = frozenset()  # periods of a trade without gain: the reference is the ask to 1e-6


@dataclass(frozen=True, slots=True)
class _Form:
    """One price h for a set: with c x index under a formula, else the same all the term or by period."""

    by_period: dict[int, Fraction]
    index: str | None = None
    coefficient: Fraction = Fraction(0)


def due_prices(ground: Ground, curves: Sequence[Curves]) -> list[Due]:
    """The price due to each deal, in their order."""
    groups: dict[str, list[int]] = {}
    for number, curve in enumerate(curves):
        region = place(curve.deal.need).region
        if region is not None:
            groups.setdefault(f"uniform|{curve.deal.offer.grade}|{region}", []).append(number)
    found: dict[int, Due] = {}
    for key, members in groups.items():
        form = _form(ground.market.policy, key, [curves[number] for number in members])
        if form is not None:
            for number in members:
                found[number] = _stated(curves[number], form, uniform=True)
    return [found[n] if n in found else _alone(ground, curve) for n, curve in enumerate(curves)]


def _alone(ground: Ground, curve: Curves) -> Due:
    """The price of a deal as a set of its own; an exception if some period has none (5.4)."""
    policy, deal = ground.market.policy, curve.deal
    key = f"match|{deal.offer.grade}|{deal.offer.organisation}|{deal.need.organisation}"
    form = _form(policy, key, [curve])
    if form is not None:
        return _stated(curve, form, uniform=False)
    margin = Fraction(policy.minimum_gain)
    references, unpriced, height = dict[int, Fraction](), set[int](), _height([curve])
    for period in curve.periods:
        price = _period_price(policy, key, [curve], period, margin, height)
        if price is None:
            price = _period_price(policy, key, [curve], period, Fraction(0), height, finest=FINEST)
        if price is None:  # no price is right on every path
            least, greatest = curve.ask(period) + curve.delivery, curve.bid(period) + curve.delivery
            inside = window(policy, least, greatest, Fraction(0))
            price = None if inside is None else draw(policy, key, inside, height, FINEST)
        if price is None:
            unpriced.add(period)
            price = curve.ask(period) + curve.delivery
        references[period] = price - curve.delivery
    return Due(references, uniform=False, exception=True, unpriced=frozenset(unpriced))


def _stated(curve: Curves, form: _Form, *, uniform: bool) -> Due:
    if form.index is None:
        return Due({period: form.by_period[period] - curve.delivery for period in curve.periods}, uniform)
    premium = form.by_period[curve.periods[0]] - curve.delivery
    references = {period: form.coefficient * curve.quote(form.index, period) + premium for period in curve.periods}
    centre = curve.quote(form.index, curve.periods[0])
    formula = DueFormula(form.index, form.coefficient, premium, centre, curve.quotation)
    return Due(references, uniform, formula)


def _form(policy: Policy, key: str, curves: Sequence[Curves]) -> _Form | None:
    """The first form of 5.2 that has a price for a set of deals."""
    margin = Fraction(policy.minimum_gain)
    periods = sorted({period for curve in curves for period in curve.periods})
    height = _height(curves)
    alike = len({curve.quotation for curve in curves}) == 1
    shared = sorted(frozenset.intersection(*(curve.indices for curve in curves))) if alike else []
    for coefficient in (Fraction(c) for c in policy.formula_coefficients if c > 0):
        for index in shared:
            inside = _inside(policy, margin, [(c, c.formula_ends(index, coefficient, margin)) for c in curves])
            price = None if inside is None else draw(policy, key, inside, height)
            if price is not None:
                return _Form(dict.fromkeys(periods, price), index, coefficient)
    inside = _inside(policy, margin, [(curve, curve.ends(curve.periods, margin)) for curve in curves])
    flat = None if inside is None else draw(policy, key, inside, height)
    if flat is not None:
        return _Form(dict.fromkeys(periods, flat))
    by_period = {}
    for period in periods:
        price = _period_price(policy, key, curves, period, margin, height)
        if price is None:
            return None
        by_period[period] = price
    return _Form(by_period)


def _inside(policy: Policy, margin: Fraction, found: Sequence[tuple[Curves, Ends]]) -> Interval | None:
    """The window of a delivered price between the ends of every deal of a set."""
    least = max(least + curve.delivery for curve, (least, _, _) in found)
    greatest = min(greatest + curve.delivery for curve, (_, greatest, _) in found)
    within = [limit + curve.delivery for curve, (_, _, limits) in found for limit in limits]
    return window(policy, least, greatest, margin, within)


def _period_price(
    policy: Policy,
    key: str,
    curves: Sequence[Curves],
    period: int,
    margin: Fraction,
    height: Fraction,
    finest: Fraction | None = None,
) -> Fraction | None:
    """The price of one period alone, among the deals that carry volume in it."""
    trading = [curve for curve in curves if period in curve.periods]
    inside = _inside(policy, margin, [(curve, curve.ends([period], margin)) for curve in trading])
    return None if inside is None else draw(policy, key, inside, height, finest)


def _height(curves: Sequence[Curves]) -> Fraction:
    """H of 5.3: the greatest limit of the set on any path, delivered."""
    ends: list[Fraction] = []
    for curve in curves:
        asks, bids = zip(*curve.limits(curve.periods), strict=True)
        ends += [end + curve.delivery for end in (min(asks), max(asks), min(bids), max(bids))]
    return max(abs(end) for end in ends)
