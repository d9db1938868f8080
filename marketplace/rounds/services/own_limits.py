"""Agreed terms against one side's own limit, as the frozen market holds it: asked of the solver's verifier.

The answer is for that side alone; nothing of the other side's limit is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from marketplace.rounds.services.remaining import market_and_clearing
from marketplace.shared.errors import InvalidInput
from solver.form.clearing import Formula, Match, MatchPrice
from solver.form.market import Market


def assumed_index(round_id: str, number: int, index: str, months: Sequence[str]) -> dict[str, Decimal]:
    """What the round assumes of an index in some months, the mean of its paths, to the micro.

    ``number``: of the match.  Raises: InvalidInput when the index is not one that both orders of it accept.
    """
    from solver.verify.one_side import index_quotes

    market, clearing = market_and_clearing(round_id)
    volumes = {month: Decimal(1) for month in months}
    match = _changed(market, clearing.matches[number], volumes, None)
    try:
        quotes = index_quotes(market, clearing, match, index)
    except ValueError as error:
        raise _no_index(index) from error
    return {month: round(Decimal(quotes[month].numerator) / quotes[month].denominator, 6) for month in months}


def keeps_own_limit(round_id: str, number: int, side: Literal["seller", "buyer"], terms: Mapping[str, Any]) -> bool:
    """Whether terms leave one side its own limit at every price that they may come to.

    Raises: InvalidInput when the formula's index is not one that both orders accept.
    """
    from solver.verify.one_side import keeps_limit

    market, clearing = market_and_clearing(round_id)
    volumes = {each["period"]: Decimal(each["volume"]["expected"]) for each in terms["periods"]}
    match = _changed(market, clearing.matches[number], volumes, terms)
    try:
        return keeps_limit(market, clearing, match, side)
    except ValueError as error:
        raise _no_index(terms["price"]["formula"]["index"]) from error


def _changed(market: Market, match: Match, volumes: Mapping[str, Decimal], terms: Mapping[str, Any] | None) -> Match:
    """The match with other volumes and, from stated terms, other prices."""
    changed: dict[str, Any] = {"volumes": tuple(volumes.get(month, Decimal(0)) for month in market.calendar)}
    if terms is not None:
        months = {each["period"]: each for each in terms["periods"]}
        series = {
            name: tuple(Decimal(months[month][name]) if month in months else None for month in market.calendar)
            for name in ("reference", "floor", "cap")
        }
        stated = terms["price"]["formula"]
        formula = None if stated is None else _formula(match, stated)
        changed["price"] = MatchPrice(**series, uniform=False, formula=formula)
    return msgspec.structs.replace(match, **changed)


def _formula(match: Match, stated: Mapping[str, Any]) -> Formula:
    return Formula(
        index=stated["index"],
        coefficient=Decimal(stated["coefficient"]),
        premium=Decimal(stated["premium_cny_per_unit"]),
        index_reference=Decimal(stated["index_reference"] or 0),
    )


def _no_index(index: str) -> InvalidInput:
    message, limit = "is no index that both orders accept and quote alike", "an index of both orders"
    return InvalidInput.at("/formula/index", message, index, limit, "unknown-reference")
