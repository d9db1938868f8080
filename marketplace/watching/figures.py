"""What the database knows of a deployment, as figures for Prometheus: read when somebody asks.

Any web process tells the same truth, however many there are.  No figure is of an order, a price or one organisation.
A domain that has something to be watched writes a source, a function that reads and yields families of metrics, and
adds it to SOURCES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from time import perf_counter

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from marketplace.shared.database import db
from marketplace.watching.news import messages
from marketplace.watching.queues import due, engine_queues, workers
from marketplace.watching.rounds import lost_leases, round_results, rounds_by_status, silent_rounds

Source = Callable[[datetime], Iterable[Metric]]

SOURCES: tuple[Source, ...] = (
    rounds_by_status,
    silent_rounds,
    round_results,
    lost_leases,
    due,
    engine_queues,
    workers,
    messages,  # the nearest there is to alerts; what watches markets has its source beside it
)


class DatabaseFigures(Collector):
    """All sources in one transaction, which whoever asks has opened; if the database does not serve, that alone."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The families of all sources, and whether the database served them."""
        began = perf_counter()
        families: list[Metric] = []
        up = 1
        try:
            for source in SOURCES:
                families += source(self._now)
        except SQLAlchemyError:
            db.session.rollback()
            families, up = [], 0
        yield from families
        yield GaugeMetricFamily("changdan_database_up", "Whether the database answered (1) or not (0)", value=up)
        yield GaugeMetricFamily(
            "changdan_database_read_duration_seconds",
            "How long it took to read these figures",
            value=perf_counter() - began,
        )
