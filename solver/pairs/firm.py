"""How much of each match is covered by firm capacity (docs/model.md 1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from solver.form.clearing import Match
from solver.form.market import Market
from solver.form.terms import SplitVolume
from solver.pairs.counted import firm_of, is_split


def with_firm(market: Market, matches: Sequence[Match]) -> tuple[Match, ...]:
    """The matches, those of offers that split any volume with their firm parts."""
    offers = {order.id: order for order in market.orders if is_split(order)}
    quanta = {grade.id: grade.quantum for grade in market.grades}
    parts: dict[str, list[tuple[Decimal, ...]]] = {}
    for name, offer in offers.items():
        own = [match.volumes for match in matches if match.offer == name]
        by_period = [
            _shared(stated, volumes, quanta[offer.grade]) for stated, *volumes in zip(offer.volumes, *own, strict=True)
        ]
        parts[name] = [tuple(row) for row in zip(*by_period, strict=True)]
    return tuple(replace(match, firm=parts[match.offer].pop(0)) if match.offer in parts else match for match in matches)


def _shared(stated: Decimal | SplitVolume, volumes: Sequence[Decimal], quantum: Decimal) -> list[Decimal]:
    """Firm capacity of one period spread over its contracts, pro rata by expected volume.

    In whole quanta, rounded down; the quanta left go one each to the greatest remainders, ties to the earlier match.
    So the parts add up to the firm capacity, or to all volume if that is less.
    """
    taken = [int(volume / quantum) for volume in volumes]
    firm = min(int(firm_of(stated) / quantum), sum(taken))
    shares = [divmod(firm * each, sum(taken)) if firm else (0, 0) for each in taken]
    left = firm - sum(whole for whole, _ in shares)
    first = sorted(range(len(shares)), key=lambda k: -shares[k][1])[:left]
    return [(whole + (k in first)) * quantum for k, (whole, _) in enumerate(shares)]
