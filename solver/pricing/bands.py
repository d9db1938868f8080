"""Floor and cap about the reference: one width per grade, so that it tells of no single party (docs/model.md 5.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.form.market import party_of
from solver.pricing.draw import rank

if TYPE_CHECKING:
    from solver.form.market import Policy
    from solver.pairs.trades import Trade
    from solver.pricing.reference import Priced

FEWEST_PARTIES = 5  # on either side; a width of fewer would tell of somebody
PARTS = (Decimal(1), Decimal("0.5"), Decimal("0.25"), Decimal(0))

Band = dict[int, tuple[Decimal, Decimal]]  # period -> floor, cap in CNY per unit at the offer's place


def bands(trades: Sequence[Trade], priced: Mapping[str, Priced], policy: Policy) -> dict[str, Band]:
    """Floor and cap of every match, by match id.

    Maths: docs/model.md 5.5.
    """
    found: dict[str, Band] = {}
    sharing: dict[str, list[Trade]] = {}
    for trade in trades:
        own = priced[trade.match.id]
        if own.exception:
            found[trade.match.id] = {t: (price, price) for t, price in own.reference.items()}
        elif own.formula is not None:
            found[trade.match.id] = _formula_band(trade, own, policy)
        else:
            sharing.setdefault(trade.match.grade, []).append(trade)
    for grade, members in sharing.items():
        width = _shared_width(grade, members, priced, policy)
        for trade in members:
            found[trade.match.id] = _band(priced[trade.match.id].reference, width, policy.price_tick)
    return found


def _shared_width(grade: str, trades: Sequence[Trade], priced: Mapping[str, Priced], policy: Policy) -> Decimal:
    """The best ranked width of those that hold for all; drawn, since the widest would prove that a wider failed."""
    sellers, buyers = {party_of(trade.offer) for trade in trades}, {party_of(trade.need) for trade in trades}
    if min(len(sellers), len(buyers)) < FEWEST_PARTIES:
        return Decimal(0)
    holding = (
        width
        for width in (policy.price_band * part for part in PARTS)
        if width == 0 or all(_holds(trade, priced[trade.match.id].reference, width, policy) for trade in trades)
    )
    return min(holding, key=lambda width: rank(policy.sealed_seed, f"band|{grade}", width))


def _holds(trade: Trade, reference: Mapping[int, Decimal], width: Decimal, policy: Policy) -> bool:
    for t, (floor, cap) in _band(reference, width, policy.price_tick).items():
        lowest, highest = trade.limits.ends((t,), Fraction(0))
        if not (lowest < Fraction(floor) and Fraction(cap) < highest):
            return False
    return True


def _band(reference: Mapping[int, Decimal], width: Decimal, tick: Decimal) -> Band:
    """Both ends rounded towards the reference, and never beyond it."""

    def ticks(amount: Decimal, rounding: str) -> Decimal:
        return (amount / tick).to_integral_value(rounding=rounding) * tick

    return {
        t: (
            min(price, ticks(price * (1 - width), ROUND_CEILING)),
            max(price, ticks(price * (1 + width), ROUND_FLOOR)),
        )
        for t, price in reference.items()
    }


def _formula_band(trade: Trade, own: Priced, policy: Policy) -> Band:
    """What the formula gives at the ends of the index range about all paths; a narrower cap would break a limit."""
    assert own.formula is not None
    coefficient, premium = own.formula.coefficient, own.formula.premium
    swing = coefficient * policy.index_range
    band: Band = {}
    for t in own.reference:
        least, greatest = trade.limits.index_span(own.formula.index, t)
        band[t] = (
            coefficient * least + premium - swing * abs(least),
            coefficient * greatest + premium + swing * abs(greatest),
        )
    return band
