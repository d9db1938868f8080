"""Storing a file of orders in the background: judged in a transaction that only reads, stored in a short one."""

from __future__ import annotations

import logging

from sqlalchemy.exc import IntegrityError

from marketplace.accounts.errands import Claim
from marketplace.jobs.errands import ErrandJob, Note, present
from marketplace.jobs.uncollected import uncollected
from marketplace.orders import services as orders
from marketplace.orders.models import OrderUpload
from marketplace.orders.services import UploadReport
from marketplace.shared.database import unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import NotAllowed

log = logging.getLogger(__name__)

MOST_JUDGEMENTS = 3  # of one file whose circumstances change while it is judged


def _stored(claim: Claim[OrderUpload], note: Note) -> str:
    for _ in range(MOST_JUDGEMENTS):
        with uncollected():
            report = _judged_and_stored(claim, note)
        if report is not None:
            return f"stored {report.stored}, refused {report.refused}"
    raise NotAllowed("the circumstances changed again and again while it was judged")


def _judged_and_stored(claim: Claim[OrderUpload], note: Note) -> UploadReport | None:
    with unit_of_work(writes=False):
        rows = orders.judge_upload(claim, note, now=present())
    try:
        with unit_of_work():
            return orders.store_upload(claim, rows, now=present())
    except IntegrityError as error:  # another has stored an order with one of these references: now the rules see it
        log.warning("%s: the database refused a row (%s); it is judged anew", claim.id, place_of(error))
        return None


STORE_UPLOAD = ErrandJob(
    "store_upload",
    OrderUpload,
    _stored,
    orders.refuse_upload,
    orders.fail_upload,
    "it could not be stored",
)
