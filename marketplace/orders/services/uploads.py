"""Many orders at once: all of them or none, or as many as are right, with a report per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from marketplace.orders.models import Order
from marketplace.orders.queries import paused_until, taken_references
from marketplace.orders.rules.fields import step_of
from marketplace.orders.rules.uploads.json_lines import read_json_lines
from marketplace.orders.rules.uploads.order_table import read_order_table
from marketplace.orders.rules.uploads.rows import UploadRow, decoded
from marketplace.orders.services.changes import ROLE_OF_SIDE, take_step
from marketplace.orders.services.entry import ReadyOrder, judge, obstacles_to_opening, store_draft
from marketplace.orders.services.facts import Surroundings
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed
from marketplace.shared.identifiers import new_id

MOST_FAULTS_TOLD = 1000  # of a refused upload; a wrong column is wrong in every row


class UploadMode(StrEnum):
    """``all``: one fault anywhere, and nothing is stored.  ``partial``: what is right is stored."""

    ALL = "all"
    PARTIAL = "partial"


class UploadFormat(StrEnum):
    """How the file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True)
class RowReport:
    """What became of one row: the order it was stored as, or the faults that kept it out."""

    row: int
    order_id: str | None
    faults: tuple[Fault, ...] = ()

    @property
    def status(self) -> str:
        """stored or refused."""
        return "refused" if self.order_id is None else "stored"


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


@dataclass(frozen=True)
class _JudgedRow:
    number: int
    ready: ReadyOrder | None
    faults: tuple[Fault, ...]


def upload_orders(
    body: bytes,
    *,
    format: UploadFormat,
    charset: str | None = None,
    mode: UploadMode = UploadMode.ALL,
    open_at_once: bool = False,
    actor: Actor,
    now: datetime,
) -> UploadReport:
    """Enter every order of a file as a draft, or open it at once.

    Raises: InvalidInput for a file that cannot be read, and under ``all`` for any fault (pointers begin with
    ``/rows/NUMBER``); NotAllowed when an unverified organisation wants orders opened.
    """
    if open_at_once and not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can post orders")
    text = decoded(body, charset)
    rows = read_order_table(text) if format is UploadFormat.CSV else read_json_lines(text)
    judged = _judge_rows(rows, open_at_once=open_at_once, actor=actor, now=now)
    if not judged:
        raise InvalidInput.at("/rows", "the file has no row", 0, "at least 1", "no-rows")
    if mode is UploadMode.ALL:
        _refuse_any(judged)
    rows_told = _store_rows(judged, mode=mode, open_at_once=open_at_once, actor=actor, now=now)
    report = UploadReport(new_id("upl", now), mode, rows_told)
    _write_trail(report, open_at_once=open_at_once, actor=actor, now=now)
    return report


def _judge_rows(rows: Iterable[UploadRow], *, open_at_once: bool, actor: Actor, now: datetime) -> list[_JudgedRow]:
    rows = list(rows)
    surroundings = Surroundings(actor, now)
    given = [row.document.get("external_reference") for row in rows if row.document is not None]
    taken = taken_references([reference for reference in given if isinstance(reference, str)], actor)
    judged = []
    for row in rows:
        faults, ready = list(row.faults), None
        if row.document is not None:
            ready, found = judge(row.document, surroundings, taken)
            faults += _beyond(row.faults, found)
        if ready is not None:
            faults += _beyond(row.faults, _faults_of_wish(ready, open_at_once, surroundings, actor, now))
            if ready.external_reference is not None:
                taken.add(ready.external_reference)
        judged.append(_JudgedRow(row.number, None if faults else ready, tuple(_located(f, row) for f in faults)))
    return judged


def _beyond(of_cells: Iterable[Fault], found: Iterable[Fault]) -> Iterator[Fault]:
    """The faults that do not come of a refused cell: without it, what it stands in seems to be missing."""
    refused = [f"{fault.pointer}/" for fault in of_cells]
    return (fault for fault in found if not any(at.startswith(f"{fault.pointer or '-'}/") for at in refused))


def _faults_of_wish(
    ready: ReadyOrder, open_at_once: bool, surroundings: Surroundings, actor: Actor, now: datetime
) -> list[Fault]:
    role = ROLE_OF_SIDE[ready.side]
    if not actor.is_a(role):
        return [Fault("/side", f"this needs the role {role}", str(ready.side), role, "not-allowed")]
    if not open_at_once:
        return []
    until = paused_until(actor.organisation_id, ready.grade_id)
    if until is not None and now < until:
        message, limit = "may not be opened yet", f"from {until.isoformat()}"
        return [Fault("/grade", message, ready.grade_id, limit, "orders-paused")]
    return obstacles_to_opening(ready.terms, surroundings)


def _located(fault: Fault, row: UploadRow) -> Fault:
    cell = row.cell_of(fault.pointer)
    return fault if cell is None else replace(fault, message=f"cell {cell}: {fault.message}")


def _refuse_any(judged: list[_JudgedRow]) -> None:
    faults = [
        replace(fault, pointer=f"/rows{step_of(row.number)}{fault.pointer}") for row in judged for fault in row.faults
    ]
    if len(faults) > MOST_FAULTS_TOLD:
        more = len(faults) - MOST_FAULTS_TOLD
        faults = faults[:MOST_FAULTS_TOLD]
        faults.append(Fault("/rows", f"and {more} more, not listed", more, MOST_FAULTS_TOLD, "too-many-faults"))
    if faults:
        raise InvalidInput(faults)


def _store_rows(
    judged: list[_JudgedRow], *, mode: UploadMode, open_at_once: bool, actor: Actor, now: datetime
) -> tuple[RowReport, ...]:
    """Store all rows at once; row by row only if the database refuses one, which another request has overtaken."""
    if mode is UploadMode.ALL:  # what the database refuses ends the caller's transaction
        return tuple(_store(row, open_at_once=open_at_once, actor=actor, now=now) for row in judged)
    with suppress(IntegrityError), db.session.begin_nested():
        return tuple(_store(row, open_at_once=open_at_once, actor=actor, now=now) for row in judged)
    return tuple(_store_alone(row, open_at_once=open_at_once, actor=actor, now=now) for row in judged)


def _store(row: _JudgedRow, *, open_at_once: bool, actor: Actor, now: datetime) -> RowReport:
    if row.ready is None:
        return RowReport(row.number, None, row.faults)
    order: Order = store_draft(row.ready, actor=actor, now=now)
    if open_at_once:
        take_step(order, "open", actor=actor, now=now)
    return RowReport(row.number, order.id)


def _store_alone(row: _JudgedRow, *, open_at_once: bool, actor: Actor, now: datetime) -> RowReport:
    """Store one row in a savepoint: what the database refuses of it leaves the others alone."""
    try:
        with db.session.begin_nested():
            return _store(row, open_at_once=open_at_once, actor=actor, now=now)
    except IntegrityError:
        message = "another request stored an order with this reference at this moment"
        return RowReport(row.number, None, (Fault("/external_reference", message, code="duplicate"),))


def _write_trail(report: UploadReport, *, open_at_once: bool, actor: Actor, now: datetime) -> None:
    """One entry for some hundred orders: an entry for each would make every upload wait for its chain."""
    db.session.flush()
    for some in chunks([row.order_id for row in report.rows if row.order_id is not None]):
        payload = {"orders": some, "opened": open_at_once}
        audit.record("orders:upload:stored", report.id, actor=actor, now=now, payload=payload)
