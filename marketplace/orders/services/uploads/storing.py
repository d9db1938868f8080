"""Many orders at once: all of them or none, or as many as are right, with a report per row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.exc import IntegrityError

from marketplace.orders.rules.uploads.files import OrderFile, UploadMode
from marketplace.orders.rules.uploads.rows import RowReport
from marketplace.orders.services.entry import store_many
from marketplace.orders.services.uploads.judging import Judge, JudgedRow
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.identifiers import new_id


@dataclass(frozen=True)
class UploadReport:
    """What became of every row of a file, in its order; ``id`` names the upload in the owner's trail."""

    id: str
    mode: UploadMode
    rows: tuple[RowReport, ...]

    @property
    def stored(self) -> int:
        """How many rows are now orders."""
        return sum(row.order_id is not None for row in self.rows)

    @property
    def refused(self) -> int:
        """How many are not."""
        return len(self.rows) - self.stored


def upload_orders(
    file: OrderFile, *, mode: UploadMode = UploadMode.ALL, open_at_once: bool = False, actor: Actor, now: datetime
) -> UploadReport:
    """Enter every order of a file as a draft, or open it at once, while the caller waits.

    Raises: InvalidInput for a file that cannot be read, under ``all`` for any fault (pointers begin with
    ``/rows/NUMBER``) and under ``partial`` for very many; NotAllowed when an unverified organisation wants orders
    opened.
    """
    judge = Judge(open_at_once=open_at_once, actor=actor, now=now)
    upload_id = new_id("upl", now)
    judged = judge.rows_of(file, mode)
    return store_judged(upload_id, judged, mode=mode, open_at_once=open_at_once, actor=actor, now=now)


def store_judged(
    upload_id: str,
    batches: Iterable[list[JudgedRow]],
    *,
    mode: UploadMode,
    open_at_once: bool,
    actor: Actor,
    now: datetime,
) -> UploadReport:
    """Store what is right of judged rows.  Of a file that must be right as a whole, what was stored must be undone by
    the caller's transaction when reading on finds a fault.

    Raises: whatever reading ``batches`` does; InvalidInput for a file without any row.
    """
    told, faulty = list[RowReport](), False
    for judged in batches:
        faulty = faulty or (mode is UploadMode.ALL and any(row.faults for row in judged))
        if not faulty:  # else nothing will be stored in the end
            stored = _store_rows(judged, mode=mode, open_at_once=open_at_once, actor=actor, now=now)
            _write_trail(upload_id, stored, open_at_once=open_at_once, actor=actor, now=now)
            told += stored
    if not told:
        raise InvalidInput.at("/rows", "the file has no row", 0, "at least 1", "no-rows")
    return UploadReport(upload_id, mode, tuple(told))


def _store_rows(
    judged: list[JudgedRow], *, mode: UploadMode, open_at_once: bool, actor: Actor, now: datetime
) -> list[RowReport]:
    """Store all rows at once; row by row only if the database refuses one, which another request has overtaken."""
    store = partial(_store, open_at_once=open_at_once, actor=actor, now=now)
    if mode is UploadMode.ALL:  # what the database refuses ends the caller's transaction
        return store(judged)
    with suppress(IntegrityError), db.session.begin_nested():
        return store(judged)
    return [report for row in judged for report in _store_alone(row, store)]


def _store(judged: list[JudgedRow], *, open_at_once: bool, actor: Actor, now: datetime) -> list[RowReport]:
    ready = (row.ready for row in judged if row.ready is not None)
    ids = iter(store_many(ready, opened=open_at_once, actor=actor, now=now))
    return [RowReport(row.number, None if row.ready is None else next(ids), row.faults) for row in judged]


def _store_alone(row: JudgedRow, store: Callable[[list[JudgedRow]], list[RowReport]]) -> list[RowReport]:
    """Store one row in a savepoint: what the database refuses of it leaves the others alone."""
    try:
        with db.session.begin_nested():
            return store([row])
    except IntegrityError:
        message = "another request stored an order with this reference at this moment"
        return [RowReport(row.number, None, (Fault("/external_reference", message, code="duplicate"),))]


def _write_trail(
    upload_id: str, stored: Iterable[RowReport], *, open_at_once: bool, actor: Actor, now: datetime
) -> None:
    """One entry for some hundred orders: an entry for each would make every upload wait for its chain."""
    for some in chunks([row.order_id for row in stored if row.order_id is not None]):
        payload = {"orders": some, "opened": open_at_once}
        audit.record("orders:upload:stored", upload_id, actor=actor, now=now, payload=payload)
