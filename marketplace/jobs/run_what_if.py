"""Running the scenarios of a round: solved outside of any transaction, then recorded, or why nothing was."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, current_app

from marketplace.jobs.doing import done
from marketplace.jobs.heartbeat import heartbeat
from marketplace.jobs.patience import patiently
from marketplace.rounds import queries
from marketplace.rounds import services as rounds
from marketplace.rounds.services import Answer, RunFailed, WhatIfClaim
from marketplace.shared import log_context
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.database import BUSY, database_now, unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import Superseded

log = logging.getLogger(__name__)

Solve = Callable[..., Answer]


def run_what_if(claim: WhatIfClaim, *, actor: Actor, threads: int = 1, solve: Solve = rounds.solve_what_if) -> str:
    """Run scenarios to their end; the status they are left in: ``done``, ``failed``, or ``superseded`` if given up.

    A process that dies leaves a run that gives no sign of life, which counts as failed after a minute.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with (
        log_context.about(job="run_what_if", subject=claim.id, request_id=claim.request_id),
        heartbeat(app, claim.id, partial(_note, claim)),
    ):
        return _run(claim, actor, threads, solve)


def due_what_ifs() -> list[str]:
    """Runs that were left to workers and that none is at."""
    with unit_of_work(writes=False):
        return queries.due_what_ifs(now=database_now())


def take_and_run_what_if(what_if_id: str) -> str:
    """Run scenarios that were left to workers; what came of it, or ``nothing to do``.

    A worker that dies loses its lease after a minute, and another runs them from their beginning.
    """
    clock = current_app.extensions["changdan-clock"]
    with unit_of_work():
        claim = rounds.take_what_if(what_if_id, now=clock(), leased_at=database_now())
    if claim is None:
        return "nothing to do"
    log_context.follow(claim.request_id)
    return run_what_if(claim, actor=SYSTEM)


def run_what_if_in_background(
    app: Flask, claim: WhatIfClaim, *, actor: Actor, solve: Solve = rounds.solve_what_if
) -> threading.Thread:
    """Run scenarios in a thread of this process: the embedded default, where there is no worker."""

    def run() -> None:
        with app.app_context():
            done(partial(run_what_if, claim, actor=actor, solve=solve), name="run_what_if", subject=claim.id)

    thread = threading.Thread(target=run, name=claim.id, daemon=True)
    thread.start()
    return thread


def _note(claim: WhatIfClaim, *, now: datetime, cleared: int | None = None) -> None:
    leased_at = database_now() if claim.token else None
    rounds.note_what_if(claim, now=now, cleared=cleared, leased_at=leased_at)


def _run(claim: WhatIfClaim, actor: Actor, threads: int, solve: Solve) -> str:
    clock, settings = (current_app.extensions[f"changdan-{name}"] for name in ("clock", "settings"))

    def note(step: dict[str, Any]) -> None:
        try:
            with unit_of_work():
                _note(claim, now=clock(), cleared=step["scenario"])
        except BUSY:  # a busy database must not cost the solve; the next note comes
            log.warning("%s: progress could not be written", claim.id)

    def record(answer: Answer) -> str:
        with unit_of_work():
            return rounds.record_what_if(claim, answer, actor=actor, now=clock()).status

    def fail(failure: str) -> str:
        with unit_of_work():
            return rounds.fail_what_if(claim, failure, actor=actor, now=clock()).status

    try:
        try:
            answer = solve(
                claim.market,
                claim.scenarios,
                samples_alone=claim.samples_alone,
                seconds=settings.round_seconds,
                threads=threads,
                progress=note,
            )
            return patiently(lambda: record(answer), what=claim.id)
        except Superseded:
            raise
        except RunFailed as error:
            failure = str(error)
        except Exception as error:  # its message may hold a limit
            failure = f"the result could not be recorded: {place_of(error)}"
        log.error("%s: %s", claim.id, failure)
        return patiently(lambda: fail(failure), what=claim.id)
    except Superseded as error:
        log.warning("%s", str(error))
        return "superseded"
