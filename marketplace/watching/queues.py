"""What waits to be done: as the domain's tables say, and as the task engine says where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily, Metric

from marketplace.jobs.engine import uses_engine
from marketplace.jobs.kinds import KINDS
from marketplace.shared.database import db

ALIVE = timedelta(seconds=30)  # as the engine judges its workers, which say every ten seconds that they live

# The engine's clock is the database's, and so is that of the ages told here.
_STATES = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2"
_OLDEST = """
SELECT job.queue_name, extract(epoch FROM now() - min(greatest(event.at, job.scheduled_at)))
FROM procrastinate_jobs job JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
GROUP BY 1
"""
_STALLED = """
SELECT count(*) FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds))
"""
_ALIVE = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= now() - make_interval(secs => :seconds)"


def due(now: datetime) -> Iterator[Metric]:
    """Of each kind of job what is due, and how long the longest waiting has heard of nobody."""
    count = GaugeMetricFamily("changdan_due", "Things that are due to be done", labels=["kind", "queue"])
    age = GaugeMetricFamily(
        "changdan_due_oldest_age_seconds", "Since when the longest waiting waits, 0: nothing", labels=["kind", "queue"]
    )
    for kind in KINDS:
        if kind.waiting is not None:
            since = kind.waiting()
            count.add_metric([kind.name, kind.queue], len(since))
            seconds = (now - min(since)).total_seconds() if since else 0.0
            age.add_metric([kind.name, kind.queue], max(0.0, seconds))
    yield from (count, age)


def engine_queues(_now: datetime) -> Iterator[Metric]:
    """The engine's jobs by queue and state, and the age of the oldest that nobody has taken."""
    if not has_engine():
        return
    jobs = GaugeMetricFamily("changdan_queue_jobs", "Jobs of the task engine", labels=["queue", "state"])
    for queue, state, count in db.session.execute(sa.text(_STATES)):
        jobs.add_metric([queue, state], count)
    age = GaugeMetricFamily(
        "changdan_queue_oldest_age_seconds", "Age of the oldest job that nobody has taken", labels=["queue"]
    )
    oldest: dict[str, float] = {queue: float(seconds) for queue, seconds in db.session.execute(sa.text(_OLDEST))}
    for queue in sorted({kind.queue for kind in KINDS} | {"quick"} | oldest.keys()):
        age.add_metric([queue], max(0.0, oldest.get(queue, 0.0)))
    stalled = GaugeMetricFamily(
        "changdan_queue_stalled_jobs", "Jobs whose worker gives no sign of life", value=stalled_jobs()
    )
    yield from (jobs, age, stalled)


def workers(_now: datetime) -> Iterator[Metric]:
    """Workers that have given a sign of life within half a minute; each queue of a ``changdan worker`` is one."""
    if has_engine():
        yield GaugeMetricFamily("changdan_workers_alive", "Workers of the task engine", value=living_workers())


def has_engine() -> bool:
    """Whether the engine's tables are there."""
    return uses_engine() and db.session.scalar(sa.text("SELECT to_regclass('procrastinate_workers')")) is not None


def stalled_jobs() -> int:
    """Jobs under way whose worker is silent; another is given them, if there is one."""
    return db.session.scalar(sa.text(_STALLED), {"seconds": ALIVE.total_seconds()}) or 0


def living_workers() -> int:
    """Workers of the engine that give signs of life."""
    return db.session.scalar(sa.text(_ALIVE), {"seconds": ALIVE.total_seconds()}) or 0
