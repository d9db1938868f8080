"""What a pair may lose on a price path, and what a price owes each side there: docs/model.md 1.1g, 5.2."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from solver.form.market import Market, Order

Consent = tuple[Fraction, Fraction]  # what the seller and what the buyer accept to lose on one path, CNY per unit
MICROS = 10**6


def consent(market: Market, offer: Order, need: Order) -> Consent | None:
    """Both owners' greatest loss on a path; None where the match has to gain on every path."""
    if market.policy.paths_required >= 1 or offer.loss_consent is None or need.loss_consent is None:
        return None
    return Fraction(offer.loss_consent.most_cny_per_unit), Fraction(need.loss_consent.most_cny_per_unit)


def loses(ask: Fraction, bid: Fraction) -> bool:
    """Whether a pair's gain on a path, in millionths, is negative."""
    return round((bid - ask) * MICROS) < 0


def bars(
    market: Market, agreed: Consent | None, weights: Sequence[Fraction], ends: Sequence[tuple[Fraction, Fraction]]
) -> bool:
    """Whether a pair carries nothing in a period, by its limits (ask, bid) on every path.

    >>> from solver.form.market import Policy; from decimal import Decimal; from msgspec.structs import replace
    >>> none = Market(format="changdan-market/1", grades=(), calendar=(), orders=())
    >>> most = replace(none, policy=Policy(paths_required=Decimal("0.5")))
    >>> half, ends = [Fraction(1, 2)] * 2, [(Fraction(10), Fraction(20)), (Fraction(20), Fraction(17))]
    >>> [bars(most, agreed, half, ends) for agreed in (None, (Fraction(3), Fraction(9)), (Fraction(2), Fraction(9)))]
    [True, False, True]
    """
    lost = [(weight, ask - bid) for weight, (ask, bid) in zip(weights, ends, strict=True) if loses(ask, bid)]
    if agreed is None:
        return bool(lost)
    if any(Fraction(round(loss * MICROS), MICROS) > min(agreed) for _, loss in lost):
        return True
    return sum((weight for weight, _ in lost), Fraction(0)) > 1 - Fraction(market.policy.paths_required)


def owed(agreed: Consent | None, ask: Fraction, bid: Fraction, margin: Fraction) -> tuple[Fraction, Fraction]:
    """What a price must leave the seller and the buyer on a path: the margin, or no more than its consented loss."""
    if agreed is not None and loses(ask, bid):
        return -agreed[0], -agreed[1]
    return margin, margin
