"""The paths that index prices may go: an index's own history played again, or prices that somebody gives.

A path states what every index is in every month that a contract needs, quoted as the index is (its currency, unit and
tax).  Of a quotation month M-1 or M+1 these lie one month outside the months of delivery.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.exposure.pricing import Quote
from marketplace.indices.rules.quotes import GREATEST_INDEX
from marketplace.rounds.rules.fields import pointer_to, shown
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.months import FORM, first_day, is_month, shifted
from marketplace.shared.quantities import read_amount
from marketplace.shared.texts import line_faults

MOST_PATHS = 20
MOST_INDICES = 50  # in one path
LONGEST_NAME = 100


@dataclass(frozen=True)
class GivenPath:
    """A path as it was asked for: a month from which history is played again, or prices."""

    name: str | None
    history_from: str | None = None
    prices: Mapping[Quote, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Path:
    """A path with every price that is needed, and for history the month in which the index stood there."""

    name: str | None
    history_from: str | None
    prices: Mapping[Quote, Decimal]
    taken_from: Mapping[Quote, str] = field(default_factory=dict)


def read_paths(given: Sequence[Mapping[str, Any]], months: Sequence[str], known: Collection[str]) -> list[GivenPath]:
    """The paths of a request: ``[{"name", "history_from" or "indices": {index: {month: price}}}]``.

    ``months``: of delivery; prices may be stated one month further at either end.  ``known``: the indices that are.
    Raises: InvalidInput with every fault.

    >>> read_paths([{"indices": {"LC-CN": {"2027-01": "98000"}}}], ["2027-01"], {"LC-CN"})[0].prices
    {Quote(index='LC-CN', month='2027-01'): Decimal('98000')}
    """
    if not 1 <= len(given) <= MOST_PATHS:
        limit = f"1 to {MOST_PATHS}"
        raise InvalidInput.at("/paths", f"must be {limit} paths", len(given), limit, "out-of-range")
    faults: list[Fault] = []
    paths = [_path(path, months, known, place, faults) for place, path in enumerate(given)]
    if faults:
        raise InvalidInput(faults)
    return paths


def historical_months(history_from: str, first: str, needed: Iterable[Quote]) -> dict[Quote, str]:
    """The month of the past in which each quote is looked up, if ``first`` is taken to be ``history_from``.

    >>> quotes = [Quote("LC-CN", month) for month in ("2026-12", "2027-01", "2028-01")]
    >>> list(historical_months("2021-07", "2027-01", quotes).values())
    ['2021-06', '2021-07', '2022-07']
    """
    back = _count(history_from) - _count(first)
    return {quote: shifted(quote.month, back) for quote in needed}


def missing_faults(
    place: int, path: GivenPath, missing: Iterable[Quote], taken_from: Mapping[Quote, str]
) -> Iterator[Fault]:
    """A fault for every price that contracts need and a path lacks; for history one by index, the first month named."""
    told: set[str] = set()
    for quote in sorted(missing):
        if path.history_from is not None:
            if quote.index not in told:
                month = taken_from[quote]
                message = f"has no price of {quote.index} in {month}, which would stand for {quote.month}"
                at, limit = pointer_to("paths", place, "history_from"), "a month with prices from there on"
                yield Fault(at, message, path.history_from, limit, "no-price")
            told.add(quote.index)
            continue
        message = "is missing: a contract's price follows it"
        yield Fault(index_pointer(place, quote.index, quote.month), message, None, "a price", "missing")


def index_pointer(place: int, *steps: str) -> str:
    """Where an index, or its price of a month, stands in a path."""
    return pointer_to("paths", place, "indices", *steps)


def _path(
    given: Mapping[str, Any], months: Sequence[str], known: Collection[str], place: int, faults: list[Fault]
) -> GivenPath:
    at = pointer_to("paths", place)
    name, history, indices = given.get("name"), given.get("history_from"), given.get("indices")
    if name is not None:
        faults += line_faults(f"{at}/name", name, LONGEST_NAME)
    if (history is None) == (indices is None):
        faults.append(Fault(at, "must state history_from or indices, not both", None, "one of them", "contradiction"))
    if history is not None and not is_month(history):
        faults.append(Fault(f"{at}/history_from", "is not a month", history[:20], FORM, "not-a-month"))
    prices: Mapping[str, Any] = indices or {}
    if len(prices) > MOST_INDICES:
        faults.append(Fault(f"{at}/indices", "are too many", len(prices), f"at most {MOST_INDICES}", "too-many"))
        return GivenPath(name, history)
    return GivenPath(name, history, dict(_prices(prices, months, known, place, faults)))


def _prices(
    indices: Mapping[str, Any], months: Sequence[str], known: Collection[str], place: int, faults: list[Fault]
) -> Iterator[tuple[Quote, Decimal]]:
    first, last = shifted(months[0], -1), shifted(months[-1], 1)
    for index, by_month in indices.items():
        at = index_pointer(place, index)
        if index not in known:
            faults.append(Fault(at, "is no index", shown(index), "an id of /indices", "unknown-reference"))
        elif not isinstance(by_month, Mapping):
            faults.append(Fault(at, "must give prices by month", shown(by_month), "an object", "wrong-type"))
        elif len(by_month) > len(months) + 2:
            faults.append(Fault(at, "has too many months", len(by_month), f"at most {len(months) + 2}", "too-many"))
        else:
            for month, value in by_month.items():
                pointer = index_pointer(place, index, month)
                if not is_month(month):
                    faults.append(Fault(pointer, "is not a month", month[:20], FORM, "not-a-month"))
                elif not first <= month <= last:
                    message = "lies outside the months that are asked about"
                    faults.append(Fault(pointer, message, month, f"{first} to {last}", "out-of-range"))
                elif (price := _price(pointer, value, faults)) is not None:
                    yield Quote(index, month), price


def _price(pointer: str, given: Any, faults: list[Fault]) -> Decimal | None:
    limit = f"above 0, at most {GREATEST_INDEX}"
    try:
        price = read_amount(given)
    except (ValueError, TypeError) as error:
        message = str(error) if isinstance(error, ValueError) else "is no amount"
        faults.append(Fault(pointer, message, shown(given), f"a decimal number, {limit}", "not-a-number"))
        return None
    if not 0 < price <= GREATEST_INDEX:
        faults.append(Fault(pointer, "is no price", shown(given), limit, "out-of-range"))
    return price


def _count(month: str) -> int:
    day = first_day(month)
    return day.year * 12 + day.month
