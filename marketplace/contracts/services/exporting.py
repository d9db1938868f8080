"""Exports in the background: asked for, taken under a lease, made of one snapshot, and kept in pieces.

Whoever has an export makes its file in a transaction that only reads, as what the member who asked may read at that
moment.  The file is stored under the token of the lease: an export that another has taken meanwhile is the other's.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.accounts.queries import member_by_id
from marketplace.contracts import queries
from marketplace.contracts.models import Export, ExportPiece
from marketplace.contracts.queries.exports import write_table
from marketplace.contracts.queries.kept_exports import basis
from marketplace.contracts.queries.publication import write_whole_package
from marketplace.contracts.rules.exports import MOST_ROWS_LATER, OPEN_CONTRACTING, Spool, Wish
from marketplace.contracts.rules.open_contracting import Publisher
from marketplace.notifications.services import tell
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import InvalidInput, LimitReached, NotAllowed, Superseded
from marketplace.shared.identifiers import new_id

LEASE = timedelta(seconds=60)
MOST_LEASES = 5  # an export that takes down whoever has it is given up
MOST_WAITING = 5  # of one organisation
DAY, MOST_A_DAY = timedelta(days=1), 50  # of one organisation: files are kept for days
PIECE_BYTES = 1_000_000
FASTEST = 1  # of zlib
EXPORTS_KEPT_FOR = timedelta(days=7)

_NAMES = {
    "schedules": ("排程", "schedules"),
    "deliveries": ("交付", "deliveries"),
    "settlements": ("结算", "settlements"),
    OPEN_CONTRACTING: ("公开合同", "published contracts"),
}


@dataclass(frozen=True)
class ExportClaim:
    """The right to store the file of an export, as long as no other has taken it."""

    id: str
    token: int
    request_id: str | None = None  # of the call that asked


@dataclass(frozen=True)
class MadeFile:
    """A file that is not stored yet; ``pieces``: packed, in its order."""

    name: str
    rows: int
    size_bytes: int
    sha256: str
    basis: str
    pieces: Spool


def ask_for_export(wish: Wish, *, actor: Actor, now: datetime, request_id: str | None = None) -> Export:
    """Have a file made; ``request_id``: of the call that asks, for the log.

    Allowed: every member, of what its organisation may read.
    Raises: NotFound for a contract of others; LimitReached when too many wait, or were asked for within a day.
    """
    if wish.contract_id is not None:
        queries.seen_contract(wish.contract_id, actor)
    _must_have_room(actor.organisation_id, now)
    export = Export(
        id=new_id("exp", now),
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        what=wish.what,
        form=wish.form,
        contract_id=wish.contract_id,
        from_month=wish.months.first,
        to_month=wish.months.last,
        request_id=request_id,
        asked_at=now,
    )
    db.session.add(export)
    db.session.flush()
    named = ("what", "form", "contract_id", "from_month", "to_month")
    payload = {name: getattr(export, name) for name in named if getattr(export, name) is not None}
    audit.record("contracts:export:asked", export.id, actor=actor, now=now, payload=payload)
    return export


def due_exports(*, now: datetime) -> list[str]:
    """Exports that nobody works on, oldest first; ``now`` by the database's clock."""
    free = sa.or_(Export.leased_until.is_(None), Export.leased_until <= now)
    query = sa.select(Export.id).where(Export.status.in_(("waiting", "running")), free)
    return list(db.session.scalars(query.order_by(Export.asked_at, Export.id)))


def waiting_exports() -> list[datetime]:
    """Since when each export waits that nobody has taken yet, for who watches the queues."""
    return list(db.session.scalars(sa.select(Export.asked_at).filter_by(status="waiting")))


def claim_export(export_id: str, *, now: datetime) -> ExportClaim | None:
    """Take an export that nobody works on; None if there is none, or somebody does.  ``now``: the database's clock."""
    row = db.session.get(Export, export_id, with_for_update=HELD, populate_existing=True)
    if row is None or row.status not in ("waiting", "running"):
        return None
    if row.leased_until is not None and now < row.leased_until:
        return None
    row.take("begin")
    row.token += 1
    row.rows, row.leased_until = 0, now + LEASE
    db.session.flush()
    return ExportClaim(row.id, row.token, row.request_id)


def renew_export(claim: ExportClaim, rows: int, *, now: datetime) -> None:
    """Hold an export longer, and note how many rows there are so far.  Raises: Superseded."""
    row = _claimed(claim)
    row.rows, row.leased_until = rows, now + LEASE
    db.session.flush()


