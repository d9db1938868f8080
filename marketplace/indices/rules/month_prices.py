"""The price of an index in a month as a formula quotes it, and which index it is taken from and why.

Of an index and its fallbacks, in their order: one that is withheld is passed over; so is one that has diverged from
its fallback; the next that has a price stands in.  What each was passed over for stands with the price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.indices.rules.definitions import MOST_AGE_DAYS, Definition, is_withheld
from marketplace.indices.rules.quotes import MonthPrice, days_price, month_price
from marketplace.indices.rules.rebasings import Rebasing, link
from marketplace.shared.months import first_day, last_day

LOOK_BACK_DAYS = MOST_AGE_DAYS  # quotes before the month: carried, or part of days on end on which two indices differ
REASONS = ("missing", "withheld", "diverged", "carried", "days_missing", "rebased")


@dataclass(frozen=True)
class Quotation:
    """Which quotes make the price: of which series, of the month or of stated days."""

    basis: str = "mean"  # one of rules.quotes.BASES
    dates: tuple[date, ...] | None = None


PLAIN = Quotation()  # the index's own values of the month


@dataclass(frozen=True)
class Quoted:
    """A quote as it was published, and what it is multiplied by to stand on the contract's base."""

    day: date
    vintage: int
    value: Decimal
    factor: Fraction = Fraction(1)

    @property
    def linked(self) -> Fraction:
        """The value on the contract's base."""
        return Fraction(self.value) * self.factor


@dataclass(frozen=True)
class Source:
    """One index of a chain of fallbacks, with the quotes of the series that is asked for, by day."""

    definition: Definition
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True)
class Reason:
    """Why an index was passed over, or how it came to its price: one of REASONS, with the days it is about."""

    index_id: str
    kind: str
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class IndexPrice:
    """What an index is worth in a month, which index it was taken from, and with which quotes."""

    index_id: str
    month: str
    from_index: Definition
    price: MonthPrice
    quotes: tuple[Quoted, ...]
    reasons: tuple[Reason, ...]  # none: the index's own quotes
    missing_days: tuple[date, ...]  # of stated days, those not quoted
    provisional: bool  # the month has not ended, or not all stated days are quoted: further quotes will move it

    @property
    def fallback(self) -> bool:
        """Whether another index stood in."""
        return self.from_index.id != self.index_id


def sourced(
    definition: Definition,
    quotes: Sequence[tuple[date, int, Decimal]],
    rebasings: Sequence[Rebasing] = (),
    *,
    base_of: date | None = None,
) -> Source:
    """An index with its quotes (day, vintage, value), on the base that held on a day; None: as quoted."""
    return Source(definition, tuple(Quoted(*each, link(each[0], base_of, rebasings)) for each in sorted(quotes)))


def index_price(chain: Sequence[Source], quotation: Quotation, month: str, *, today: date) -> IndexPrice | None:
    """The price of the first of ``chain`` in a month, or its fallbacks'; None where nothing gives one.

    ``month``: the one quoted; with stated days they count instead of it.
    """
    usable, reasons = list[Source](), list[Reason]()
    for place, source in enumerate(chain):
        name = source.definition.id
        if is_withheld(source.definition):
            reasons.append(Reason(name, "withheld"))
        elif (days := _diverged(chain, place, span(quotation, month))) is not None:
            reasons.append(Reason(name, "diverged", *days))
        else:
            usable.append(source)
    for complete in (True, False):
        for source in usable:
            if (found := _own_price(source, quotation, month, complete)) is not None:
                return _priced(chain, source, found, tuple(reasons), quotation, month, today)
    return None


def missing_days(chain: Sequence[Source], quotation: Quotation) -> tuple[date, ...]:
    """Of stated days, those on which the first of a chain is not quoted."""
    quoted = {quote.day for quote in chain[0].quotes}
    return tuple(day for day in quotation.dates or () if day not in quoted)


def span(quotation: Quotation, month: str) -> tuple[date, date]:
    """The days between which the quotes lie that make a price."""
    if quotation.dates is not None:
        return min(quotation.dates), max(quotation.dates)
    return first_day(month), last_day(month)


