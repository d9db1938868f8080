"""The outward event feed: an organisation's own audit chain, read forwards by its number.

Why the number is a right order.  A number taken from a sequence at insert is given out before its transaction commits,
so that number 7 may become visible after 8, and who has read up to 8 never sees it.  Here a number is the audit
chain's: it is taken while the row of the organisation's head is locked, and the lock is held until the commit.

- PostgreSQL: whoever takes number n+1 waits for the lock of whoever took n.  A committing transaction becomes visible
  before it releases its locks, so that n is visible before n+1 even exists.  One statement reads one snapshot, in
  which the visible numbers are thus 1 to some n without a hole.  A rollback takes its numbers back with the head.
- SQLite: one writer at a time, and a reader sees a prefix of the commits.

The lock is short: heads are locked when all other rows of the transaction are written, right before its commit, and
for one organisation alone.  Writers for other organisations do not meet.  Hence no table, no numbering job and no
moment of the clock is needed, and each event is covered by the chain's hashes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace.shared.audit import AuditEntry, AuditHead
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput

TOLD = "notifications:message:told"
_IDENTIFIER = re.compile(r"[a-z]+_[0-9a-hjkmnp-tv-z]{26}")


@dataclass(frozen=True)
class FeedEvent:
    """One event of one organisation; ``data`` holds identifiers only."""

    id: str
    number: int
    type: str
    occurred_at: datetime
    subject_id: str
    data: dict[str, str]


@dataclass(frozen=True)
class FeedPage:
    """Events in the order of their commits; ``next_after`` is what to ask for next, also when there are none yet."""

    items: list[FeedEvent]
    next_after: int


def events_after(organisation_id: str, *, after: int = 0, limit: int = 50) -> FeedPage:
    """Events of an organisation numbered above ``after``, lowest first, at most ``limit``.

    Raises: InvalidInput when ``after`` lies beyond the last: it is of a database of which a backup was restored.
    """
    query = sa.select(AuditEntry).where(AuditEntry.organisation_id == organisation_id, AuditEntry.number > after)
    found = db.session.scalars(query.order_by(AuditEntry.number).limit(limit))
    events = [_event(entry) for entry in found]
    if not events and after > (last := _last_number(organisation_id)):
        message = "lies beyond the last event: a backup was restored since; read on from before what you cannot find"
        raise InvalidInput.at("/after", message, after, f"at most {last}", "beyond-the-feed")
    return FeedPage(events, events[-1].number if events else after)


def _last_number(organisation_id: str) -> int:
    return db.session.scalar(sa.select(AuditHead.number).filter_by(organisation_id=organisation_id)) or 0


def event_type(action: str, kind: str | None = None) -> str:
    """The type of an event, from the audit entry's action, or from the kind of message that was told.

    >>> event_type("orders:offer:withdrawn")
    'orders.offer.withdrawn'
    >>> event_type("notifications:message:told", "proposal-received")
    'proposal.received'
    >>> event_type("notifications:message:told", "contract-in-force")
    'contract.in-force'
    """
    return action.replace(":", ".") if kind is None else kind.replace("-", ".", 1)


def _event(entry: AuditEntry) -> FeedEvent:
    if entry.action == TOLD:  # what it is about is the event's subject, the message its data
        kind, subject, named = entry.payload["kind"], entry.payload["subject_id"], {"message_id": entry.subject_id}
    else:
        kind, subject, named = None, entry.subject_id, entry.payload
    data = {
        name: value
        for name, value in named.items()
        if name.endswith("_id") and isinstance(value, str) and _IDENTIFIER.fullmatch(value)
    }
    return FeedEvent(
        f"evt_{entry.organisation_id}_{entry.number}_{entry.hash[:12]}",  # a number comes again after a restore
        entry.number,
        event_type(entry.action, kind),
        entry.moment,
        subject,
        data,
    )
