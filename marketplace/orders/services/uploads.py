"""Many orders at once: all of them or none, or as many as are right, with a report per row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy.exc import IntegrityError

from marketplace.orders.queries import paused_until, taken_references
from marketplace.orders.rules.fields import step_of
from marketplace.orders.rules.uploads.json_lines import read_json_lines
from marketplace.orders.rules.uploads.order_table import read_order_table
from marketplace.orders.rules.uploads.rows import UploadRow, decoded
from marketplace.orders.services.changes import ROLE_OF_SIDE
from marketplace.orders.services.entry import ReadyOrder, judge, obstacles_to_opening, store_many
from marketplace.orders.services.facts import Surroundings
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import chunks, db
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed
from marketplace.shared.identifiers import new_id

ROWS_AT_ONCE = 1000
MOST_FAULTS_TOLD = 1000  # of a refused upload; a wrong column is wrong in every row
MOST_FAULTS_OF_A_PART = 5_000  # with more a file is refused whole: it is not what it was meant to be


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

    Raises: InvalidInput for a file that cannot be read, under ``all`` for any fault (pointers begin with
    ``/rows/NUMBER``) and under ``partial`` for very many; NotAllowed when an unverified organisation wants orders
    opened.
    """
    if open_at_once and not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can post orders")
    text = decoded(body, charset)
    rows = read_order_table(text) if format is UploadFormat.CSV else read_json_lines(text)
    judge_row = _Judge(open_at_once=open_at_once, actor=actor, now=now)
    upload_id, told, refused = new_id("upl", now), list[RowReport](), _Refused(mode)
    for some in _batches(rows):
        judged = refused.counted(judge_row.all(some))
        if mode is UploadMode.PARTIAL or not refused.count:
            stored = _store_rows(judged, mode=mode, open_at_once=open_at_once, actor=actor, now=now)
            _write_trail(upload_id, stored, open_at_once=open_at_once, actor=actor, now=now)
            told += stored
    if mode is UploadMode.ALL and refused.count:
        raise refused.whole()
    if not told:
        raise InvalidInput.at("/rows", "the file has no row", 0, "at least 1", "no-rows")
    return UploadReport(upload_id, mode, tuple(told))


def _batches(rows: Iterable[UploadRow]) -> Iterator[list[UploadRow]]:
    """So many rows, or faults of them, at a time that memory does not grow with the file."""
    some, faults = list[UploadRow](), 0
    for row in rows:
        some.append(row)
        faults += len(row.faults)
        if len(some) == ROWS_AT_ONCE or faults > MOST_FAULTS_TOLD:
            yield some
            some, faults = [], 0
    if some:
        yield some


class _Judge:
    """Judges row after row of one file; what it has seen of it counts for those that follow."""

    def __init__(self, *, open_at_once: bool, actor: Actor, now: datetime) -> None:
        self._open, self._actor, self._now = open_at_once, actor, now
        self._surroundings = Surroundings(actor, now)
        self._taken: set[str] = set()
        self._paused: dict[str, datetime | None] = {}

    def all(self, rows: list[UploadRow]) -> Iterator[_JudgedRow]:
        """These rows, judged one after another, so that whoever has seen enough may stop."""
        given = [row.document.get("external_reference") for row in rows if row.document is not None]
        self._taken |= taken_references([each for each in given if isinstance(each, str)], self._actor)
        yield from map(self._judged, rows)

    def _judged(self, row: UploadRow) -> _JudgedRow:
        faults, ready = list(row.faults), None
        if row.document is not None:
            ready, found = judge(row.document, self._surroundings, self._taken)
            faults += _beyond(row.faults, found)
        if ready is not None:
            faults += _beyond(row.faults, self._faults_of_wish(ready))
            if ready.external_reference is not None:
                self._taken.add(ready.external_reference)
        return _JudgedRow(row.number, None if faults else ready, tuple(_located(f, row) for f in faults))

    def _faults_of_wish(self, ready: ReadyOrder) -> list[Fault]:
        role = ROLE_OF_SIDE[ready.side]
        if not self._actor.is_a(role):
            return [Fault("/side", f"this needs the role {role}", str(ready.side), role, "not-allowed")]
        if not self._open:
            return []
        until = self._paused_until(ready.grade_id)
        if until is not None and self._now < until:
            message, limit = "may not be opened yet", f"from {until.isoformat()}"
            return [Fault("/grade", message, ready.grade_id, limit, "orders-paused")]
        return obstacles_to_opening(ready.terms, self._surroundings)

    def _paused_until(self, grade_id: str) -> datetime | None:
        if grade_id not in self._paused:
            self._paused[grade_id] = paused_until(self._actor.organisation_id, grade_id)
        return self._paused[grade_id]


