"""Exports in the background: errands (``accounts.errands``), made of one snapshot, and kept in pieces.

The file is what the member who asked may read at the moment of the snapshot.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.accounts import errands
from marketplace.accounts.errands import Claim
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
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, LimitReached
from marketplace.shared.identifiers import new_id

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


def make_export(
    claim: Claim[Export], pieces: Spool, *, publisher: Publisher, progress: Callable[[int], object]
) -> MadeFile:
    """Make the file, its bytes into ``pieces``; ``progress`` is called with how many rows so far.  Only reads.

    To be called in a snapshot, so that a row that changes meanwhile is told as it was at its beginning throughout.
    Raises: Superseded; NotAllowed, NotFound when who asked may not read it any more; InvalidInput with too many rows.
    """
    row = errands.seen(claim)
    wish, actor, rows = row.wish, errands.asker(row), 0

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


def store_export(claim: Claim[Export], made: MadeFile, *, now: datetime) -> None:
    """Keep the file, and tell that it can be had.  Raises: Superseded."""
    row = errands.claimed(claim)
    for number, body in enumerate(made.pieces, start=1):
        db.session.execute(sa.insert(ExportPiece), [{"export_id": row.id, "number": number, "body": body}])
    row.name, row.rows, row.basis = made.name, made.rows, made.basis
    row.size_bytes, row.sha256 = made.size_bytes, made.sha256
    errands.end(row, "make", now=now)
    payload = {"sha256": made.sha256, "rows": made.rows, "size_bytes": made.size_bytes}
    audit.record("contracts:export:made", row.id, actor=row.author, now=now, payload=payload)
    days = EXPORTS_KEPT_FOR.days
    _tell(row, f"已生成，共{made.rows}行，{days}天内可下载", f"made, {made.rows} rows, to be had for {days} days", now)


def refuse_export(claim: Claim[Export], refusal: InvalidInput, *, now: datetime) -> None:
    """There is no such file, and who asked is told why.  Raises: Superseded."""
    row = errands.claimed(claim)
    row.faults = [fault.as_document() for fault in refusal.faults]
    errands.end(row, "refuse", now=now)
    audit.record("contracts:export:refused", row.id, actor=row.author, now=now, payload={"faults": len(row.faults)})
    _tell(row, "未生成，原因见明细", "not made; see its errors", now)


def fail_export(claim: Claim[Export], failure: str, *, now: datetime) -> None:
    """No file is made for a reason that lies not in what was asked for.  Raises: Superseded."""
    row = errands.claimed(claim)
    row.failure = failure
    errands.end(row, "fail", now=now)
    audit.record("contracts:export:failed", row.id, actor=row.author, now=now, payload={"failure": failure})
    _tell(row, "未能生成，请重新导出", "it could not be made; please ask for it again", now)


def forget_exports(now: datetime) -> int:
    """Delete exports, with their files, that ended long enough ago; how many went."""
    old = sa.select(Export.id).where(Export.ended_at <= now - EXPORTS_KEPT_FOR)
    never = {"synchronize_session": False}
    db.session.execute(sa.delete(ExportPiece).where(ExportPiece.export_id.in_(old)), execution_options=never)
    gone = sa.delete(Export).where(Export.id.in_(old)).returning(Export.id)
    return len(db.session.scalars(gone, execution_options=never).all())


def _must_have_room(organisation_id: str, now: datetime) -> None:
    errands.must_have_room(Export, organisation_id, "/what", "exports that wait")
    count = sa.select(sa.func.count()).select_from(Export).filter_by(organisation_id=organisation_id)
    there = db.session.scalar(count.where(Export.asked_at > now - DAY)) or 0
    if there >= MOST_A_DAY:
        raise LimitReached("/what", "exports within a day", there + 1, MOST_A_DAY)


def _tell(row: Export, zh: str, en: str, now: datetime) -> None:
    name_zh, name_en = _NAMES[row.what]
    text_zh, text_en = f"导出（{name_zh}，{row.form}）：{zh}", f"Export of {name_en} ({row.form}): {en}"
    tell(row.organisation_id, f"contracts-export-{row.status}", row.id, text_zh=text_zh, text_en=text_en, now=now)
