"""Files of orders in the background: received, taken under a lease, judged, and stored in one short transaction.

Whoever has a file judges it in a transaction that only reads, however long that takes.  What came of it is written
under the token of the lease: a file that another has taken meanwhile is the other's.
"""

from __future__ import annotations

import hashlib
import pickle
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.accounts.queries import member_by_id
from marketplace.notifications.services import tell
from marketplace.orders.models import OrderUpload, OrderUploadRows
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.rules.uploads.rows import MOST_ROWS_LATER
from marketplace.orders.services.uploads.judging import Judge, JudgedRow
from marketplace.orders.services.uploads.storing import UploadReport, store_judged
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import InvalidInput, LimitReached, NotAllowed, Superseded
from marketplace.shared.identifiers import new_id

LEASE = timedelta(seconds=60)
MOST_WAITING = 5  # of one organisation
MOST_LEASES = 5  # a file that takes down whoever has it is given up
ROWS_OF_A_PART = 1000
FASTEST = 1  # of zlib: the caller waits for it


@dataclass(frozen=True)
class UploadClaim:
    """The right to store a file, as long as no other has taken it."""

    id: str
    token: int
    request_id: str | None = None  # of the call that sent it


class JudgedFile:
    """A judged file: its rows packed, since a hundred thousand would not fit beside each other."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.count = judge, 0
        self._packed: list[bytes] = []

    def add(self, rows: list[JudgedRow]) -> None:
        """Keep some more rows."""
        self._packed.append(zlib.compress(pickle.dumps(rows), FASTEST))  # read by this process alone
        self.count += len(rows)

    def __iter__(self) -> Iterator[list[JudgedRow]]:
        return (pickle.loads(zlib.decompress(some)) for some in self._packed)


def receive_upload(
    file: OrderFile,
    *,
    mode: UploadMode,
    open_at_once: bool,
    actor: Actor,
    now: datetime,
    request_id: str | None = None,
) -> OrderUpload:
    """Take a file, whose rows are judged later; ``request_id``: of the call that sent it, for the log.

    Raises: InvalidInput when it is no such file, has no row or too many; NotAllowed when an unverified organisation
    wants orders opened; LimitReached when too many files of the organisation wait.
    """
    rows = file.count()
    _must_have_room(actor.organisation_id)
    Judge(open_at_once=open_at_once, actor=actor, now=now)  # whether one may at all
    upload = OrderUpload(
        id=new_id("upl", now),
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        format=str(file.format),
        charset=file.charset,
        mode=str(mode),
        opens=open_at_once,
        file=zlib.compress(file.body, FASTEST),
        sha256=hashlib.sha256(file.body).hexdigest(),
        size_bytes=len(file.body),
        rows=rows,
        request_id=request_id,
        received_at=now,
    )
    db.session.add(upload)
    db.session.flush()
    payload = {"sha256": upload.sha256, "rows": rows, "mode": upload.mode, "opens": open_at_once}
    audit.record("orders:upload:received", upload.id, actor=actor, now=now, payload=payload)
    return upload


def due_uploads(*, now: datetime) -> list[str]:
    """Files that nobody works on, oldest first; ``now`` by the database's clock."""
    free = sa.or_(OrderUpload.leased_until.is_(None), OrderUpload.leased_until <= now)
    query = sa.select(OrderUpload.id).where(OrderUpload.status.in_(("waiting", "running")), free)
    return list(db.session.scalars(query.order_by(OrderUpload.received_at, OrderUpload.id)))


def claim_upload(upload_id: str, *, now: datetime) -> UploadClaim | None:
    """Take a file that nobody works on; None if there is none, or somebody does.  ``now`` by the database's clock."""
    row = db.session.get(OrderUpload, upload_id, with_for_update=HELD, populate_existing=True)
    if row is None or row.status not in ("waiting", "running"):
        return None
    if row.leased_until is not None and now < row.leased_until:
        return None
    row.take("begin")
    row.token += 1
    row.judged, row.leased_until = 0, now + LEASE
    db.session.flush()
    return UploadClaim(row.id, row.token, row.request_id)


def renew_upload(claim: UploadClaim, judged: int, *, now: datetime) -> None:
    """Hold a file longer, and note how many rows are judged.  Raises: Superseded."""
    row = _claimed(claim)
    row.judged, row.leased_until = judged, now + LEASE
    db.session.flush()


