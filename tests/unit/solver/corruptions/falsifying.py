"""How a clearing is falsified: one match, price, outcome or figure exchanged for another."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing, Match, MatchPrice, OrderOutcome
from solver.form.market import Market

D = Decimal
Kind = Callable[[Random, Market, Clearing], Clearing | None]


def picked(random: Random, rows: tuple[Any, ...]) -> int:
    return random.randrange(len(rows))


def with_row(rows: tuple[Any, ...], position: int, row: Any) -> tuple[Any, ...]:
    return (*rows[:position], row, *rows[position + 1 :])


def changed(random: Random, value: Decimal) -> Decimal:
    """Another amount: a little or a lot, up or down, or with its sign turned."""
    return random.choice([value + D("0.01"), value - D("0.01"), value + 1, value * 2 + 1, -value - 1])


def of_match(change: Callable[[Random, Market, Match], Match | None]) -> Kind:
    """A kind that falsifies one match."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        if not clearing.matches:
            return None
        position = picked(random, clearing.matches)
        match = change(random, market, clearing.matches[position])
        return None if match is None else replace(clearing, matches=with_row(clearing.matches, position, match))

    return kind


def of_price(change: Callable[[Random, Market, MatchPrice], MatchPrice | None]) -> Kind:
    """A kind that falsifies the price of one match."""

    def falsified(random: Random, market: Market, match: Match) -> Match | None:
        price = None if match.price is None else change(random, market, match.price)
        return None if price is None else replace(match, price=price)

    return of_match(falsified)


def of_outcome(change: Callable[[Random, OrderOutcome], OrderOutcome | None]) -> Kind:
    """A kind that falsifies what is said of one order."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        position = picked(random, clearing.orders)
        outcome = change(random, clearing.orders[position])
        return None if outcome is None else replace(clearing, orders=with_row(clearing.orders, position, outcome))

    return kind


def of_total(name: str) -> Kind:
    """A kind that falsifies one figure of the head."""
    return lambda random, market, clearing: replace(clearing, **{name: changed(random, getattr(clearing, name))})


def of_amount(name: str) -> Kind:
    """A kind that falsifies one amount of a match."""
    return of_match(lambda random, market, match: replace(match, **{name: changed(random, getattr(match, name))}))
