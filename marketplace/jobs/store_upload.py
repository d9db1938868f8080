"""Storing a file of orders in the background: judged in a transaction that only reads, stored in a short one."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from functools import partial

from flask import Flask, current_app

from marketplace.jobs.heartbeat import heartbeat
from marketplace.jobs.patience import patiently
from marketplace.orders import services as orders
from marketplace.orders.services import UploadClaim, UploadReport
from marketplace.shared import log_context
from marketplace.shared.clock import Clock
from marketplace.shared.database import BUSY, database_now, unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import InvalidInput, NotAllowed, Superseded

log = logging.getLogger(__name__)

# Of those in threads of this process: each keeps a connection, and requests need the others.
_one_at_a_time = threading.Lock()

MOST_JUDGEMENTS = 3  # of one file whose circumstances change while it is judged


def due_uploads() -> list[str]:
    """Files that nobody works on."""
    with unit_of_work(writes=False):
        return orders.due_uploads(now=database_now())


def store_upload(upload_id: str) -> str:
    """Store a file to its end, whichever that is; what became of it, or ``nothing to do``.

    Raises: one of BUSY when the database stays away: whoever finds the file next goes on.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with unit_of_work():
        claim = orders.claim_upload(upload_id, now=database_now())
    if claim is None:
        return "nothing to do"
    log_context.follow(claim.request_id)
    judged = [0]
    with heartbeat(app, upload_id, partial(_note, claim, judged)):
        try:
            return patiently(partial(_stored, claim, judged), what=upload_id)
        except Superseded as error:
            log.warning("%s", error)
            return "superseded"
        except BUSY:
            raise
        except NotAllowed as error:
            failure = str(error)
        except Exception as error:  # its message may hold a figure of an order
            failure = f"it could not be stored: {place_of(error)}"
            log.error("%s: %s", upload_id, failure)
        with unit_of_work():
            orders.fail_upload(claim, failure, now=_clock()())
        return "failed"


def store_due_uploads() -> int:
    """Store what a process that is gone has left behind, where no worker does; how many files there were."""
    due = due_uploads()
    for upload_id in due:
        with log_context.about(job="store_upload", subject=upload_id):
            store_upload(upload_id)
    return len(due)


def store_in_background(app: Flask, upload_id: str) -> threading.Thread:
    """Store a file in a thread of this process: the embedded default, where there is no worker."""

    def run() -> None:
        with log_context.about(job="store_upload", subject=upload_id), _one_at_a_time, app.app_context():
            store_upload(upload_id)

    thread = threading.Thread(target=run, name=upload_id, daemon=True)
    thread.start()
    return thread


def _stored(claim: UploadClaim, judged: list[int]) -> str:
    for _ in range(MOST_JUDGEMENTS):
        try:
            report = _judged_and_stored(claim, judged)
        except InvalidInput as refusal:
            with unit_of_work():
                orders.refuse_upload(claim, refusal, now=_clock()())
            return f"refused for {len(refusal.faults)} faults"
        if report is not None:
            return f"stored {report.stored}, refused {report.refused}"
    raise NotAllowed("the circumstances changed again and again while it was judged")


def _judged_and_stored(claim: UploadClaim, judged: list[int]) -> UploadReport | None:
    def note(count: int) -> None:
        judged[0] = count

    with unit_of_work(writes=False):
        rows = orders.judge_upload(claim, note, now=_clock()())
    with unit_of_work():
        return orders.store_upload(claim, rows, now=_clock()())


def _note(claim: UploadClaim, judged: list[int], *, now: datetime) -> None:
    orders.renew_upload(claim, judged[0], now=database_now())  # by the clock that leases are judged by


def _clock() -> Clock:
    clock: Clock = current_app.extensions["changdan-clock"]
    return clock