def price_document(found: IndexPrice) -> dict[str, Any]:
    """The price as statements keep it, with all it rests on; decimals as strings."""
    return {
        "index": found.index_id,
        "month": found.month,
        "from_index": found.from_index.id,
        "value": f"{found.price.value:f}",
        "basis": found.price.basis,
        "provisional": found.provisional,
        "reasons": [
            {
                "index": each.index_id,
                "reason": each.kind,
                "first_day": _iso(each.first_day),
                "last_day": _iso(each.last_day),
            }
            for each in found.reasons
        ],
        "missing_days": [day.isoformat() for day in found.missing_days],
        "quotes": [
            {
                "index": found.from_index.id,
                "day": quote.day.isoformat(),
                "vintage": quote.vintage,
                "value": f"{quote.value:f}",
                "factor": str(quote.factor),
            }
            for quote in found.quotes
        ],
    }


def _own_price(source: Source, quotation: Quotation, month: str, complete: bool) -> MonthPrice | None:
    """What an index's own quotes give; of stated days all of them if the price is to be ``complete``."""
    definition = source.definition
    pairs: list[tuple[date, Decimal | Fraction]] = [(quote.day, quote.linked) for quote in source.quotes]
    if quotation.dates is not None:
        found = days_price(quotation.dates, pairs, rounding=definition.rounding)
        return found if found is None or not complete or found.quotes == len(quotation.dates) else None
    return month_price(month, pairs, rounding=definition.rounding, max_age_days=definition.fallback_max_age_days)


def _priced(
    chain: Sequence[Source],
    source: Source,
    price: MonthPrice,
    passed: tuple[Reason, ...],
    quotation: Quotation,
    month: str,
    today: date,
) -> IndexPrice:
    place, known = chain.index(source), {each.index_id: each for each in passed}
    reasons = []
    for each in chain[:place]:
        reasons.append(known.get(each.definition.id) or _missing(each, quotation))
    if quotation.dates is None:
        used = tuple(quote for quote in source.quotes if price.first_day <= quote.day <= price.last_day)
        absent: tuple[date, ...] = ()
        provisional = today <= last_day(month)
    else:
        used = tuple(quote for quote in source.quotes if quote.day in quotation.dates)
        absent = missing_days([source], quotation)
        provisional = bool(absent)
    own = source.definition.id
    if price.basis == "carried":
        reasons.append(Reason(own, "carried", price.first_day, price.last_day))
    if absent:
        reasons.append(Reason(own, "days_missing", absent[0], absent[-1]))
    if linked := [quote.day for quote in used if quote.factor != 1]:
        reasons.append(Reason(own, "rebased", linked[0], linked[-1]))
    first = chain[0].definition.id
    return IndexPrice(first, month, source.definition, price, used, tuple(reasons), absent, provisional)


def _missing(source: Source, quotation: Quotation) -> Reason:
    days = missing_days([source], quotation) or (None,)
    return Reason(source.definition.id, "missing", days[0], days[-1])


def _diverged(chain: Sequence[Source], place: int, within: tuple[date, date]) -> tuple[date, date] | None:
    """First and last day of the differing days on end that end within a span; None where there are not enough.

    Of days on which both are quoted, at most so many before the span count as make it enough on its first day.
    """
    definition = chain[place].definition
    limit, enough = definition.divergence_limit, definition.divergence_days
    if limit is None or enough is None or place + 1 == len(chain) or is_withheld(chain[place + 1].definition):
        return None
    own = {quote.day: quote.linked for quote in chain[place].quotes}
    run, found = list[date](), None
    for day, other in _until(chain[place + 1].quotes, own, within, enough):
        run = [*run, day] if abs(own[day] - other) > Fraction(limit) * abs(other) else []
        if len(run) >= enough and day >= within[0]:
            found = run[0], day
    return found


def _until(
    quotes: Sequence[Quoted], own: Mapping[date, Fraction], within: tuple[date, date], enough: int
) -> Iterator[tuple[date, Fraction]]:
    both = [(quote.day, quote.linked) for quote in quotes if quote.day in own and quote.day <= within[1]]
    before = [each for each in both if each[0] < within[0]]
    yield from before[max(0, len(before) - (enough - 1)) :]
    yield from (each for each in both if each[0] >= within[0])


def earliest_needed(quotation: Quotation, month: str) -> date:
    """The first day whose quotes may matter."""
    return span(quotation, month)[0] - timedelta(days=LOOK_BACK_DAYS)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
