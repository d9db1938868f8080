"""Judging the rows of a file, some at a time, before anything of it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.orders.queries import paused_until, taken_references
from marketplace.orders.rules.fields import step_of
from marketplace.orders.rules.uploads.files import OrderFile, UploadMode
from marketplace.orders.rules.uploads.rows import UploadRow
from marketplace.orders.services.changes import ROLE_OF_SIDE
from marketplace.orders.services.entry import ReadyOrder, judge, obstacles_to_opening
from marketplace.orders.services.facts import Surroundings
from marketplace.shared.actor import Actor
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed

ROWS_AT_ONCE = 1000
MOST_FAULTS_TOLD = 1000  # of a refused upload; a wrong column is wrong in every row
MOST_FAULTS_OF_A_PART = 5_000  # with more a file is refused whole: it is not what it was meant to be


@dataclass(frozen=True)
class JudgedRow:
    """A row and the order that it would be, or the faults that keep it out."""

    number: int
    ready: ReadyOrder | None
    faults: tuple[Fault, ...]


class Judge:
    """Judges row after row of one file; what it has seen of it counts for those that follow."""

    def __init__(self, *, open_at_once: bool, actor: Actor, now: datetime) -> None:
        """Raises: NotAllowed when an unverified organisation wants orders opened."""
        if open_at_once and not actor.verified:
            raise NotAllowed("an operator has to verify your organisation before it can post orders")
        self._open, self._actor, self._now = open_at_once, actor, now
        self._surroundings = Surroundings(actor, now)
        self._taken: set[str] = set()
        self._paused: dict[str, datetime | None] = {}

    def rows_of(self, file: OrderFile, mode: UploadMode) -> Iterator[list[JudgedRow]]:
        """All rows of a file, so many at a time that memory does not grow with it.

        Raises: InvalidInput for a file that cannot be read; under ``all`` once all its rows are read if any has a
        fault, under either mode as soon as there are very many.
        """
        refused = Refused(mode)
        for some in _batches(file.rows()):
            yield refused.counted(self._all(some))
        refused.tell()

    def judges_as_before(self, actor: Actor, now: datetime) -> bool:
        """Whether what has been judged holds still: for who acts, as of now, and for all that was looked up."""
        again = {grade_id: paused_until(actor.organisation_id, grade_id) for grade_id in self._paused}
        return actor == self._actor and again == self._paused and self._surroundings.still_hold(now)

    def _all(self, rows: list[UploadRow]) -> Iterator[JudgedRow]:
        """One after another, so that whoever has seen enough may stop."""
        given = [row.document.get("external_reference") for row in rows if row.document is not None]
        self._taken |= taken_references([each for each in given if isinstance(each, str)], self._actor)
        yield from map(self._judged, rows)

    def _judged(self, row: UploadRow) -> JudgedRow:
        faults, ready = list(row.faults), None
        if row.document is not None:
            ready, found = judge(row.document, self._surroundings, self._taken)
            faults += _beyond(row.faults, found)
        if ready is not None:
            faults += _beyond(row.faults, self._faults_of_wish(ready))
            if ready.external_reference is not None:
                self._taken.add(ready.external_reference)
        return JudgedRow(row.number, None if faults else ready, tuple(_located(f, row) for f in faults))

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


class Refused:
    """The faults of a file; with too many of them it is read no further, and nothing of it is stored."""

    def __init__(self, mode: UploadMode) -> None:
        self._mode, self._count = mode, 0
        self._most = MOST_FAULTS_TOLD if mode is UploadMode.ALL else MOST_FAULTS_OF_A_PART
        self._first: list[Fault] = []

    def counted(self, judged: Iterable[JudgedRow]) -> list[JudgedRow]:
        """These rows, their faults counted and the first kept.  Raises: InvalidInput as soon as there are too many."""
        rows = []
        for row in judged:
            self._count += len(row.faults)
            for fault in row.faults[: MOST_FAULTS_TOLD - len(self._first)]:
                self._first.append(replace(fault, pointer=f"/rows{step_of(row.number)}{fault.pointer}"))
            if self._count > self._most:
                raise self._whole(up_to=row.number)
            rows.append(row)
        return rows

    def tell(self) -> None:
        """Raises: InvalidInput if the file must be right as a whole, and is not."""
        if self._mode is UploadMode.ALL and self._count:
            raise self._whole()

    def _whole(self, up_to: int | None = None) -> InvalidInput:
        more = self._count - len(self._first)
        if not more:
            return InvalidInput(self._first)
        message = f"and {more} more, not listed" + (f"; nothing was read beyond row {up_to}" if up_to else "")
        return InvalidInput([*self._first, Fault("/rows", message, more, MOST_FAULTS_TOLD, "too-many-faults")])


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