def make_export(
    claim: ExportClaim, pieces: Spool, *, publisher: Publisher, progress: Callable[[int], object]
) -> MadeFile:
    """Make the file, its bytes into ``pieces``; ``progress`` is called with how many rows so far.  Only reads.

    To be called in a snapshot, so that a row that changes meanwhile is told as it was at its beginning throughout.
    Raises: Superseded; NotAllowed, NotFound when who asked may not read it any more; InvalidInput with too many rows.
    """
    row = db.session.get_one(Export, claim.id, populate_existing=True)
    if row.token != claim.token or row.status != "running":
        raise Superseded(f"export {claim.id} is {row.status}, and another's")
    if row.token > MOST_LEASES:
        raise NotAllowed(f"given up: {MOST_LEASES} times whoever made it was lost")
    wish, actor, rows = row.wish, _asker(row), 0

    def note(count: int) -> None:
        nonlocal rows
        rows = count
        progress(count)

    with tempfile.TemporaryFile() as file:
        if wish.what == OPEN_CONTRACTING:
            write_whole_package(file, publisher, most_releases=MOST_ROWS_LATER, progress=note)
            name = f"{wish.what}.{wish.form}"
        else:
            name = write_table(file, wish, actor=actor, most_rows=MOST_ROWS_LATER, progress=note)
        size, digest = file.seek(0, 2), hashlib.sha256()
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            pieces.add(zlib.compress(piece, FASTEST))
    return MadeFile(name, rows, size, digest.hexdigest(), basis(wish, actor), pieces)


def store_export(claim: ExportClaim, made: MadeFile, *, now: datetime) -> None:
    """Keep the file, and tell that it can be had.  Raises: Superseded."""
    row = _claimed(claim)
    for number, body in enumerate(made.pieces, start=1):
        db.session.execute(sa.insert(ExportPiece), [{"export_id": row.id, "number": number, "body": body}])
    row.name, row.rows, row.basis = made.name, made.rows, made.basis
    row.size_bytes, row.sha256 = made.size_bytes, made.sha256
    _end(row, "make", now=now)
    payload = {"sha256": made.sha256, "rows": made.rows, "size_bytes": made.size_bytes}
    audit.record("contracts:export:made", row.id, actor=_of(row), now=now, payload=payload)
    days = EXPORTS_KEPT_FOR.days
    _tell(row, f"已生成，共{made.rows}行，{days}天内可下载", f"made, {made.rows} rows, to be had for {days} days", now)


def refuse_export(claim: ExportClaim, refusal: InvalidInput, *, now: datetime) -> None:
    """There is no such file, and who asked is told why.  Raises: Superseded."""
    row = _claimed(claim)
    row.faults = [fault.as_document() for fault in refusal.faults]
    _end(row, "refuse", now=now)
    audit.record("contracts:export:refused", row.id, actor=_of(row), now=now, payload={"faults": len(row.faults)})
    _tell(row, "未生成，原因见明细", "not made; see its errors", now)


def fail_export(claim: ExportClaim, failure: str, *, now: datetime) -> None:
    """No file is made for a reason that lies not in what was asked for.  Raises: Superseded."""
    row = _claimed(claim)
    row.failure = failure
    _end(row, "fail", now=now)
    audit.record("contracts:export:failed", row.id, actor=_of(row), now=now, payload={"failure": failure})
    _tell(row, "未能生成，请重新导出", "it could not be made; please ask for it again", now)


def forget_exports(now: datetime) -> int:
    """Delete exports, with their files, that ended long enough ago; how many went."""
    old = sa.select(Export.id).where(Export.ended_at <= now - EXPORTS_KEPT_FOR)
    never = {"synchronize_session": False}
    db.session.execute(sa.delete(ExportPiece).where(ExportPiece.export_id.in_(old)), execution_options=never)
    gone = sa.delete(Export).where(Export.id.in_(old)).returning(Export.id)
    return len(db.session.scalars(gone, execution_options=never).all())


def _must_have_room(organisation_id: str, now: datetime) -> None:
    # Two that are asked for at the same moment wait for one another here.
    db.session.scalar(sa.select(Organisation.id).filter_by(id=organisation_id).with_for_update(**HELD))
    count = sa.select(sa.func.count()).select_from(Export).filter_by(organisation_id=organisation_id)
    for message, counted, limit in (
        ("exports that wait", Export.status.in_(("waiting", "running")), MOST_WAITING),
        ("exports within a day", Export.asked_at > now - DAY, MOST_A_DAY),
    ):
        there = db.session.scalar(count.where(counted)) or 0
        if there >= limit:
            raise LimitReached("/what", message, there + 1, limit)


def _claimed(claim: ExportClaim) -> Export:
    row = db.session.get_one(Export, claim.id, with_for_update=HELD, populate_existing=True)
    if row.status != "running" or row.token != claim.token:
        raise Superseded(f"export {claim.id} is {row.status}, and another's")
    return row


def _asker(row: Export) -> Actor:
    member = member_by_id(row.member_id)
    if not member.is_active:
        raise NotAllowed("whoever asked may not act any more")
    return member.actor


def _of(row: Export) -> Actor:
    return Actor(row.member_id, row.organisation_id)


def _end(row: Export, action: str, *, now: datetime) -> None:
    row.take(action)
    row.leased_until, row.ended_at = None, now
    db.session.flush()


def _tell(row: Export, zh: str, en: str, now: datetime) -> None:
    name_zh, name_en = _NAMES[row.what]
    text_zh, text_en = f"导出（{name_zh}，{row.form}）：{zh}", f"Export of {name_en} ({row.form}): {en}"
    tell(row.organisation_id, f"contracts-export-{row.status}", row.id, text_zh=text_zh, text_en=text_en, now=now)
