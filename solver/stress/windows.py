"""Windows of a path: as many periods as the market's calendar, from each possible beginning.  Maths: 8.5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.form import calendar
from solver.form.faults import Fault, MarketError, pointer
from solver.form.market import Market, Order
from solver.form.paths import StressPath, StressPaths, length_of
from solver.form.series import PLAIN, quotation_of
from solver.pairs.input_costs import inputs_beside_limits

if TYPE_CHECKING:
    from solver.form.clearing import Clearing

Quotes = tuple[Mapping[str, Fraction], ...]  # period of the market's calendar -> index -> value


@dataclass(frozen=True)
class Window:
    """The indices of a market that one stretch of a path moves; the others stand as on the market's own paths."""

    begins: str  # the period of the path, or its number from 1
    quotes: Quotes


def windows(market: Market, path: StressPath) -> Iterator[Window]:
    """Every stretch of a path that is as long as the calendar, the earliest first."""
    periods = len(market.calendar)
    starts = {
        index: sum((Fraction(each.weight) * Fraction(each.indices[index][0]) for each in market.paths), Fraction(0))
        for index in indices_of(market)
        if index in path.indices or path.multiples is not None
    }
    for start in range(length_of(path) - periods + 1):
        stretch = {index: _stretch(path, index, begins, start, periods) for index, begins in starts.items()}
        quotes = tuple({index: values[t] for index, values in stretch.items()} for t in range(periods))
        yield Window(_name(path, start), quotes)


def indices_of(market: Market) -> list[str]:
    """The indices that every price path of a market has."""
    if not market.paths:
        return []
    return [index for index in market.paths[0].indices if all(index in path.indices for path in market.paths)]


def _stretch(path: StressPath, index: str, begins: Fraction, start: int, periods: int) -> list[Fraction]:
    """Values as they stand; multiples of where the index begins, the mean of the market's own paths."""
    named = path.indices.get(index)
    if named is not None and named.values is not None:
        return [Fraction(value) for value in named.values[start : start + periods]]
    multiples = path.multiples if named is None else named.multiples
    assert multiples is not None
    first = Fraction(multiples[start])
    return [begins * Fraction(multiple) / first for multiple in multiples[start : start + periods]]


def _name(path: StressPath, start: int) -> str:
    if path.first is None:
        return str(start + 1)
    months = calendar.MONTHS[path.period]
    first = calendar.first_day(path.first)
    number = first.year * 12 + first.month - 1 + start * months
    year, month = divmod(number, 12)
    if path.period == "year":
        return f"{year:04d}"
    return f"{year:04d}-{month + 1:02d}" if path.period == "month" else f"{year:04d}-Q{month // 3 + 1}"


def refuse_unfit(market: Market, clearing: Clearing, given: StressPaths) -> None:
    """Paths that cannot be replayed on this market, or with whose indices a matched order's limit does not move.

    Raises: MarketError naming each: another kind of period, shorter than the calendar, an index that is not on the
    market's path, or nothing on it that would move.
    """
    faults: list[Fault] = []
    known = indices_of(market)
    kind = calendar.kind(market.calendar[0])
    for k, path in enumerate(given.paths):
        if path.period != kind:
            faults.append(
                Fault(pointer("paths", k, "period"), path.period, f"must be {kind}, as the market's calendar")
            )
        if length_of(path) < len(market.calendar):
            wanted = f"must have at least {len(market.calendar)}, as the market's calendar"
            faults.append(Fault(pointer("paths", k), f"{length_of(path)} values", wanted))
        for index in path.indices:
            if index not in known:
                wanted = "must be an index of the market's price path"
                faults.append(Fault(pointer("paths", k, "indices", index), index, wanted))
        if not known and not path.indices:
            faults.append(Fault(pointer("paths", k), path.id, "the market has no index that it could move"))
    for order in _replayed(market, clearing):
        if quotation_of(order.limit_price) != PLAIN:
            wanted = (
                "this matched order of the market quotes its index otherwise than by the mean of the month of "
                "delivery, all that a path can state"
            )
            faults.append(Fault("/paths", order.id, wanted))
            break
    if faults:
        raise MarketError(faults)


def _replayed(market: Market, clearing: Clearing) -> Iterator[Order]:
    """The orders whose limits count: the matched, and the needs whose inputs stand in an ask of theirs (1.1l)."""
    matched = {name for match in clearing.matches for name in (match.offer, match.need)}
    inputs = inputs_beside_limits(market)
    bought = {need.id for name in matched for _, need in inputs.get(name, ())}
    return (order for order in market.orders if order.id in matched | bought)
