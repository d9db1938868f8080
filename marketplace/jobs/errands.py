"""Doing an errand to its end, whichever that is: in a worker, in a thread of a web process, or by a command."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, current_app

from marketplace.accounts import errands
from marketplace.accounts.errands import Claim, Errand
from marketplace.jobs.doing import done
from marketplace.jobs.heartbeat import heartbeat
from marketplace.jobs.patience import patiently
from marketplace.shared import log_context
from marketplace.shared.clock import Clock
from marketplace.shared.database import BUSY, database_now, unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import InvalidInput, NotAllowed, NotFound, Superseded

log = logging.getLogger(__name__)

Note = Callable[[int], object]  # is told how many rows are done so far


@dataclass(frozen=True)
class ErrandJob:
    """One kind of errands.

    ``do`` does one in transactions of its own and says what came of it; it raises InvalidInput when what was asked for
    cannot be, and NotAllowed or NotFound when it may not.  ``refuse`` and ``fail`` write that down.
    """

    name: str
    model: type[Errand]
    do: Callable[[Claim[Any], Note], str]
    refuse: Callable[..., None]
    fail: Callable[..., None]
    not_done: str  # begins what is told of an error
    # Of those in threads of this process: each keeps a connection, and requests need the others.
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def due(self) -> list[str]:
        """Errands that nobody works on."""
        with unit_of_work(writes=False):
            return errands.due(self.model, now=database_now())

    def run(self, errand_id: str) -> str:
        """Do one to its end; what became of it, or ``nothing to do``.

        Raises: one of BUSY when the database stays away: whoever finds the errand next goes on.
        """
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        with unit_of_work():
            claim = errands.claim(self.model, errand_id, now=database_now())
        if claim is None:
            return "nothing to do"
        log_context.follow(claim.request_id)
        rows = [0]
        with heartbeat(app, errand_id, partial(_sign_of_life, claim, rows)):
            try:
                return patiently(partial(self.do, claim, partial(rows.__setitem__, 0)), what=errand_id)
            except Superseded as error:
                log.warning("%s", error)
                return "superseded"
            except InvalidInput as refusal:
                with unit_of_work():
                    self.refuse(claim, refusal, now=present())
                return f"refused for {len(refusal.faults)} faults"
            except BUSY:
                raise
            except (NotAllowed, NotFound) as error:
                failure = str(error)
            except Exception as error:  # its message may hold what is a party's alone
                failure = f"{self.not_done}: {place_of(error)}"
                log.error("%s: %s", errand_id, failure)
            with unit_of_work():
                self.fail(claim, failure, now=present())
            return "failed"

    def run_due(self) -> int:
        """Do what a process that is gone has left behind, where no worker does; how many errands there were."""
        found = self.due()
        for errand_id in found:
            done(partial(self.run, errand_id), name=self.name, subject=errand_id)
        return len(found)

    def start(self, app: Flask, errand_id: str) -> threading.Thread:
        """Do one in a thread of this process: the embedded default, where there is no worker."""

        def run() -> None:
            with self._one_at_a_time, app.app_context():
                done(partial(self.run, errand_id), name=self.name, subject=errand_id)

        thread = threading.Thread(target=run, name=errand_id, daemon=True)
        thread.start()
        return thread


def present() -> datetime:
    """The moment, by the application's clock."""
    clock: Clock = current_app.extensions["changdan-clock"]
    return clock()


def _sign_of_life(claim: Claim[Any], rows: list[int], *, now: datetime) -> None:
    errands.renew(claim, rows[0], now=database_now())  # by the clock that leases are judged by
