"""Operators enter quotes; a correction keeps what was there before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from marketplace.indices import queries
from marketplace.indices.models import IndexQuote
from marketplace.indices.rules.quotes import BASES, quote_faults
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.identifiers import new_id
from marketplace.shared.quantities import amount_text

MOST_ROWS = 10_000


@dataclass(frozen=True)
class QuoteReport:
    """How many quotes a loading has entered anew, found unchanged, or corrected."""

    entered: int
    unchanged: int
    corrected: int


def load_quotes(
    index_id: str,
    rows: Iterable[tuple[date, Decimal]],
    *,
    basis: str = queries.OWN,
    corrections: bool = False,
    actor: Actor,
    now: datetime,
) -> QuoteReport:
    """Enter quotes of an index, day and value; the same again changes nothing.  All or none are stored.

    ``basis``: of which of its series (rules.quotes.BASES): its own values, an exchange's settlement prices or futures.
    With ``corrections`` another value for a day already quoted becomes that day's next vintage; without, it is refused.

    Units: the index's currency per its unit.  Allowed: operators.  Raises: NotFound; InvalidInput with every fault.
    """
    actor.must_be(Role.OPERATOR)
    index = queries.index(index_id)
    given = list(rows)
    if len(given) > MOST_ROWS:
        raise InvalidInput.at("/quotes", "has too many entries", len(given), f"at most {MOST_ROWS}")
    if basis not in BASES:
        raise InvalidInput.at("/basis", "is no series of an index", basis, ", ".join(BASES), "not-a-choice")
    faults = list(quote_faults(given, frequency=index.frequency, today=beijing_date(now)))
    if faults:
        raise InvalidInput(faults)
    db.session.refresh(index, with_for_update=HELD)  # one loading after the other
    present = _present(index_id, basis, given)
    changed = [
        (position, day, value)
        for position, (day, value) in enumerate(given)
        if day in present and present[day].value != value
    ]
    if changed and not corrections:
        message = "has another value already; correct it as such"
        raise InvalidInput(
            Fault(f"/quotes/{position}/value", message, value, present[day].value, "quoted-already")
            for position, day, value in changed
        )
    entered = [(day, value) for day, value in given if day not in present]
    for day, value in entered:
        db.session.add(_quote(index_id, basis, day, value, 1, now))
    for _, day, value in changed:
        db.session.add(_quote(index_id, basis, day, value, present[day].vintage + 1, now))
    if entered or changed:
        db.session.flush()
        payload = {
            "basis": basis,
            "entered": [[day.isoformat(), amount_text(value)] for day, value in entered],
            "corrected": [
                [day.isoformat(), amount_text(present[day].value), amount_text(value)] for _, day, value in changed
            ],
        }
        audit.record("indices:quotes:loaded", index_id, actor=actor, now=now, payload=payload)
    return QuoteReport(len(entered), len(given) - len(entered) - len(changed), len(changed))


def _present(index_id: str, basis: str, given: list[tuple[date, Decimal]]) -> dict[date, IndexQuote]:
    """The latest vintage of each day that is quoted already."""
    if not given:
        return {}
    days = [day for day, _ in given]
    query = (
        sa.select(IndexQuote)
        .filter_by(index_id=index_id, basis=basis)
        .where(IndexQuote.day.between(min(days), max(days)))
    )
    return {quote.day: quote for quote in db.session.scalars(query.order_by(IndexQuote.vintage))}


def _quote(index_id: str, basis: str, day: date, value: Decimal, vintage: int, now: datetime) -> IndexQuote:
    return IndexQuote(
        id=new_id("quo", now), index_id=index_id, basis=basis, day=day, vintage=vintage, value=value, created_at=now
    )
