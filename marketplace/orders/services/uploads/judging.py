"""Judging the rows of a file, some at a time, before anything of it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from marketplace.orders.queries import paused_until, taken_references
from marketplace.orders.rules.fields import step_of
from marketplace.orders.rules.uploads.files import OrderFile
from marketplace.orders.rules.uploads.rows import UploadRow
from marketplace.orders.services.changes import ROLE_OF_SIDE
from marketplace.orders.services.entry import ReadyOrder, judge, obstacles_to_opening
from marketplace.orders.services.facts import Surroundings
from marketplace.shared.actor import Actor
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed

ROWS_AT_ONCE = 1000
MOST_FAULTS_TOLD = 1000  # of a refused upload; a wrong column is wrong in every row


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

    def rows_of(self, file: OrderFile) -> Iterator[list[JudgedRow]]:
        """All rows of a file, so many at a time that memory does not grow with it.

        Raises: InvalidInput for a file that cannot be read.
        """
        remaining = iter(file.rows())
        while some := list(islice(remaining, ROWS_AT_ONCE)):
            yield self._all(some)

    def judges_as_before(self, actor: Actor) -> bool:
        """Whether what has been judged holds still: for who acts, as of now, and the pauses of the grades seen."""
        again = {grade_id: paused_until(actor.organisation_id, grade_id) for grade_id in self._paused}
        return actor == self._actor and again == self._paused

    def _all(self, rows: list[UploadRow]) -> list[JudgedRow]:
        given = [row.document.get("external_reference") for row in rows if row.document is not None]
        self._taken |= taken_references([each for each in given if isinstance(each, str)], self._actor)
        return [self._judged(row) for row in rows]

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
    """The faults of a file of which nothing is stored if there is one."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[Fault] = []

    def add(self, judged: list[JudgedRow]) -> None:
        """Count the faults of some rows, and keep those that will be told."""
        for row in judged:
            self.count += len(row.faults)
            for fault in row.faults[: MOST_FAULTS_TOLD - len(self._first)]:
                self._first.append(replace(fault, pointer=f"/rows{step_of(row.number)}{fault.pointer}"))

    def tell(self) -> None:
        """Raises InvalidInput if there was any."""
        if self.count > MOST_FAULTS_TOLD:
            more = self.count - MOST_FAULTS_TOLD
            rest = Fault("/rows", f"and {more} more, not listed", more, MOST_FAULTS_TOLD, "too-many-faults")
            raise InvalidInput([*self._first, rest])
        if self.count:
            raise InvalidInput(self._first)


def _beyond(of_cells: Iterable[Fault], found: Iterable[Fault]) -> Iterator[Fault]:
    """The faults that do not come of a refused cell: without it, what it stands in seems to be missing."""
    refused = [f"{fault.pointer}/" for fault in of_cells]
    return (fault for fault in found if not any(at.startswith(f"{fault.pointer or '-'}/") for at in refused))


def _located(fault: Fault, row: UploadRow) -> Fault:
    cell = row.cell_of(fault.pointer)
    return fault if cell is None else replace(fault, message=f"cell {cell}: {fault.message}")
