"""Running a matching round: claim it, solve it outside of any transaction, record what was found or why nothing was."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask, current_app

from marketplace.config import Settings
from marketplace.jobs.heartbeat import heartbeat
from marketplace.jobs.own_runs import own_runs
from marketplace.jobs.patience import patiently
from marketplace.jobs.termination import terminable
from marketplace.rounds import services as rounds
from marketplace.rounds.services import Claim, RunFailed, Verified
from marketplace.shared import log_context
from marketplace.shared.actor import Actor
from marketplace.shared.clock import Clock
from marketplace.shared.database import BUSY, unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import Superseded

log = logging.getLogger(__name__)

Solve = Callable[..., Verified]
Progress = Callable[[dict[str, Any]], object]

BETWEEN_NOTES = timedelta(seconds=1)


def run_round(
    round_id: str, *, actor: Actor, progress: Progress | None = None, threads: int = 1, solve: Solve = rounds.solve
) -> str:
    """Claim a round and run it to its end; the status it is left in: ``solved``, or ``frozen`` when it failed.

    Ctrl-C and SIGTERM put it back to ``frozen`` at once.
    """
    with terminable():
        with unit_of_work():
            claim = rounds.claim_run(round_id, actor=actor, now=_clock()())
        return run_claimed(claim, actor=actor, progress=progress, threads=threads, solve=solve)


def run_claimed(
    claim: Claim, *, actor: Actor, progress: Progress | None = None, threads: int = 1, solve: Solve = rounds.solve
) -> str:
    """Run a round that is claimed already; ``superseded`` if the claim was lost meanwhile: taken over, or put back.

    A busy database costs neither the result nor the round: both are written down patiently.
    Raises: one of BUSY if it stays busy; KeyboardInterrupt and SystemExit once the round is put back.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    life = heartbeat(app, f"round {claim.round_id}", partial(rounds.note_life, claim))
    about = log_context.about(job="run_round", subject=claim.round_id, request_id=claim.request_id)
    with about, own_runs(app).held(claim, actor), life:
        return _run(claim, actor, progress, threads, solve)


def run_in_background(app: Flask, claim: Claim, *, actor: Actor, solve: Solve = rounds.solve) -> threading.Thread:
    """Run a claimed round in a thread of this process: the embedded default, where there is no worker."""

    def run() -> None:
        with app.app_context():
            run_claimed(claim, actor=actor, solve=solve)

    own_runs(app).take(claim, actor)  # at once, so that a stop between here and the thread's beginning finds it
    thread = threading.Thread(target=run, name=f"round-{claim.round_id}", daemon=True)
    thread.start()
    return thread


def _run(claim: Claim, actor: Actor, progress: Progress | None, threads: int, solve: Solve) -> str:
    clock, what = _clock(), f"round {claim.round_id}"

    def record(verified: Verified) -> str:
        with unit_of_work():
            return rounds.record_clearing(claim, verified, actor=actor, now=clock()).status

    def put_back(failure: str) -> str:
        with unit_of_work():
            return rounds.fail_run(claim, failure, actor=actor, now=clock()).status

    try:
        try:
            notes = Notes(claim, clock, progress)
            verified = solve(claim.market, seconds=_settings().round_seconds, threads=threads, progress=notes)
            return patiently(lambda: record(verified), what=what)
        except Superseded:
            raise
        except RunFailed as error:
            failure = str(error)
        except Exception as error:  # whatever it is, the round must not stay claimed; its message may hold a limit
            failure = f"the result could not be recorded: {place_of(error)}"
        log.error("%s: %s", what, failure)
        return patiently(lambda: put_back(failure), what=what)
    except Superseded as error:
        log.warning("%s", str(error))
        return "superseded"
    except (KeyboardInterrupt, SystemExit) as stop:
        try:
            put_back(f"the run was interrupted: {type(stop).__name__}")
        except (Superseded, *BUSY) as error:  # recorded already, or another's; or nothing can be written
            log.warning("%s could not be put back: %s", what, place_of(error))
        raise


class Notes:
    """Writes the run's progress down, at most once a second, each time in a transaction of its own."""

    def __init__(self, claim: Claim, clock: Clock, also: Progress | None) -> None:
        self._claim, self._clock, self._also = claim, clock, also
        self._last: datetime | None = None

    def __call__(self, step: dict[str, Any]) -> None:
        if self._also is not None and "component" in step:
            self._also(step)
        now = self._clock()
        if self._last is not None and now - self._last < BETWEEN_NOTES and "stage" not in step:
            return
        self._last = now
        try:
            with unit_of_work():
                rounds.note_progress(self._claim, step, now=now)
        except BUSY:  # a busy database must not cost the solve; the next note comes
            log.warning("round %s: progress could not be written", self._claim.round_id)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["changdan-settings"]
    return settings


def _clock() -> Clock:
    clock: Clock = current_app.extensions["changdan-clock"]
    return clock
