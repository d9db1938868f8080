"""Why each order got what it got."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from solver.clearing import OrderOutcome, Reason

if TYPE_CHECKING:
    from solver.clearing import Match, Multipliers
    from solver.market import Market
    from solver.pairs import Screened


def outcomes(
    market: Market, screened: Screened, matches: tuple[Match, ...], multipliers: Multipliers
) -> tuple[OrderOutcome, ...]:
    """What became of every order, in the order of the market."""
    result = []
    for order in market.orders:
        requested = sum((v for v in order.volumes if isinstance(v, Decimal)), Decimal(0))
        filled = sum((sum(m.volumes, Decimal(0)) for m in matches if order.id in (m.offer, m.need)), Decimal(0))
        refused = screened.refused.get(order.id, {})
        reasons = (
            [Reason(code, "other", count) for code, count in refused.items() if count] if filled < requested else []
        )
        if not reasons:
            reasons = []
        if filled < requested:
            reasons = [Reason(code=code, side="other", counterparties=n) for code, n in refused.items() if n]
        if not reasons:
            reasons = [Reason(code="own_volume" if filled >= requested else "outbid", side="market")]
        status: Literal["matched", "partly_matched", "unmatched"] = "unmatched"
        if filled > 0:
            status = "matched" if filled >= requested else "partly_matched"
        result.append(
            OrderOutcome(order=order.id, status=status, requested=requested, filled=filled, reasons=tuple(reasons))
        )
    return tuple(result)
