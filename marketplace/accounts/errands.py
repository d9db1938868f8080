"""Errands: what a member asked for and somebody does in the background, one at a time, under a lease.

Files of orders and exports are errands.  Whoever has one does it in a transaction that only reads, however long that
takes.  What came of it is written under the token of the lease: an errand that another has taken meanwhile is the
other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Organisation
from marketplace.accounts.queries import member_by_id
from marketplace.shared.actor import Actor
from marketplace.shared.database import HELD, Document, UtcDateTime, db
from marketplace.shared.errors import Fault, LimitReached, NotAllowed, Superseded
from marketplace.shared.lifecycle import Lifecycle

LEASE = timedelta(seconds=60)
MOST_WAITING = 5  # of one organisation and kind
MOST_LEASES = 5  # an errand that takes down whoever has it is given up
UNDONE = ("waiting", "running")  # as every kind's lifecycle begins


class Errand:
    """What every kind of errand has; its model says the rest.

    ``token`` counts who has had it, ``leased_until`` says how long the last of them may be silent.
    """

    lifecycle: ClassVar[Lifecycle]
    SINCE: ClassVar[str]  # the column of when it was asked for
    PROGRESS: ClassVar[str]  # the column of how many rows are done
    organisation_id: Mapped[str]

    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str]  # who asked; no foreign key: it outlives its members
    status: Mapped[str] = mapped_column(index=True, default=UNDONE[0])
    faults: Mapped[list[dict[str, Any]] | None] = mapped_column(Document)  # why it was refused
    failure: Mapped[str | None]
    token: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    request_id: Mapped[str | None]  # of the call that asked, for the log
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def all_faults(self) -> list[Fault]:
        """Why it was refused."""
        return [Fault(**fault) for fault in self.faults or ()]

    @property
    def author(self) -> Actor:
        """In whose name the trail tells of it."""
        return Actor(self.member_id, self.organisation_id)

    def take(self, action: str) -> None:
        """One step of the lifecycle; raises TransitionNotAllowed when its table has no such step."""
        self.status = self.lifecycle.next(self.status, action)


E = TypeVar("E", bound=Errand)


@dataclass(frozen=True)
class Claim(Generic[E]):
    """The right to end an errand, as long as no other has taken it."""

    model: type[E]
    id: str
    token: int
    request_id: str | None = None  # of the call that asked


def due(model: type[Errand], *, now: datetime) -> list[str]:
    """Errands that nobody works on, the organisations by turns; ``now`` by the database's clock."""
    since = getattr(model, model.SINCE)
    turn = sa.func.row_number().over(partition_by=model.organisation_id, order_by=(since, model.id))
    free = sa.or_(model.leased_until.is_(None), model.leased_until <= now)
    query = sa.select(model.id).where(model.status.in_(UNDONE), free)
    return list(db.session.scalars(query.order_by(turn, since, model.id)))


def waiting_since(model: type[Errand]) -> list[datetime]:
    """Since when each errand waits that nobody has taken yet, for who watches the queues."""
    return list(db.session.scalars(sa.select(getattr(model, model.SINCE)).where(model.status == UNDONE[0])))


def must_have_room(model: type[Errand], organisation_id: str, pointer: str, counted: str) -> None:
    """Raises: LimitReached when too many of the organisation wait.  Who asks at the same moment waits here."""
    db.session.scalar(sa.select(Organisation.id).filter_by(id=organisation_id).with_for_update(**HELD))
    count = sa.select(sa.func.count()).select_from(model).where(model.organisation_id == organisation_id)
    there = db.session.scalar(count.where(model.status.in_(UNDONE))) or 0
    if there >= MOST_WAITING:
        raise LimitReached(pointer, counted, there + 1, MOST_WAITING)


def claim(model: type[E], errand_id: str, *, now: datetime) -> Claim[E] | None:
    """Take one that nobody works on; None if there is none, or somebody does.  ``now`` by the database's clock."""
    if_free = {**HELD, "skip_locked": True}  # whoever holds the row has it, or ends it
    row = db.session.get(model, errand_id, with_for_update=if_free, populate_existing=True)
    if row is None or row.status not in UNDONE:
        return None
    if row.leased_until is not None and now < row.leased_until:
        return None
    row.take("begin")
    row.token += 1
    row.leased_until = now + LEASE
    setattr(row, model.PROGRESS, 0)
    db.session.flush()
    return Claim(model, row.id, row.token, row.request_id)


def renew(claim: Claim[E], done: int, *, now: datetime) -> None:
    """Hold one longer, and note how many rows are done.  Raises: Superseded."""
    row = claimed(claim)
    row.leased_until = now + LEASE
    setattr(row, claim.model.PROGRESS, done)
    db.session.flush()


def seen(claim: Claim[E]) -> E:
    """One's own errand, to be read.  Raises: Superseded; NotAllowed when too many were lost over it."""
    row = _own(claim, db.session.get_one(claim.model, claim.id, populate_existing=True))
    if row.token > MOST_LEASES:
        raise NotAllowed(f"given up: {MOST_LEASES} times whoever did it was lost")
    return row


def claimed(claim: Claim[E]) -> E:
    """One's own errand, held, to be written.  Raises: Superseded."""
    return _own(claim, db.session.get_one(claim.model, claim.id, with_for_update=HELD, populate_existing=True))


def asker(row: Errand) -> Actor:
    """Who asked, as they may act now.  Raises: NotAllowed when they may not at all."""
    member = member_by_id(row.member_id)
    if not member.is_active:
        raise NotAllowed("whoever asked for it may not act any more")
    return member.actor


def end(row: Errand, action: str, *, now: datetime) -> None:
    """The last step, after which nobody has it."""
    row.take(action)
    row.leased_until, row.ended_at = None, now
    db.session.flush()


def _own(claim: Claim[E], row: E) -> E:
    if row.status != "running" or row.token != claim.token:
        raise Superseded(f"{claim.id} is {row.status}, and another's")
    return row