class _Refused:
    """The faults of a file; with too many of them it is read no further, and nothing of it is stored."""

    def __init__(self, mode: UploadMode) -> None:
        self.count = 0
        self._most = MOST_FAULTS_TOLD if mode is UploadMode.ALL else MOST_FAULTS_OF_A_PART
        self._first: list[Fault] = []

    def counted(self, judged: Iterable[_JudgedRow]) -> list[_JudgedRow]:
        """These rows, their faults counted and the first kept.  Raises: InvalidInput as soon as there are too many."""
        rows = []
        for row in judged:
            self.count += len(row.faults)
            for fault in row.faults[: MOST_FAULTS_TOLD - len(self._first)]:
                self._first.append(replace(fault, pointer=f"/rows{step_of(row.number)}{fault.pointer}"))
            if self.count > self._most:
                raise self.whole(up_to=row.number)
            rows.append(row)
        return rows

    def whole(self, up_to: int | None = None) -> InvalidInput:
        """What refuses the file."""
        more = self.count - len(self._first)
        if not more:
            return InvalidInput(self._first)
        message = f"and {more} more, not listed" + (f"; nothing was read beyond row {up_to}" if up_to else "")
        return InvalidInput([*self._first, Fault("/rows", message, more, MOST_FAULTS_TOLD, "too-many-faults")])


def _beyond(of_cells: Iterable[Fault], found: Iterable[Fault]) -> Iterator[Fault]:
    """The faults that do not come of a refused cell: without it, what it stands in seems to be missing."""
    around = set()
    for fault in of_cells:
        at = fault.pointer
        while at:
            around.add(at)
            at = at.rpartition("/")[0]
    return (fault for fault in found if fault.pointer not in around)


def _located(fault: Fault, row: UploadRow) -> Fault:
    cell = row.cell_of(fault.pointer)
    return fault if cell is None else replace(fault, message=f"cell {cell}: {fault.message}")


def _store_rows(
    judged: list[_JudgedRow], *, mode: UploadMode, open_at_once: bool, actor: Actor, now: datetime
) -> list[RowReport]:
    """Store all rows at once; row by row only if the database refuses one, which another request has overtaken."""
    store = partial(_store, open_at_once=open_at_once, actor=actor, now=now)
    if mode is UploadMode.ALL:  # what the database refuses ends the caller's transaction
        return store(judged)
    with suppress(IntegrityError), db.session.begin_nested():
        return store(judged)
    return [report for row in judged for report in _store_alone(row, store)]


def _store(judged: list[_JudgedRow], *, open_at_once: bool, actor: Actor, now: datetime) -> list[RowReport]:
    ready = (row.ready for row in judged if row.ready is not None)
    ids = iter(store_many(ready, opened=open_at_once, actor=actor, now=now))
    return [RowReport(row.number, None if row.ready is None else next(ids), row.faults) for row in judged]


def _store_alone(row: _JudgedRow, store: Callable[[list[_JudgedRow]], list[RowReport]]) -> list[RowReport]:
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
