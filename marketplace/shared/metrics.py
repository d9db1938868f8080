"""Figures of this process for Prometheus: requests that it has answered, jobs that it has done.

Of several processes of one server each counts its own.  With ``PROMETHEUS_MULTIPROC_DIR`` set the library keeps the
counts in files there, and whichever process is asked adds all up.  What the database knows is no matter of processes:
it is read when somebody asks (``marketplace.watching``).
"""

from __future__ import annotations

import os

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.multiprocess import MultiProcessCollector

disable_created_metrics()  # a second series for each, of when it began, which nobody asks for

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
JOB_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)


class HttpFigures:
    """Requests answered, of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "changdan_http_requests",
            "Requests answered, by method, route and class of status",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "changdan_http_request_duration_seconds",
            "From a request's arrival to its reply",
            ["method", "route"],
            buckets=REQUEST_SECONDS,
            registry=self.registry,
        )
        _of_the_process(self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One more."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)


class JobFigures:
    """Jobs done, of one worker."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._jobs = Counter(
            "changdan_jobs", "Jobs done, by kind and how they ended", ["job", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "changdan_job_duration_seconds",
            "From a job's begin to its end",
            ["job"],
            buckets=JOB_SECONDS,
            registry=self.registry,
        )
        _of_the_process(self.registry)

    def count(self, job: str, outcome: str, seconds: float) -> None:
        """One more; ``outcome``: ``done`` or ``failed``."""
        self._jobs.labels(job, outcome).inc()
        self._seconds.labels(job).observe(seconds)


def readable(registry: CollectorRegistry) -> CollectorRegistry:
    """A registry to answer one question from: this process's counts, or where they are kept in files those of all."""
    answer = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(answer)
    else:
        answer.register(registry)  # type: ignore[arg-type]  # it collects as a collector does
    return answer


def _of_the_process(registry: CollectorRegistry) -> None:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # of which process, would be the question
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
