"""The audit trail: every change leaves an entry in its own transaction, chained by hash per organisation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.shared.actor import Actor
from marketplace.shared.database import Document, UtcDateTime, chunks, db

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
        """SHA-256 over the entry's canonical JSON and the hash before it."""
        body = {
            "organisation_id": self.organisation_id,
            "number": self.number,
            "moment": self.moment.isoformat(),
            "member_id": self.member_id,
            "action": self.action,
            "subject_id": self.subject_id,
            "payload": self.payload,
            "previous_hash": self.previous_hash,
        }
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class AuditHead(db.Model):
    """The last entry of each organisation's chain; its row is what concurrent writers of one chain wait for."""

    __tablename__ = "audit_heads"

    organisation_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str]


def record(
    action: str,
    subject_id: str,
    *,
    actor: Actor,
    now: datetime,
    organisation_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry to an organisation's chain (the actor's own unless said otherwise).

    ``payload`` holds identifiers and plain JSON values; never a limit price.
    """
    owner = organisation_id or actor.organisation_id
    head = _held_head(owner)
    entry = AuditEntry(
        organisation_id=owner,
        number=head.number + 1,
        moment=now.astimezone(UTC),  # as it will be read again: the hash is over its text
        member_id=actor.member_id,
        action=action,
        subject_id=subject_id,
        payload=dict(payload or {}),
        previous_hash=head.hash,
    )
    entry.hash = entry.computed_hash()
    head.number, head.hash = entry.number, entry.hash
    db.session.add(entry)
    return entry


def hold_heads(organisation_ids: Iterable[str]) -> None:
    """Lock many chains before entries are recorded in them: a few statements, and every writer in the same order."""
    held = _held_heads()
    _hold(held, [owner for owner in organisation_ids if owner not in held])


def _held_head(organisation_id: str) -> AuditHead:
    """The chain's head, locked and then kept: within one transaction (or savepoint) it is read only once."""
    held = _held_heads()
    if organisation_id not in held:
        _hold(held, [organisation_id])
    return held[organisation_id]


def _held_heads() -> dict[str, AuditHead]:
    session = db.session()
    transaction = session.get_nested_transaction() or session.get_transaction()
    held: tuple[object, dict[str, AuditHead]] | None = session.info.get("audit-heads")
    if held is None or transaction is None or held[0] is not transaction:
        held = session.info["audit-heads"] = (transaction, {})
    return held[1]


def _hold(held: dict[str, AuditHead], organisation_ids: Iterable[str]) -> None:
    for some in chunks(sorted(organisation_ids)):
        query = sa.select(AuditHead).where(AuditHead.organisation_id.in_(some)).order_by(AuditHead.organisation_id)
        query = query.with_for_update().execution_options(populate_existing=True)
        with db.session.no_autoflush:  # heads depend on nothing that waits to be written
            found = {head.organisation_id: head for head in db.session.scalars(query)}
        begun = [AuditHead(organisation_id=owner, number=0, hash=GENESIS) for owner in some if owner not in found]
        if begun:
            db.session.add_all(begun)
            db.session.flush()  # whoever begins the same chain at the same moment waits here
        held |= found | {head.organisation_id: head for head in begun}


def broken_entries(organisation_id: str) -> Iterator[AuditEntry]:
    """Entries of a chain whose hash, number or link to the one before is wrong."""
    number, previous = 0, GENESIS
    query = sa.select(AuditEntry).filter_by(organisation_id=organisation_id).order_by(AuditEntry.number)
    for entry in db.session.scalars(query.execution_options(yield_per=1000)):
        if entry.hash != entry.computed_hash() or entry.previous_hash != previous or entry.number != number + 1:
            yield entry
        number, previous = entry.number, entry.hash
