"""Making a file that a member asked for: in a snapshot that only reads, kept in a short transaction."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from functools import partial

from flask import Flask, current_app

from marketplace.contracts import services as contracts
from marketplace.contracts.rules.exports import Spool
from marketplace.contracts.rules.open_contracting import Publisher
from marketplace.contracts.services import ExportClaim
from marketplace.jobs.heartbeat import heartbeat
from marketplace.jobs.patience import patiently
from marketplace.shared import log_context
from marketplace.shared.clock import Clock
from marketplace.shared.database import BUSY, database_now, snapshot, unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound, Superseded

log = logging.getLogger(__name__)

# Of those in threads of this process: each keeps a connection, and requests need the others.
_one_at_a_time = threading.Lock()


def due_exports() -> list[str]:
    """Exports that nobody works on."""
    with unit_of_work(writes=False):
        return contracts.due_exports(now=database_now())


def make_export(export_id: str) -> str:
    """Make a file to its end, whichever that is; what became of it, or ``nothing to do``.

    Raises: one of BUSY when the database stays away: whoever finds the export next goes on.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with unit_of_work():
        claim = contracts.claim_export(export_id, now=database_now())
    if claim is None:
        return "nothing to do"
    log_context.follow(claim.request_id)
    rows = [0]
    with heartbeat(app, export_id, partial(_note, claim, rows)):
        try:
            return patiently(partial(_made, claim, rows), what=export_id)
        except Superseded as error:
            log.warning("%s", error)
            return "superseded"
        except InvalidInput as refusal:
            with unit_of_work():
                contracts.refuse_export(claim, refusal, now=_clock()())
            return "refused"
        except BUSY:
            raise
        except (NotAllowed, NotFound) as error:
            failure = str(error)
        except Exception as error:  # its message may hold what is a party's alone
            failure = f"it could not be made: {place_of(error)}"
            log.error("%s: %s", export_id, failure)
        with unit_of_work():
            contracts.fail_export(claim, failure, now=_clock()())
        return "failed"


def make_due_exports() -> int:
    """Make what a process that is gone has left behind, where no worker does; how many exports there were."""
    due = due_exports()
    for export_id in due:
        with log_context.about(job="make_export", subject=export_id):
            make_export(export_id)
    return len(due)


def make_in_background(app: Flask, export_id: str) -> threading.Thread:
    """Make a file in a thread of this process: the embedded default, where there is no worker."""

    def run() -> None:
        with log_context.about(job="make_export", subject=export_id), _one_at_a_time, app.app_context():
            make_export(export_id)

    thread = threading.Thread(target=run, name=export_id, daemon=True)
    thread.start()
    return thread


def _made(claim: ExportClaim, rows: list[int]) -> str:
    def note(count: int) -> None:
        rows[0] = count

    settings = current_app.extensions["changdan-settings"]
    publisher = Publisher(settings.ocds_prefix, settings.public_url)
    with Spool(at_once=1) as pieces:
        with snapshot():
            made = contracts.make_export(claim, pieces, publisher=publisher, progress=note)
        with unit_of_work():
            contracts.store_export(claim, made, now=_clock()())
    return f"made, {made.rows} rows, {made.size_bytes} bytes"


def _note(claim: ExportClaim, rows: list[int], *, now: datetime) -> None:
    contracts.renew_export(claim, rows[0], now=database_now())  # by the clock that leases are judged by


def _clock() -> Clock:
    clock: Clock = current_app.extensions["changdan-clock"]
    return clock
