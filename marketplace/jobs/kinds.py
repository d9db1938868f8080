"""The kinds of jobs: what each does, and what is due of it.

What is due is read from the domain's own tables.  Whoever delivers jobs, an engine or a loop, may do so twice or late:
each looks first whether there is still something to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from marketplace.accounts import errands
from marketplace.jobs.errands import ErrandJob
from marketplace.jobs.join_round import join_round
from marketplace.jobs.maintain import maintain
from marketplace.jobs.make_export import MAKE_EXPORT
from marketplace.jobs.run_what_if import due_what_ifs, take_and_run_what_if
from marketplace.jobs.send_webhooks import due_webhooks, send_webhooks
from marketplace.jobs.store_upload import STORE_UPLOAD
from marketplace.rounds import services as rounds
from marketplace.rounds.queries import waiting_what_ifs
from marketplace.shared.clock import Clock
from marketplace.shared.database import database_now, unit_of_work
from marketplace.webhooks.queries import waiting_endpoints

# Queues: rounds take minutes and a processor, files a minute, exports some, webhooks wait for strangers; all else waits
# for none.
ROUNDS, FILES, EXPORTS, QUICK, WEBHOOKS = "rounds", "files", "exports", "quick", "webhooks"


@dataclass(frozen=True)
class Kind:
    """``run`` does one job and says what came of it; ``due`` lists the subjects that wait for one.

    ``at_once``: so many subjects are done side by side by one worker.
    ``waiting`` says since when each waits, for who watches the queues; in the caller's transaction.
    """

    name: str
    queue: str
    run: Callable[[str], str]
    due: Callable[[], list[str]]
    at_once: int = 1
    waiting: Callable[[], list[datetime]] | None = None


@dataclass(frozen=True)
class Periodic:
    """What is done every so often, whether or not there is anything to do."""

    name: str
    every_seconds: int
    run: Callable[[], str]


def _due_rounds() -> list[str]:
    with unit_of_work(writes=False):
        return rounds.shared_runs()


def _maintain() -> str:
    clock: Clock = current_app.extensions["changdan-clock"]
    return str(maintain(now=clock()))


def _waiting_webhooks() -> list[datetime]:
    return waiting_endpoints(now=database_now())


def _errands(job: ErrandJob, queue: str) -> Kind:
    return Kind(job.name, queue, job.run, job.due, waiting=lambda: errands.waiting_since(job.model))


KINDS = (
    Kind("join_round", ROUNDS, join_round, _due_rounds, waiting=rounds.waiting_runs),
    Kind("run_what_if", ROUNDS, take_and_run_what_if, due_what_ifs, waiting=waiting_what_ifs),
    _errands(STORE_UPLOAD, FILES),
    _errands(MAKE_EXPORT, EXPORTS),
    Kind("send_webhooks", WEBHOOKS, send_webhooks, due_webhooks, at_once=8, waiting=_waiting_webhooks),
)
PERIODIC = (Periodic("maintain", 600, _maintain),)
