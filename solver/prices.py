"""The price of every match: reference, formula, floor and cap, by the round's price rule (docs/model.md section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from solver.bands import bands
from solver.clearing import MatchPrice
from solver.reference import references
from solver.support import support_report
from solver.trades import trades_of

if TYPE_CHECKING:
    from solver.clearing import Match, SupportReport
    from solver.market import Market
    from solver.pairs import Screened


def price(market: Market, screened: Screened, matches: tuple[Match, ...]) -> tuple[tuple[Match, ...], SupportReport]:
    """Every match with its price, and how far supporting prices agree with it.

    Under ``exceptions: drop`` the exceptions stay among the matches: see :func:`exceptions`.
    Maths: docs/model.md 5.1 to 5.5.
    """
    policy = market.policy
    trades = trades_of(market, matches)
    priced = references(trades, policy)
    band = bands(trades, priced, policy)
    periods = range(len(market.calendar))
    with_price = []
    for match in matches:
        own, ends = priced[match.id], band[match.id]
        with_price.append(
            msgspec.structs.replace(
                match,
                price=MatchPrice(
                    reference=tuple(own.reference.get(t) for t in periods),
                    floor=tuple(ends[t][0] if t in ends else None for t in periods),
                    cap=tuple(ends[t][1] if t in ends else None for t in periods),
                    uniform=own.uniform,
                    formula=own.formula,
                    exception_gap=max(policy.minimum_gain, policy.price_tick) if own.exception else None,
                ),
            )
        )
    return tuple(with_price), support_report(market, screened, tuple(with_price), trades)


def exceptions(matches: tuple[Match, ...]) -> tuple[str, ...]:
    """Ids of priced matches that no price within the rules serves.

    Under ``exceptions: drop`` the market is cleared again with their pairs forbidden, since taking a
    match away may break a minimum of its orders (docs/model.md 5.4).
    """
    return tuple(match.id for match in matches if match.price is not None and match.price.exception_gap is not None)