def judge_upload(claim: UploadClaim, progress: Callable[[int], object], *, now: datetime) -> JudgedFile:
    """Judge all rows of a file; ``progress`` is called with how many so far.  Only reads.

    Raises: Superseded; NotAllowed when its sender may not any more; InvalidInput with the faults of a file that must be
    right as a whole.
    """
    row = db.session.get_one(OrderUpload, claim.id, populate_existing=True)
    if row.token != claim.token or row.file is None:
        raise Superseded(f"upload {claim.id} is {row.status}, and another's")
    if row.token > MOST_LEASES:
        raise NotAllowed(f"given up: {MOST_LEASES} times whoever stored it was lost")
    file = OrderFile(zlib.decompress(row.file), UploadFormat(row.format), row.charset, MOST_ROWS_LATER)
    judged = JudgedFile(Judge(open_at_once=row.opens, actor=_sender(row), now=now))
    for rows in judged.judge.rows_of(file, UploadMode(row.mode)):
        judged.add(rows)
        progress(judged.count)
    return judged


def store_upload(claim: UploadClaim, judged: JudgedFile, *, now: datetime) -> UploadReport | None:
    """Store what was judged; None, and nothing is stored, when it must be judged anew: the circumstances have changed.

    Raises: Superseded; NotAllowed; InvalidInput.
    """
    row = _claimed(claim)
    actor = _sender(row)
    if not judged.judge.judges_as_before(actor):
        return None
    report = store_judged(row.id, judged, mode=UploadMode(row.mode), open_at_once=row.opens, actor=actor, now=now)
    for number, start in enumerate(range(0, len(report.rows), ROWS_OF_A_PART), start=1):
        some = report.rows[start : start + ROWS_OF_A_PART]
        refused = sum(each.order_id is None for each in some)
        reports = [each.as_document() for each in some]
        db.session.add(OrderUploadRows(upload_id=row.id, number=number, refused=refused, reports=reports))
    row.judged, row.stored, row.refused = judged.count, report.stored, report.refused
    _end(row, "store", now=now)
    zh = f"{report.stored}行已录入，{report.refused}行被拒绝"
    _tell(row, zh, f"{report.stored} rows stored, {report.refused} refused", now)
    return report


def refuse_upload(claim: UploadClaim, refusal: InvalidInput, *, now: datetime) -> None:
    """Nothing of a file is stored, and its sender is told why.  Raises: Superseded."""
    row = _claimed(claim)
    row.faults, row.refused = [fault.as_document() for fault in refusal.faults], row.rows
    _end(row, "refuse", now=now)
    audit.record("orders:upload:refused", row.id, actor=_of(row), now=now, payload={"faults": len(row.faults)})
    _tell(row, "未录入任何订单，错误见明细", "no order was stored; see its errors", now)


def fail_upload(claim: UploadClaim, failure: str, *, now: datetime) -> None:
    """Nothing of a file is stored for a reason that lies not in it.  Raises: Superseded."""
    row = _claimed(claim)
    row.failure = failure
    _end(row, "fail", now=now)
    audit.record("orders:upload:failed", row.id, actor=_of(row), now=now, payload={"failure": failure})
    _tell(row, "未能录入，请重新上传", "it could not be stored; please send it again", now)


def _must_have_room(organisation_id: str) -> None:
    # Two that come at the same moment wait for one another here.
    db.session.scalar(sa.select(Organisation.id).filter_by(id=organisation_id).with_for_update(**HELD))
    waiting = OrderUpload.status.in_(("waiting", "running"))
    count = sa.select(sa.func.count()).select_from(OrderUpload).filter_by(organisation_id=organisation_id)
    there = db.session.scalar(count.where(waiting)) or 0
    if there >= MOST_WAITING:
        raise LimitReached("", "files that wait", there + 1, MOST_WAITING)


def _claimed(claim: UploadClaim) -> OrderUpload:
    row = db.session.get_one(OrderUpload, claim.id, with_for_update=HELD, populate_existing=True)
    if row.status != "running" or row.token != claim.token:
        raise Superseded(f"upload {claim.id} is {row.status}, and another's")
    return row


def _sender(row: OrderUpload) -> Actor:
    member = member_by_id(row.member_id)
    if not member.is_active:
        raise NotAllowed("whoever sent the file may not act any more")
    return member.actor


def _of(row: OrderUpload) -> Actor:
    return Actor(row.member_id, row.organisation_id)


def _end(row: OrderUpload, action: str, *, now: datetime) -> None:
    row.take(action)
    row.file, row.leased_until, row.ended_at = None, None, now
    db.session.flush()


def _tell(row: OrderUpload, zh: str, en: str, now: datetime) -> None:
    text_zh, text_en = f"订单文件（{row.rows}行）：{zh}", f"File of {row.rows} orders: {en}"
    tell(row.organisation_id, f"orders-upload-{row.status}", row.id, text_zh=text_zh, text_en=text_en, now=now)
