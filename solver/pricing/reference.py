"""Reference prices: one price for a group of matches where it holds, else one for each (docs/model.md 5.2 to 5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

from solver.form.clearing import Formula
from solver.form.series import PLAIN
from solver.pricing.draw import draw
from solver.pricing.formula import fixed_ends, formulas, level, mean_ends

if TYPE_CHECKING:
    from solver.form.market import Policy
    from solver.form.terms import Quotation
    from solver.pairs.trades import Trade

WITHOUT_GAIN = Decimal("0.000001")  # to which a price is rounded that is both parties' limit


@dataclass(frozen=True, slots=True)
class Priced:
    """What was found for one match: its reference by period, and the formula behind it."""

    reference: Mapping[int, Decimal]  # CNY per unit at the offer's place
    uniform: bool
    formula: Formula | None = None
    exception: bool = False


@dataclass(frozen=True, slots=True)
class _Delivered:
    """One delivered price of a set: amount by period, or coefficient x index + amount."""

    amount: Mapping[int, Decimal]
    index: str | None = None
    quotation: Quotation = PLAIN
    coefficient: Decimal = Decimal(0)


def references(trades: Sequence[Trade], policy: Policy) -> dict[str, Priced]:
    """Reference of every match, by match id.

    Maths: docs/model.md 5.2, groups first, then each match that its group could not serve.
    """
    found: dict[str, Priced] = {}
    groups: dict[tuple[str, str], list[Trade]] = {}
    alone: list[Trade] = []
    for trade in trades:
        place = trade.need.delivery.place or trade.need.site
        if place.region is None:
            alone.append(trade)
        else:
            groups.setdefault((trade.match.grade, place.region), []).append(trade)
    for (grade, region), members in groups.items():
        delivered = _one_price(members, policy, f"uniform|{grade}|{region}")
        if delivered is None:
            alone.extend(members)
        else:
            found.update((trade.match.id, _at_offer(trade, delivered, uniform=True)) for trade in members)
    for trade in alone:
        found[trade.match.id] = _by_itself(trade, policy)
    return found


def _by_itself(trade: Trade, policy: Policy) -> Priced:
    """5.2 for a set of one match, 5.4 where it has no price in some period."""
    key = f"match|{trade.match.grade}|{trade.offer.organisation}|{trade.need.organisation}"
    delivered = _one_price([trade], policy, key)
    if delivered is not None:
        return _at_offer(trade, delivered, uniform=False)
    reference: dict[int, Decimal] = {}
    height = level([trade])
    for t in trade.periods:
        amount = _drawn([trade], [t], policy, key, height)
        if amount is None:
            amount = _drawn([trade], [t], policy, key, height, off_tick=True)
        if amount is None:  # no price is right on every path: one that is right in their mean
            window = mean_ends(trade, t).window(policy, height, Decimal(0))
            amount = draw(window, policy.price_tick, policy.sealed_seed, key, off_tick=True) if window else None
        reference[t] = _without_gain(trade, t) if amount is None else amount - trade.limits.extra
    return Priced(reference=reference, uniform=False, exception=True)


def _one_price(trades: Sequence[Trade], policy: Policy, key: str) -> _Delivered | None:
    """The first form of 5.2 that has a price for the whole set."""
    height = level(trades)
    for index, quotation, coefficient, ends in formulas(trades, policy):
        window = ends.window(policy, height, policy.minimum_gain)
        premium = draw(window, policy.price_tick, policy.sealed_seed, key) if window else None
        if premium is not None:
            return _Delivered(dict.fromkeys(_periods(trades), premium), index, quotation, coefficient)
    periods = _periods(trades)
    flat = _drawn(trades, periods, policy, key, height)
    if flat is not None:
        return _Delivered(dict.fromkeys(periods, flat))
    amount: dict[int, Decimal] = {}
    for t in periods:
        price = _drawn(trades, [t], policy, key, height)
        if price is None:
            return None
        amount[t] = price
    return _Delivered(amount)


def _drawn(
    trades: Sequence[Trade],
    periods: Sequence[int],
    policy: Policy,
    key: str,
    height: Fraction,
    *,
    off_tick: bool = False,
) -> Decimal | None:
    """One price for some periods; ``off_tick`` as for exceptions, without the minimum gain too (5.4)."""
    kept = Decimal(0) if off_tick else policy.minimum_gain
    window = fixed_ends(trades, periods, kept).window(policy, height, kept)
    return draw(window, policy.price_tick, policy.sealed_seed, key, off_tick=off_tick) if window else None


def _periods(trades: Sequence[Trade]) -> list[int]:
    return sorted(set(chain.from_iterable(trade.periods for trade in trades)))


def _at_offer(trade: Trade, delivered: _Delivered, *, uniform: bool) -> Priced:
    """A set's delivered price as one match's price at its offer's place."""
    if delivered.index is None:
        return Priced({t: delivered.amount[t] - trade.limits.extra for t in trade.periods}, uniform)
    first = trade.periods[0]
    values = {t: trade.limits.index(delivered.index, t) for t in trade.periods}
    premium = delivered.amount[first] - trade.limits.extra
    formula = Formula(
        index=delivered.index,
        coefficient=delivered.coefficient,
        premium=premium,
        index_reference=values[first],
        quotation=None if delivered.quotation == PLAIN else delivered.quotation,
    )
    return Priced({t: delivered.coefficient * values[t] + premium for t in trade.periods}, uniform, formula)


def _without_gain(trade: Trade, period: int) -> Decimal:
    """Both parties' limit, where they meet."""
    exact = trade.limits.ask(period)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(WITHOUT_GAIN, rounding=ROUND_HALF_EVEN)
