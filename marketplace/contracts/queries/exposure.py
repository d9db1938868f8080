"""What the signed contracts of one's own organisation cost, or earn, along price paths.  Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.contracts.models import Contract, FormerParty
from marketplace.contracts.queries.histories import histories
from marketplace.contracts.rules.coverage import MONTHS_COVERED, CoveredSide, months_from
from marketplace.contracts.rules.exposure import (
    ContractToPrice,
    GivenPath,
    MonthToPrice,
    Path,
    PathExposure,
    Quote,
    exposed,
    historical_months,
    missing_faults,
    quotes_needed,
    read_paths,
)
from marketplace.contracts.rules.history import History
from marketplace.contracts.rules.lifecycle import COMMITTED
from marketplace.indices import queries as indices
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Fault, InvalidInput, NotFound
from marketplace.shared.months import is_month, month_of

MOST_PRICED = 20_000  # months of contracts, over all paths: some seconds


@dataclass(frozen=True)
class PriceExposure:
    """The contracts of one side, path by path."""

    side: CoveredSide
    months: tuple[str, ...]
    paths: list[PathExposure]


def price_exposure(
    side: CoveredSide,
    paths: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    now: datetime,
    months: int = MONTHS_COVERED,
    grade_id: str | None = None,
) -> PriceExposure:
    """What contracts awaiting confirmation, in force or suspended come to in the present Beijing month and after it.

    Of a contract that a party has left or entered those months that one's own organisation holds.
    ``paths``: as in rules.exposure.paths; ``months``: how many.  History is what the indices' own prices of a month
    (indices.queries.monthly_price) were in months that are over.
    Raises: InvalidInput with every fault: a path that lacks a price which a contract needs, an index that is not known,
    more months of contracts than ``MOST_PRICED``.
    """
    horizon = months_from(now, months)
    given = read_paths(paths, horizon, indices.known_indices(_named(paths)))
    contracts = _contracts(side, actor, horizon, grade_id, now)
    count = len(given) * sum(len(each.months) for each in contracts)
    if count > MOST_PRICED:
        message = "come to too many months of contracts: ask about fewer paths or months, or one grade"
        raise InvalidInput.at("/paths", message, count, f"at most {MOST_PRICED}", "too-many")
    needed = {
        quote
        for each in contracts
        for month in each.months
        for quote in quotes_needed(month.terms, month.period["period"])
    }
    taken = [_taken_from(path, horizon[0], needed) for path in given]
    known = _past_prices({(quote.index, month) for each in taken for quote, month in each.items()}, now)
    found: list[Path] = []
    faults: list[Fault] = []
    for place, (path, from_months) in enumerate(zip(given, taken, strict=True)):
        prices = {q: known[q.index, month] for q, month in from_months.items() if (q.index, month) in known}
        prices |= {quote: path.prices[quote] for quote in needed if quote in path.prices}
        faults += missing_faults(place, path, needed - prices.keys(), from_months)
        found.append(Path(path.name, path.history_from, prices, from_months))
    if faults:
        raise InvalidInput(faults)
    return PriceExposure(side, horizon, [exposed(contracts, horizon, path) for path in found])


def _named(paths: Iterable[Mapping[str, Any]]) -> set[str]:
    return {index for path in paths for index in path.get("indices") or ()}


def _contracts(
    side: CoveredSide, actor: Actor, horizon: Sequence[str], grade_id: str | None, now: datetime
) -> list[ContractToPrice]:
    """Those with a month to come that the actor's organisation holds, each month by the version that holds for it."""
    own = actor.organisation_id
    party = Contract.seller_id if side == "seller" else Contract.buyer_id
    left = sa.select(FormerParty.contract_id).filter_by(organisation_id=own, side=side)
    query = sa.select(Contract.id, Contract.number, Contract.status, Contract.grade_id).where(
        sa.or_(party == own, Contract.id.in_(left)), Contract.status.in_(COMMITTED)
    )
    if grade_id is not None:
        query = query.where(Contract.grade_id == grade_id)
    rows = db.session.execute(query.order_by(Contract.concluded_at, Contract.id)).all()
    past = histories(row.id for row in rows)
    found = []
    for row in rows:
        held = [month for month in horizon if past[row.id].holders(month)[side] == own]
        months = tuple(_months(past[row.id], held, now))
        if months:
            found.append(ContractToPrice(*row, months))
    return found


def _months(history: History, held: Iterable[str], now: datetime) -> Iterator[MonthToPrice]:
    """Months of delivery; floor and cap as re-openers whose negotiations are over have moved them."""
    for month in held:
        terms = history.version_of_month(month).terms
        for period in terms["periods"]:
            if period["period"] == month:
                yield MonthToPrice(period, terms, history.collar_factor(terms, month, by=now))


def _taken_from(path: GivenPath, first: str, needed: Iterable[Quote]) -> dict[Quote, str]:
    return {} if path.history_from is None else historical_months(path.history_from, first, needed)


def _past_prices(wanted: Iterable[tuple[str, str]], now: datetime) -> dict[tuple[str, str], Decimal]:
    """By index and month what the index was, in months that are over; what has no price is left out."""
    today = beijing_date(now)
    found = {}
    for index, month in sorted(wanted):
        if is_month(month) and month < month_of(today):
            with suppress(NotFound):
                found[index, month] = indices.monthly_price(index, month, today=today).price.value
    return found
