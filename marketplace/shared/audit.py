"""The audit trail: every change leaves an entry in its own transaction, chained by hash per organisation.

A chain has one head, whose row concurrent writers wait for.  So heads come last: entries are kept aside until their
transaction commits, and then, when all its other rows are written, its heads are locked in one order.  Nobody who holds
a head waits for anything but heads, and transactions cannot wait for each other in a circle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction, mapped_column

from marketplace.shared.actor import Actor
from marketplace.shared.database import HELD, Both, Document, UtcDateTime, chunks, db, insert_named, prefixed

GENESIS = "0" * 64


class AuditEntry(db.Model):
    """One change: who did what to which thing, chained to the organisation's entry before.

    No foreign keys: the trail outlives what it speaks of.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "number"),)

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)
    organisation_id: Mapped[str]
    number: Mapped[int]
    moment: Mapped[datetime] = mapped_column(UtcDateTime)
    member_id: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)  # e.g. orders:offer:withdrawn
    subject_id: Mapped[str] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(Document)
    previous_hash: Mapped[str]
    hash: Mapped[str]

    def computed_hash(self) -> str:
        """What its hash must be."""
        return entry_hash({name: getattr(self, name) for name in _HASHED})


_HASHED = ("organisation_id", "number", "moment", "member_id", "action", "subject_id", "payload", "previous_hash")


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 over an entry's canonical JSON, the hash before it included."""
    body = {**{name: entry[name] for name in _HASHED}, "moment": entry["moment"].isoformat()}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class AuditHead(db.Model):
    """The last entry of each organisation's chain; its row is what concurrent writers of one chain wait for."""

    __tablename__ = "audit_heads"

    organisation_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str]


# Every change of the platform comes through these: as statements they cost half of what they would as objects.
_HEADS: sa.Table = AuditHead.__table__  # type: ignore[assignment]
_INSERT = sa.insert(AuditEntry.__table__).inline()  # type: ignore[arg-type]  # nobody needs their numbers
_HELD_ONE = sa.select(_HEADS).where(_HEADS.c.organisation_id == sa.bindparam("owner")).with_for_update(**HELD)
_HELD = (
    sa.select(_HEADS)
    .where(_HEADS.c.organisation_id.in_(sa.bindparam("owners", expanding=True)))
    .order_by(_HEADS.c.organisation_id)
    .with_for_update(**HELD)
)
_MOVE = (
    sa.update(_HEADS)
    .where(_HEADS.c.organisation_id == sa.bindparam("owner"))
    .values(number=sa.bindparam("to"), hash=sa.bindparam("by"))
)

_INSERT_AND_MOVE = Both(insert_named(AuditEntry, "entry_"), _MOVE)


def record(
    action: str,
    subject_id: str,
    *,
    actor: Actor,
    now: datetime,
    organisation_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to an organisation's chain (the actor's own unless said otherwise) when the transaction commits.

    ``payload`` holds identifiers and plain JSON values; never a limit price.
    """
    entry = {
        "organisation_id": organisation_id or actor.organisation_id,
        "moment": now.astimezone(UTC),  # as it will be read again: the hash is over its text
        "member_id": actor.member_id,
        "action": action,
        "subject_id": subject_id,
        "payload": dict(payload or {}),
    }
    session = db.session()
    _recorded(session).append((_transaction(session), entry))


Entry = dict[str, Any]  # the columns of a row
Recorded = list[tuple[SessionTransaction, Entry]]  # each with the transaction or savepoint that it belongs to


def _recorded(session: Session) -> Recorded:
    recorded: Recorded = session.info.setdefault("audit-recorded", [])
    return recorded


def _transaction(session: Session) -> SessionTransaction:
    return session.get_nested_transaction() or session.get_transaction() or session.begin()


def _lies_within(inner: SessionTransaction | None, outer: SessionTransaction | None) -> bool:
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is not None


@event.listens_for(Session, "before_commit")
def _write_at_the_end(session: Session) -> None:
    if not session.in_nested_transaction():
        _write(session)


@event.listens_for(Session, "do_orm_execute")
def _write_before_reading(state: ORMExecuteState) -> None:
    """Who reads the trail in the transaction that writes it sees what it has recorded, as of everything else."""
    if state.is_select and any(mapper.class_ in (AuditEntry, AuditHead) for mapper in state.all_mappers):
        _write(state.session)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, undone: SessionTransaction) -> None:
    session.info["audit-recorded"] = [each for each in _recorded(session) if not _lies_within(each[0], undone)]


def _write(session: Session) -> None:
    present = session.get_transaction()
    entries = [entry for transaction, entry in _recorded(session) if _lies_within(transaction, present)]
    session.info["audit-recorded"] = []
    if not entries:
        return
    session.flush()  # all other rows before the heads
    heads = _locked_heads(session, {entry["organisation_id"] for entry in entries})
    for entry in entries:
        number, previous = heads[entry["organisation_id"]]
        entry |= {"number": number + 1, "previous_hash": previous}
        entry["hash"] = entry_hash(entry)
        heads[entry["organisation_id"]] = entry["number"], entry["hash"]
    moves = [{"owner": owner, "to": number, "by": hash_} for owner, (number, hash_) in heads.items()]
    if len(entries) == 1:  # as most requests write
        _INSERT_AND_MOVE.execute(prefixed("entry_", entries[0]), moves[0])
    else:
        connection = session.connection()
        connection.execute(_INSERT, entries)
        connection.execute(_MOVE, moves)


_begun: set[str] = set()  # organisations whose chain is known to have a head; heads are never deleted


Heads = dict[str, tuple[int, str]]  # number and hash of the last entry by organisation


def _locked_heads(session: Session, organisation_ids: Iterable[str]) -> Heads:
    """The heads of these chains, begun where there is none, locked in the order of their organisations."""
    held: Heads = {}
    for some in chunks(sorted(organisation_ids)):
        _begin_chains(session, [owner for owner in some if owner not in _begun])
        found = _held(session, some)
        gone = [owner for owner in some if owner not in found]
        if gone:  # another database than the one in which they were seen
            _begun.difference_update(gone)
            _begin_chains(session, gone)
            found = _held(session, some)
        held |= found
    return held


def _held(session: Session, owners: list[str]) -> Heads:
    connection = session.connection()
    if len(owners) == 1:  # nearly always; it costs half
        found = connection.execute(_HELD_ONE, {"owner": owners[0]})
    else:
        found = connection.execute(_HELD, {"owners": owners})
    return {owner: (number, hash_) for owner, number, hash_ in found}


def _begin_chains(session: Session, owners: list[str]) -> None:
    """Give each chain a head, before any is locked; whoever begins the same chain at the same moment waits here."""
    if not owners:
        return
    present = set(session.scalars(sa.select(AuditHead.organisation_id).where(AuditHead.organisation_id.in_(owners))))
    _begun.update(present)  # not those that are begun here: this transaction may come to nothing
    missing = [{"organisation_id": owner, "number": 0, "hash": GENESIS} for owner in owners if owner not in present]
    if missing:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(AuditHead).values(missing).on_conflict_do_nothing())


def broken_entries(organisation_id: str) -> Iterator[AuditEntry]:
    """Entries of a chain whose hash, number or link to the one before is wrong."""
    number, previous = 0, GENESIS
    query = sa.select(AuditEntry).filter_by(organisation_id=organisation_id).order_by(AuditEntry.number)
    for entry in db.session.scalars(query.execution_options(yield_per=1000)):
        if entry.hash != entry.computed_hash() or entry.previous_hash != previous or entry.number != number + 1:
            yield entry
        number, previous = entry.number, entry.hash
