"""Reading indices, their quotes and the price of a month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from marketplace.indices.models import IndexQuote, IndexRebasing, PriceIndex
from marketplace.indices.rules.month_prices import (
    PLAIN,
    IndexPrice,
    Quotation,
    Source,
    earliest_needed,
    index_price,
    sourced,
    span,
)
from marketplace.indices.rules.rebasings import Rebasing
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound
from marketplace.shared.months import FORM, first_day, is_month, last_day, month_of
from marketplace.shared.paging import Page, page

OWN = "mean"  # the series of an index that is its own
SORTS = {"id": PriceIndex.id, "name_en": PriceIndex.name_en}


def index(index_id: str) -> PriceIndex:
    """One index; raises NotFound."""
    found = db.session.get(PriceIndex, index_id)
    if found is None:
        raise NotFound("index", index_id)
    return found


def indices(
    *,
    unit_code: str | None = None,
    frequency: str | None = None,
    sort: str = "id",
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PriceIndex]:
    """All indices, those of one unit or frequency if asked."""
    query = sa.select(PriceIndex)
    if unit_code is not None:
        query = query.where(PriceIndex.unit_code == unit_code)
    if frequency is not None:
        query = query.where(PriceIndex.frequency == frequency)
    return page(query, key=SORTS[sort], unique=PriceIndex.id, descending=descending, cursor=cursor, limit=limit)


def known_indices(index_ids: Iterable[str]) -> set[str]:
    """Which of these are indices."""
    found: set[str] = set()
    for some in chunks(index_ids):
        found |= set(db.session.scalars(sa.select(PriceIndex.id).where(PriceIndex.id.in_(some))))
    return found


def latest_quotes() -> dict[str, Decimal]:
    """The latest quote of every index in CNY that has one, in CNY per its unit.

    Withheld ones are among them: what an order was opened on stays there, or whoever withholds an index would learn
    which orders follow it.
    """
    later = aliased(IndexQuote)
    newer = sa.exists(
        sa.select(later.id).where(
            later.index_id == IndexQuote.index_id,
            later.basis == IndexQuote.basis,
            sa.tuple_(later.day, later.vintage) > sa.tuple_(IndexQuote.day, IndexQuote.vintage),
        )
    )
    query = sa.select(IndexQuote).join(PriceIndex, PriceIndex.id == IndexQuote.index_id)
    found = db.session.scalars(query.where(PriceIndex.currency == "CNY", IndexQuote.basis == OWN, ~newer))
    return {quote.index_id: quote.value for quote in found}


def why_unpriced(index_id: str) -> str | None:
    """Why an order that follows this index cannot be opened, in words; None when it can.

    Rounds take an index that they do not name at its latest quote (docs/decisions/0002-what-staff-see.md).
    Raises: NotFound.
    """
    found = index(index_id)
    if found.currency != "CNY":
        return f"index {index_id} is in {found.currency}: rounds are in CNY"
    if found.withheld:
        return f"index {index_id} is withheld: too few independent contributors stand behind it"
    if not db.session.scalar(sa.select(sa.exists().where(IndexQuote.index_id == index_id, IndexQuote.basis == OWN))):
        return f"index {index_id} has no quote yet"
    return None


def quotes(index_id: str, months: Iterable[str]) -> list[IndexQuote]:
    """The quotes that hold in some months, by day; raises NotFound."""
    wanted = set(months)
    if not wanted:
        return []
    found = _holding(index(index_id).id, OWN, first_day(min(wanted)), last_day(max(wanted)))
    return [quote for quote in found if month_of(quote.day) in wanted]


def quote_page(
    index_id: str,
    actor: Actor,
    *,
    basis: str = OWN,
    from_day: date | None = None,
    to_day: date | None = None,
    all_vintages: bool = False,
    descending: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[IndexQuote]:
    """The quotes of one series of an index between two days; those superseded as well if asked.

    Raises: NotFound; NotAllowed when the index is withheld and the actor is no operator.
    """
    found = index(index_id)
    if found.withheld and not actor.is_a(Role.OPERATOR):
        raise NotAllowed(f"{index_id} is withheld: too few independent contributors stand behind it")
    query = sa.select(IndexQuote).filter_by(index_id=index_id, basis=basis)
    if not all_vintages:
        query = query.where(~_superseded())
    if from_day is not None:
        query = query.where(IndexQuote.day >= from_day)
    if to_day is not None:
        query = query.where(IndexQuote.day <= to_day)
    return page(query, key=IndexQuote.day, unique=IndexQuote.vintage, descending=descending, cursor=cursor, limit=limit)


def rebasings(index_id: str) -> list[IndexRebasing]:
    """Every change of an index's base, superseded entries as well, by day and vintage; raises NotFound."""
    query = sa.select(IndexRebasing).filter_by(index_id=index(index_id).id)
    return list(db.session.scalars(query.order_by(IndexRebasing.from_day, IndexRebasing.vintage)))


