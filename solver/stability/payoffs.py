"""What every contract leaves to its seller and its buyer at the reference, exactly (docs/model.md 5.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pairs.trades import Trade, trades_of

if TYPE_CHECKING:
    from solver.form.clearing import Match
    from solver.form.market import Market

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Payoff:
    """One contract: per unit in every period with volume, and altogether less half of its fixed cost each."""

    trade: Trade
    seller_per_unit: dict[int, Fraction]
    buyer_per_unit: dict[int, Fraction]
    seller: Fraction
    buyer: Fraction


def payoffs(market: Market, matches: Sequence[Match]) -> dict[tuple[str, str], Payoff]:
    """By offer and need; each side bears half of the contract's cost."""
    costs = {
        grade.id: Fraction(market.policy.contract_cost if grade.contract_cost is None else grade.contract_cost)
        for grade in market.grades
    }
    return {
        (trade.match.offer, trade.match.need): _payoff(trade, costs[trade.match.grade] / 2)
        for trade in trades_of(market, tuple(matches))
    }


def _payoff(trade: Trade, cost: Fraction) -> Payoff:
    sold, bought = {}, {}
    for t in trade.periods:
        reference = Fraction(_reference(trade.match, t))
        sold[t] = reference - trade.limits.ask(t)
        bought[t] = trade.limits.bid(t) - reference
    volumes = {t: Fraction(trade.match.volumes[t]) for t in trade.periods}
    return Payoff(
        trade,
        sold,
        bought,
        sum((sold[t] * volumes[t] for t in volumes), NOTHING) - cost,
        sum((bought[t] * volumes[t] for t in volumes), NOTHING) - cost,
    )


def _reference(match: Match, t: int) -> Fraction:
    assert match.price is not None, "a stated match has a price"
    reference = match.price.reference[t]
    assert reference is not None, "a period with volume has a reference"
    return Fraction(reference)
