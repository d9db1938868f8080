"""Files of orders in the background: errands (``accounts.errands``), judged, and stored in one short transaction."""

from __future__ import annotations

import hashlib
import pickle
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from marketplace.accounts import errands
from marketplace.accounts.errands import Claim
from marketplace.notifications.services import tell
from marketplace.orders.models import OrderUpload, OrderUploadRows
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.rules.uploads.rows import MOST_ROWS_LATER
from marketplace.orders.services.uploads.judging import Judge, JudgedRow
from marketplace.orders.services.uploads.storing import UploadReport, store_judged
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.identifiers import new_id

ROWS_OF_A_PART = 1000
FASTEST = 1  # of zlib: the caller waits for it


class JudgedFile:
    """A judged file: its rows packed, since a hundred thousand would not fit beside each other."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.count = judge, 0
        self._packed: list[bytes] = []

    def add(self, rows: list[JudgedRow]) -> None:
        """Keep some more rows, with all that can be done before a lock is held."""
        written = [replace(row, ready=row.ready and row.ready.written()) for row in rows]
        self._packed.append(zlib.compress(pickle.dumps(written), FASTEST))  # read by this process alone
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
    errands.must_have_room(OrderUpload, actor.organisation_id, "", "files that wait")
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


def judge_upload(claim: Claim[OrderUpload], progress: Callable[[int], object], *, now: datetime) -> JudgedFile:
    """Judge all rows of a file; ``progress`` is called with how many so far.  Only reads.

    Raises: Superseded; NotAllowed when its sender may not any more; InvalidInput with the faults of a file that must be
    right as a whole.
    """
    row = errands.seen(claim)
    assert row.file is not None  # it goes with the last step
    file = OrderFile(zlib.decompress(row.file), UploadFormat(row.format), row.charset, MOST_ROWS_LATER)
    judged = JudgedFile(Judge(open_at_once=row.opens, actor=errands.asker(row), now=now))
    for rows in judged.judge.rows_of(file, UploadMode(row.mode)):
        judged.add(rows)
        progress(judged.count)
    return judged


def store_upload(claim: Claim[OrderUpload], judged: JudgedFile, *, now: datetime) -> UploadReport | None:
    """Store what was judged; None, and nothing is stored, when it must be judged anew: the circumstances have changed.

    Raises: Superseded; NotAllowed; InvalidInput.
    """
    row = errands.claimed(claim)
    actor = errands.asker(row)
    if not judged.judge.judges_as_before(actor, now):
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


def refuse_upload(claim: Claim[OrderUpload], refusal: InvalidInput, *, now: datetime) -> None:
    """Nothing of a file is stored, and its sender is told why.  Raises: Superseded."""
    row = errands.claimed(claim)
    row.faults, row.refused = [fault.as_document() for fault in refusal.faults], row.rows
    _end(row, "refuse", now=now)
    audit.record("orders:upload:refused", row.id, actor=row.author, now=now, payload={"faults": len(row.faults)})
    _tell(row, "未录入任何订单，错误见明细", "no order was stored; see its errors", now)


def fail_upload(claim: Claim[OrderUpload], failure: str, *, now: datetime) -> None:
    """Nothing of a file is stored for a reason that lies not in it.  Raises: Superseded."""
    row = errands.claimed(claim)
    row.failure = failure
    _end(row, "fail", now=now)
    audit.record("orders:upload:failed", row.id, actor=row.author, now=now, payload={"failure": failure})
    _tell(row, "未能录入，请重新上传", "it could not be stored; please send it again", now)


def _end(row: OrderUpload, action: str, *, now: datetime) -> None:
    row.file = None
    errands.end(row, action, now=now)


def _tell(row: OrderUpload, zh: str, en: str, now: datetime) -> None:
    text_zh, text_en = f"订单文件（{row.rows}行）：{zh}", f"File of {row.rows} orders: {en}"
    tell(row.organisation_id, f"orders-upload-{row.status}", row.id, text_zh=text_zh, text_en=text_en, now=now)
