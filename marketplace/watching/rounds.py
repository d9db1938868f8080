"""Rounds as they are watched: how many in each status, how long they took, how near to the best they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from marketplace.rounds.models import Round, RoundLostLease, RoundProgress
from marketplace.rounds.rules.lifecycle import ROUND, SILENCE
from marketplace.shared.database import db

SECONDS = (1, 5, 15, 60, 300, 900, 3600)
GAPS = (0, 0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 1)


def rounds_by_status(_now: datetime) -> Iterator[Metric]:
    """Every status is told, so that none looks as if it were unknown."""
    query = sa.select(Round.status, sa.func.count()).group_by(Round.status)
    counted = {str(status): int(count) for status, count in db.session.execute(query)}
    family = GaugeMetricFamily("changdan_rounds", "Rounds by status", labels=["status"])
    for status in sorted(ROUND.statuses):
        family.add_metric([status], counted.get(status, 0))
    yield family


def silent_rounds(now: datetime) -> Iterator[Metric]:
    """Rounds that run, and whose run has given no sign of life for a minute."""
    yield GaugeMetricFamily(
        "changdan_rounds_silent", "Running rounds without a sign of life for a minute", value=silent(now)
    )


def silent(now: datetime) -> int:
    """How many there are."""
    query = (
        sa.select(sa.func.count())
        .select_from(Round)
        .join(RoundProgress, RoundProgress.round_id == Round.id)
        .where(Round.status == "running", RoundProgress.heartbeat_at <= now - SILENCE)
    )
    return db.session.scalar(query) or 0


def round_results(_now: datetime) -> Iterator[Metric]:
    """Of all rounds that were cleared: from the begin of the run that did it, and the gap that it left.

    Read from the narrow table of progress; a round adds one row to it in its life.
    """
    query = sa.select(RoundProgress.started_at, RoundProgress.heartbeat_at, RoundProgress.gap)
    cleared = db.session.execute(query.where(RoundProgress.stage == "done")).all()
    yield histogram(
        "changdan_round_duration_seconds",
        "From the begin of a run to its recorded clearing",
        [(ended - started).total_seconds() for started, ended, _ in cleared],
        SECONDS,
    )
    yield histogram(
        "changdan_round_gap_ratio",
        "Proven distance of a clearing from the best, as a share",
        [float(gap) for _, _, gap in cleared if gap is not None],
        GAPS,
    )
    family = GaugeMetricFamily("changdan_round_last_cleared_timestamp_seconds", "When a round was last cleared")
    if cleared:
        family.add_metric([], max(ended for _, ended, _ in cleared).timestamp())
    yield family


def lost_leases(_now: datetime) -> Iterator[Metric]:
    """Pieces of rounds whose worker was killed, cut off, or too slow to say that it lives."""
    count = db.session.scalar(sa.select(sa.func.count()).select_from(RoundLostLease)) or 0
    yield CounterMetricFamily("changdan_round_leases_lost", "Leases of pieces of rounds that ran out", value=count)


def histogram(name: str, words: str, values: Iterable[float], bounds: Sequence[float]) -> HistogramMetricFamily:
    """Values that are all known as one histogram.

    >>> histogram("x", "y", [0.5, 2, 9], (1, 5)).samples[1].value
    2.0
    """
    known = list(values)
    buckets = [(str(float(bound)), float(sum(value <= bound for value in known))) for bound in bounds]
    return HistogramMetricFamily(name, words, buckets=[*buckets, ("+Inf", float(len(known)))], sum_value=sum(known))