def monthly_price(index_id: str, month: str, *, today: date) -> IndexPrice:
    """The price of an index in a month: its mean, else its last quote if young enough, else its fallback's.

    As it was published, whatever became of its base.  Raises: NotFound when the index is not known or nothing gives a
    price; InvalidInput for a month that is none or has not begun.
    """
    if not is_month(month):
        raise InvalidInput.at("/month", "is not a month", month, FORM)
    if month > month_of(today):
        raise InvalidInput.at("/month", "has not begun", month, f"at most {month_of(today)}")
    found = quoted_price(index_id, month, today=today)
    if found is None:
        raise NotFound("price", f"{index_id} in {month}")
    return found


def quoted_price(
    index_id: str, month: str, quotation: Quotation = PLAIN, *, base_of: date | None = None, today: date
) -> IndexPrice | None:
    """What an index comes to in a month as a formula quotes it, on the base that held on a day (None: as published).

    ``month``: the one quoted; with stated days they count instead.  None where neither it nor a fallback has a price,
    or the month has not begun.  Raises: NotFound.
    """
    if quotation.dates is None and month > month_of(today):
        return None
    return index_price(chain(index_id, month, quotation, base_of=base_of), quotation, month, today=today)


def chain(index_id: str, month: str, quotation: Quotation, *, base_of: date | None) -> list[Source]:
    """An index and its fallbacks, each with the quotes that may matter for a month.  Raises: NotFound."""
    since, until = earliest_needed(quotation, month), span(quotation, month)[1]
    found = []
    for each in fallbacks(index(index_id)):
        rows = [(q.day, q.vintage, q.value) for q in _holding(each.id, quotation.basis, since, until)]
        latest = {row.from_day: Rebasing(row.from_day, row.factor) for row in rebasings(each.id)}
        found.append(sourced(each.definition, rows, list(latest.values()), base_of=base_of))
    return found


def fallbacks(first: PriceIndex) -> Iterator[PriceIndex]:
    """An index, its fallback, that one's fallback, and so on; each once."""
    current: PriceIndex | None = first
    seen: set[str] = set()
    while current is not None and current.id not in seen:
        yield current
        seen.add(current.id)
        current = None if current.fallback_id is None else index(current.fallback_id)


def _holding(index_id: str, basis: str, from_day: date, to_day: date) -> list[IndexQuote]:
    query = sa.select(IndexQuote).filter_by(index_id=index_id, basis=basis)
    query = query.where(IndexQuote.day.between(from_day, to_day), ~_superseded())
    return list(db.session.scalars(query.order_by(IndexQuote.day)))


def _superseded() -> sa.Exists:
    later = aliased(IndexQuote)
    newer = (
        later.index_id == IndexQuote.index_id,
        later.basis == IndexQuote.basis,
        later.day == IndexQuote.day,
        later.vintage > IndexQuote.vintage,
    )
    return sa.exists(sa.select(later.id).where(*newer))
