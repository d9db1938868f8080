"""Jobs on PostgreSQL: delivered by Procrastinate, enqueued in the transaction of what they are about.

Its rows only say "look at this one now".  A job that is lost costs the seconds until ``look`` finds its subject due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask

from marketplace.config import connection_options
from marketplace.jobs.doing import done
from marketplace.jobs.kinds import KINDS, PERIODIC, QUICK, Kind, Periodic
from marketplace.shared.database import db, unit_of_work

if TYPE_CHECKING:
    import procrastinate

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 10
FINISHED_ARE_KEPT_HOURS = 48


def uses_engine() -> bool:
    """Whether jobs are delivered by the engine here: on PostgreSQL."""
    return db.engine.dialect.name == "postgresql"


def enqueue(kind: str, subject: str) -> None:
    """Have a worker look at a subject once the running transaction commits; if it does not, nothing happened.

    On SQLite workers look by themselves.
    """
    if uses_engine():
        connection = db.session.connection().connection.driver_connection
        _deferring().configure_task(kind, queue=_queue_of(kind), connection=connection).defer(subject=subject)


def recruit(kind: str, subject: str) -> None:
    """Have another worker look as well, unless one is asked to already; a transaction of its own."""
    from procrastinate.exceptions import AlreadyEnqueued

    if not uses_engine():
        return
    try:
        with unit_of_work():
            connection = db.session.connection().connection.driver_connection
            lock = f"{kind} {subject}"
            task = _deferring().configure_task(kind, queue=_queue_of(kind), queueing_lock=lock, connection=connection)
            task.defer(subject=subject)
    except AlreadyEnqueued:
        log.debug("%s: asked for already", lock)


def prepare_engine() -> bool:
    """Make the engine's own tables where there are none; whether there were none.  Part of ``changdan db upgrade``."""
    from procrastinate.schema import SchemaManager

    with db.engine.begin() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('procrastinate_jobs')")) is not None:
            return False
        connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
        return True


def engine_app(app: Flask) -> procrastinate.App:
    """The engine with all jobs as its tasks, for a worker; each runs in an application context of its own."""
    import procrastinate

    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connector = procrastinate.PsycopgConnector(conninfo=url, kwargs=connection_options(url))
    engine = procrastinate.App(connector=connector)
    for kind in KINDS:
        engine.task(name=kind.name, queue=kind.queue, pass_context=True)(_in_context(app, kind.name, _one_of(kind)))
    for periodic in PERIODIC:
        run = engine.task(name=periodic.name, queue=QUICK, pass_context=True)(
            _in_context(app, periodic.name, _whenever(periodic))
        )
        engine.periodic(cron=_cron(periodic.every_seconds))(run)

    look = engine.task(name="look", queue=QUICK, pass_context=True)(_in_context(app, "look", _look))
    engine.periodic(cron=_cron(LOOK_EVERY_SECONDS))(look)

    async def take_up_stalled(timestamp: int) -> None:
        """Jobs whose worker gives no sign of life any more are given to others; finished ones are forgotten in time."""
        for job in await engine.job_manager.get_stalled_jobs():
            log.warning("job %s (%s) was left by its worker, and is given to another", job.id, job.task_name)
            await engine.job_manager.retry_job(job)
        await engine.job_manager.delete_old_jobs(nb_hours=FINISHED_ARE_KEPT_HOURS, include_failed=True)

    engine.periodic(cron=_cron(LOOK_EVERY_SECONDS))(engine.task(name="take_up_stalled", queue=QUICK)(take_up_stalled))
    return engine


def _look(timestamp: int) -> str:
    """Have workers look at what is due, though its job was lost."""
    due = [(kind.name, subject) for kind in KINDS for subject in kind.due()]
    for name, subject in due:
        recruit(name, subject)
    return f"{len(due)} due"


def _one_of(kind: Kind) -> Callable[..., str]:
    def run(subject: str) -> str:
        if subject in kind.due():
            recruit(kind.name, subject)  # whoever else is idle; who comes when it is over asks nobody
        return kind.run(subject)

    return run


def _whenever(periodic: Periodic) -> Callable[..., str]:
    return lambda timestamp: periodic.run()


def _in_context(app: Flask, name: str, run: Callable[..., str]) -> Callable[..., str]:
    def job(context: procrastinate.JobContext, **arguments: Any) -> str:
        job_id = None if context.job.id is None else str(context.job.id)
        with app.app_context():
            return done(partial(run, **arguments), name=name, subject=arguments.get("subject"), job_id=job_id)

    return job


@cache
def _deferring() -> procrastinate.App:
    """Only writes jobs, on connections that are handed to it."""
    import procrastinate

    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def _queue_of(name: str) -> str:
    return next(kind.queue for kind in KINDS if kind.name == name)


def _cron(seconds: int) -> str:
    """
    >>> _cron(10), _cron(600)
    ('* * * * * */10', '*/10 * * * *')
    """
    return f"* * * * * */{seconds}" if seconds < 60 else f"*/{seconds // 60} * * * *"
