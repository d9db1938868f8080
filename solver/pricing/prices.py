"""The price of every match: reference, formula, floor and cap, by the round's price rule (docs/model.md section 5)."""

from __future__ import annotations

from decimal import localcontext
from typing import TYPE_CHECKING

import msgspec

from solver.form.clearing import MatchPrice
from solver.pairs.limits import EXACT_DIGITS
from solver.pairs.trades import trades_of
from solver.pricing.bands import bands
from solver.pricing.reference import references
from solver.pricing.support import support_report

if TYPE_CHECKING:
    from solver.form.clearing import Match, SupportReport
    from solver.form.market import Market
    from solver.pairs.screened import Screened
    from solver.pairs.trades import Trade
    from solver.pricing.bands import Band
    from solver.pricing.reference import Priced


def price(
    market: Market, screened: Screened, matches: tuple[Match, ...], *, threads: int = 1
) -> tuple[tuple[Match, ...], SupportReport | None]:
    """Every match with its price, and how far supporting prices agree with it.

    Maths: docs/model.md 5.1 to 5.5.
    """
    trades = _trades(market, matches)
    with_price = _with_prices(market, trades)
    return with_price, support_report(market, screened, with_price, trades, threads=threads)


def priced(market: Market, matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Every match with its price.

    Maths: docs/model.md 5.2 to 5.5.
    """
    return _with_prices(market, _trades(market, matches))


def _trades(market: Market, matches: tuple[Match, ...]) -> tuple[Trade, ...]:
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return trades_of(market, matches)


def _with_prices(market: Market, trades: tuple[Trade, ...]) -> tuple[Match, ...]:
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        found = references(trades, market.policy)
        band = bands(trades, found, market.policy)
    matches = (trade.match for trade in trades)
    return tuple(
        msgspec.structs.replace(match, price=_stated(market, found[match.id], band[match.id])) for match in matches
    )


def _stated(market: Market, own: Priced, ends: Band) -> MatchPrice:
    periods = range(len(market.calendar))
    gap = max(market.policy.minimum_gain, market.policy.price_tick)
    return MatchPrice(
        reference=tuple(own.reference.get(t) for t in periods),
        floor=tuple(ends[t][0] if t in ends else None for t in periods),
        cap=tuple(ends[t][1] if t in ends else None for t in periods),
        uniform=own.uniform,
        formula=own.formula,
        exception_gap=gap if own.exception else None,
    )
